"""Rights: from a token to a user, an event, and what the user may do with it."""
