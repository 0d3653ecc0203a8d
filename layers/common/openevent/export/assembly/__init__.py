"""Archives that are too large for a function: put together by S3."""
