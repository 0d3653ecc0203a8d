"""Export: all data of an event, and its media when asked for, as one archive."""
