"""Copying an event: whole, or not at all."""
