"""SQL that writes rows as JSON: as `json.dumps(…, indent=4, ensure_ascii=False)` does. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from openevent.catalogue.sql_text import quoted
from openevent.export.rows.row import HOLE, INDENT

NEWLINE = "\n"

# What json, being text, can hold and jsonb cannot: NUL, half a surrogate pair, numbers of a hundred
# thousand digits. A value that may hold such a thing is written unchanged. (No regular expression
# of PostgreSQL counts beyond 255.)
_NO_JSONB = (
    r"\\u0000|\\ud[89ab]..(?!\\ud[c-f])|(?<!\\ud[89ab]..)\\ud[c-f]|[0-9.]e[+-]?[0-9]{5}|[0-9]{255}"
)

# Types whose text is the same as that of `to_json`, and written in less time.
_PLAIN = frozenset({"integer", "bigint", "smallint", "boolean"})

# Types of floats, and from which number on PostgreSQL writes an exponent.
_FLOATS = {"real": "1e6", "double precision": "1e15"}


@dataclass(frozen=True, slots=True)
class Source:
    """The SQL of a value, and its type as PostgreSQL's `format_type` writes it."""

    sql: str
    type: str


NULL = Source("NULL::text", "text")


def object_sql(members: Mapping[str, Source | None], *, depth: int) -> str:
    """Return the SQL of an object's text, `depth` levels deep in its file.

    `members`: by key the value; None leaves a hole.
    """
    outer, inner = INDENT * depth, INDENT * (depth + 1)
    texts = [
        quoted(f"{inner}{json.dumps(key, ensure_ascii=False)}: ")
        + " || "
        + (quoted(HOLE) if source is None else _value_sql(source, inner))
        for key, source in members.items()
    ]
    body = f"array_to_string(ARRAY[{', '.join(texts)}], {quoted(f',{NEWLINE}')})"
    opening, closing = quoted(f"{outer}{{{NEWLINE}"), quoted(f"{NEWLINE}{outer}}}")
    return f"{opening} || {body} || {closing}"


def _value_sql(source: Source, indent: str) -> str:
    return f"coalesce({_known_sql(source.sql, source.type, indent)}, 'null')"


def _known_sql(column: str, kind: str, indent: str) -> str:
    """Return the SQL of the text of a value of `kind` that is not null."""
    if kind in {"json", "jsonb"} or kind.endswith("[]"):
        return _pretty_sql(f"to_json({column})", indent)
    if kind in _PLAIN:
        return f"{column}::text"
    if kind in _FLOATS:
        return _float_sql(column, _FLOATS[kind])
    if kind.startswith("timestamp"):
        return _moment_sql(column, with_offset=kind.endswith("with time zone"))
    return f"to_json({column})::text"


def _moment_sql(column: str, *, with_offset: bool) -> str:
    """Write six digits of a fraction of a second or none, as `isoformat` of Python does.

    PostgreSQL omits the zeros at their end, and Python before 3.11 cannot read the result.
    """
    kind, at, offset = (
        ("timestamptz", f"{column} AT TIME ZONE 'UTC'", "+00:00")
        if with_offset
        else ("timestamp", column, "")
    )
    pattern = quoted(f'\\"YYYY-MM-DD"T"HH24:MI:SS.US"{offset}"\\"')
    return (
        f"CASE WHEN {column}::{kind}(5) <> {column} OR {column}::{kind}(0) = {column}"
        f" THEN to_json({column})::text ELSE to_char({at}, {pattern}) END"
    )


def _float_sql(column: str, exponent_from: str) -> str:
    """Write a whole float with `.0`, as `json.dumps` of Python does.

    From `exponent_from` on, PostgreSQL writes an exponent, which marks a float as well.
    """
    return (
        f"CASE WHEN trunc({column}) = {column} AND abs({column}) < {exponent_from}"
        f" THEN to_json({column})::text || '.0' ELSE to_json({column})::text END"
    )


def _pretty_sql(value: str, indent: str) -> str:
    """Indent the JSON that the SQL expression `value` gives."""
    pretty = f"jsonb_pretty({value}::jsonb)"
    # An empty list or object stays on its line. No string holds an unescaped line feed.
    pretty = f"regexp_replace({pretty}, '([[{{])\\n\\s*([]}}])', '\\1\\2', 'g')"
    pretty = f"replace({pretty}, {quoted(NEWLINE)}, {quoted(NEWLINE + indent)})"
    return f"CASE WHEN {value}::text ~* {quoted(_NO_JSONB)} THEN {value}::text ELSE {pretty} END"
