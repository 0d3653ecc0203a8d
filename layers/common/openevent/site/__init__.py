"""Pages of an archive: the event as a small site that opens from a disk."""
