"""Import: from an archive that was uploaded to a new event."""
