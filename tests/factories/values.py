"""A sensible value for any column, from its type and its name, and another one each time."""

from datetime import UTC, datetime, timedelta
from itertools import count

from tests.catalog import LiveColumn

_DAY_ONE = datetime(2027, 3, 1, 9, tzinfo=UTC)
_numbers = count(1)

# Words that Open Event compares with: anything else would be a state that can't be.
_WORDS = {
    ("events", "state"): "published",
    ("exhibitors", "status"): "accepted",
    ("orders", "status"): "completed",
    ("role_invites", "status"): "pending",
    ("sessions", "state"): "accepted",
    ("tickets", "type"): "paid",
    ("custom_forms", "form"): "session",
    ("custom_forms", "type"): "text",
    ("discount_codes", "type"): "percent",
    ("discount_codes", "used_for"): "ticket",
    ("video_channels", "provider"): "bbb",
}
_WORDS_BY_NAME = {
    "timezone": "Asia/Kolkata",
    "privacy": "public",
    "language": "en",
    "language_code": "fr",
    "main_language": "en",
    "payment_currency": "EUR",
    "country": "IN",
    "payment_country": "IN",
    "length": "00:45",
}


def value_for(column: LiveColumn) -> object:
    """A value that `column` takes, unlike every one given before where its type has room for it."""
    type_ = column.type.removesuffix("[]")
    value = _scalar(column, type_, next(_numbers))
    return value if type_ == column.type else [value]


def _scalar(column: LiveColumn, type_: str, number: int) -> object:
    match type_:
        case "boolean":
            return column.name != "is_deleted"
        case "smallint" | "integer" | "bigint":
            return number % 30_000
        case "double precision" | "real" | "numeric":
            return number % 90 + 0.25
        case "json" | "jsonb":
            return {"number": number, "word": "né"}
        case "timestamp with time zone" | "timestamp without time zone" | "date":
            return _moment(column.name, number)
        case _:
            return _word(column, number)[: column.length]


def _moment(name: str, number: int) -> datetime:
    # Whatever ends does so after anything starts.
    later = timedelta(days=30 * ("end" in name or "till" in name))
    return _DAY_ONE + later + timedelta(minutes=number % 1_000)


def _word(column: LiveColumn, number: int) -> str:
    name = column.name
    known = _WORDS.get((column.table, name)) or _WORDS_BY_NAME.get(name)
    if known:
        return known
    if "email" in name or name == "recipient":
        return f"{name.strip('_')}{number}@example.com"
    if name.endswith(("url", "link", "website")):
        return f"https://www.example.com/{column.table}/{name}/{number}"
    if name.endswith("color"):
        return f"#{number % 0x1000000:06x}"
    if name in {"identifier", "hash", "token"}:
        # Never digits alone: a name of digits would be taken for an id first.
        return f"e{number:07x}"
    return f"{name} {number}"
