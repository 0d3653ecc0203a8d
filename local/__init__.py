"""The local cloud: an embedded PostgreSQL, an AWS emulator, and the real template in it."""


class Failed(Exception):
    """Failure of a step. The text is for a person and names the log to read."""
