"""Media: where media files are, how they are fetched, and what they are called."""
