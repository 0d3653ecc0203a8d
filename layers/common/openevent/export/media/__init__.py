"""Media: where it lies, what it is, and how it is fetched from hostile places."""
