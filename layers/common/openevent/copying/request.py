"""Body of a copy: the options of a caller."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    ValidationInfo,
)
from pydantic_core import PydanticCustomError

from openevent.copying.resolve import EXCLUDABLE, INCLUDABLE
from openevent.edge.validation import StrictModel

MAX_NAME = 1000

# Years, in UTC, in which an event can start. Offsets of time zones before about 1900 have seconds,
# which RFC 3339 does not know.
FIRST_YEAR, LAST_YEAR = 1970, 2100
FIRST, END = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC), datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC)


def _moment(value: object) -> object:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise PydanticCustomError(
            "moment", "Send a date and time with an offset, such as 2027-05-01T09:00:00+02:00."
        )
    if not FIRST <= moment < END:
        raise PydanticCustomError(
            "date_out_of_range",
            "The event must start between {first} and {last}.",
            {"first": FIRST_YEAR, "last": LAST_YEAR},
        )
    return moment


def _without_name(value: bool, info: ValidationInfo) -> bool:  # noqa: FBT001 (pydantic's)
    if value and info.data.get("name") is not None:
        raise PydanticCustomError("name", "Send either a name or keep_name, not both.")
    return value


def _one_of(names: tuple[str, ...]) -> AfterValidator:
    def check(name: str) -> str:
        if name not in names:
            raise PydanticCustomError("name", "Choose from: {names}.", {"names": ", ".join(names)})
        return name

    return AfterValidator(check)


class CopyRequest(StrictModel):
    """Options of a copy; all are optional.

    `name`: the new event's; without it, "Copy of …". `keep_name`: the original's name.
    `starts_at`: the new event's start; all dates move with it. `include`: tables to copy besides
    those that are copied by default; `exclude`: tables of these not to copy. `dry_run`: answer what
    would be copied, and copy nothing.
    """

    name: (
        Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_NAME)]
        | None
    ) = None
    keep_name: Annotated[bool, AfterValidator(_without_name)] = False
    starts_at: Annotated[datetime, BeforeValidator(_moment)] | None = None
    include: list[Annotated[str, _one_of(INCLUDABLE)]] = Field(default=[])
    exclude: list[Annotated[str, _one_of(EXCLUDABLE)]] = Field(default=[])
    dry_run: bool = False
