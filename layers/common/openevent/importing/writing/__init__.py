"""Writing: from the rows and media files of an archive to a new event, or to nothing."""
