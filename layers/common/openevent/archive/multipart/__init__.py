"""Multipart: archives too large for a function, which S3 puts together."""
