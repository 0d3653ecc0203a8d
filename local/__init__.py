"""The cloud on this machine: embedded PostgreSQL, an AWS emulator, and the real template in it."""


class Failed(Exception):
    """Something did not succeed. The text is for a person, and names the log to read."""
