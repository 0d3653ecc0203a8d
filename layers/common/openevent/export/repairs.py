"""Repairs of data that programs reading an archive would fail on, and data beyond repair. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class RepairKind(StrEnum):
    """Kinds of repair, as manifest and task name them."""

    # A reference to a row that is not in the archive is null, or left out of its list.
    REFERENCE_DROPPED = "reference-dropped"
    # A date outside the calendars of programs (infinity, BC, after the year 9999) is null.
    DATE_DROPPED = "date-dropped"
    # A session with such a date is skipped.
    SESSION_DROPPED = "session-dropped"
    # A session without a track is in the placeholder track.
    TRACK_REPLACED = "track-replaced"
    # A session without a room is in the placeholder room.
    ROOM_REPLACED = "room-replaced"
    # An unknown time zone is UTC.
    TIMEZONE_REPLACED = "timezone-replaced"
    # A time zone has the name that programs know it by.
    TIMEZONE_RENAMED = "timezone-renamed"
    # Text that is no colour is grey.
    COLOR_REPLACED = "color-replaced"
    # A name that programs cannot use is another: an event's with a slash, a speaker's if empty, a
    # link's that they do not know.
    NAME_REPLACED = "name-replaced"
    # Text lacks markup and characters that pages do not show, or would run as a script.
    MARKUP_STRIPPED = "markup-stripped"
    # A link without a scheme, or a handle, is an address.
    LINK_COMPLETED = "link-completed"
    # A link that no browser should open is null.
    LINK_DROPPED = "link-dropped"
    # A video that programs cannot show is null.
    VIDEO_DROPPED = "video-dropped"
    # A picture that programs cannot do without is a placeholder.
    PICTURE_REPLACED = "picture-replaced"


@dataclass(frozen=True, slots=True)
class Repair:
    """One repair: its kind, and the field, row and file that it was made in."""

    kind: RepairKind
    file: str
    id: int | None
    field: str


class Unfit(Exception):
    """Data on which programs reading the archive would fail, and that only people can correct."""

    def __init__(self, file: str, row_id: int | None, field: str, problem: str) -> None:
        """`problem` is a predicate about the field, for a person: "is empty"."""
        super().__init__(file, row_id, field, problem)
        self.file = file
        self.id = row_id
        self.field = field
        self.problem = problem

    @property
    def text(self) -> str:
        """The problem and what to do about it, for a person."""
        row = "" if self.id is None else f" {self.id}"
        return (
            "The archive cannot be made, because programs that read it would fail:"
            f" in {self.file}{row}, the field {self.field} {self.problem}."
            " Please correct this and export again."
        )
