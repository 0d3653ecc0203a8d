"""Dialects: the keys of an archive's rows, by the programs that read them."""
