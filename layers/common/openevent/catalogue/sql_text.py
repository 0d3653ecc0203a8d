"""Names, literals and a condition, as text of SQL. Pure."""

# From the first moment that programs read to the one after the last; a margin of a day keeps it
# valid in every time zone.
_FIRST, _AFTER_LAST = "0001-01-02", "9999-12-31"


def name(*parts: str) -> str:
    """Return the name of a table, or of a table and its column."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts)


def quoted(text: str) -> str:
    """Return `text` as a literal, for connections on which a backslash is a backslash.

    Raises `ValueError` if it holds NUL, which no text of PostgreSQL has.
    """
    if "\0" in text:
        raise ValueError("a text with NUL")
    return "'" + text.replace("'", "''") + "'"


def by_characters(value: str) -> str:
    """Return what sorts a text by the numbers of its characters, which are the same everywhere."""
    return f'{value}::text COLLATE "C"'


def is_readable_moment(value: str) -> str:
    """Return the condition that `value`, the SQL of a moment, is one that programs read."""
    return f"({value} >= timestamp '{_FIRST}' AND {value} < timestamp '{_AFTER_LAST}')"
