"""The archive on disk, and its format."""
