"""Catalogue: what an event consists of."""
