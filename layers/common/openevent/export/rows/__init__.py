"""Rows of an event, as JSON text."""
