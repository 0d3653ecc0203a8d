"""Copy an event with its rows and media files, completely or not at all."""
