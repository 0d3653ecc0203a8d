"""Benchmarks: our way beside a plain one, in the same run, as ratios."""
