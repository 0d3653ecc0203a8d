"""What was changed so that the readers of an archive accept it, and what cannot be. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class Change(StrEnum):
    """The changes, as manifest and task name them."""

    # A reference to a row that is not in the archive is null, or left out of its list.
    REFERENCE_DROPPED = "reference-dropped"
    # A moment that no calendar writes (infinity, before our era, after the year 9999) is null.
    DATE_DROPPED = "date-dropped"
    # A session whose time is such a moment is left out.
    SESSION_DROPPED = "session-dropped"
    # A session without a track is in the stand-in track.
    TRACK_STOOD_IN = "track-stood-in"
    # A time zone that nobody knows is UTC.
    TIMEZONE_REPLACED = "timezone-replaced"
    # A colour that is none is grey.
    COLOR_REPLACED = "color-replaced"
    # A name that readers cannot use as it is: the event's with a slash, a speaker's that is empty.
    NAME_REPLACED = "name-replaced"
    # Text that would end the script block it is printed into lacks the tag that would.
    MARKUP_STRIPPED = "markup-stripped"


@dataclass(frozen=True, slots=True)
class Repair:
    """One change: what it is, and to which field of which row of which file."""

    change: Change
    file: str
    id: int | None
    field: str


class Unfit(Exception):
    """Data that no reader of the archive would accept, and that nobody but people can repair."""

    def __init__(self, file: str, row_id: int | None, field: str, problem: str) -> None:
        """`problem` goes on from the field's name, for a person: "is empty"."""
        super().__init__(file, row_id, field, problem)
        self.file = file
        self.id = row_id
        self.field = field
        self.problem = problem

    @property
    def text(self) -> str:
        """What is wrong, for a person."""
        row = "" if self.id is None else f" {self.id}"
        return (
            f"The programs that read the archive would not accept it: in {self.file}{row},"
            f" {self.field} {self.problem}. Please correct that, and export again."
        )
