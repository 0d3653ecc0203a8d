"""Delivery: what became of each mail, as SES reports it."""
