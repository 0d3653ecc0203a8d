"""Reading: from an untrusted ZIP file to rows with the types of the live database."""
