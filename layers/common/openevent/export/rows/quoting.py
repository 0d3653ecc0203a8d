"""Names and literals of SQL. Pure."""


def name(*parts: str) -> str:
    """Return the name of a table, or of a table and its column."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts)


def quoted(text: str) -> str:
    """Return `text` as a literal, for connections on which a backslash is a backslash."""
    return "'" + text.replace("'", "''") + "'"
