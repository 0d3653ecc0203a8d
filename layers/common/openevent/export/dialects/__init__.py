"""Dialects: whose keys an archive has."""
