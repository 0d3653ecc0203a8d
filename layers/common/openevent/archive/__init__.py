"""Archive: the bytes of a zip file."""
