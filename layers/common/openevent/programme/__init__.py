"""Programme of an event, and the files in which other programs read it."""
