"""Reasons for which a media file is not fetched, and is not in an archive."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum

from openevent.adapters.storage import Changed, Denied, ObjectFault


class Reason(StrEnum):
    """The reasons, as manifest and task name them; `TEXTS` says them to a person."""

    ACCESS_DENIED = "access-denied"
    ADDRESS_INVALID = "address-invalid"
    ADDRESS_NOT_PUBLIC = "address-not-public"
    CHANGING = "changing"
    EMPTY = "empty"
    ENCODED = "encoded"
    FORBIDDEN_KEY = "not-of-this-event"
    HOST_FAILED = "host-failed"
    HOST_UNKNOWN = "host-unknown"
    HTTP_STATUS = "http-status"
    NO_ROOM = "no-room"
    NOT_FOUND = "not-found"
    TIMED_OUT = "timed-out"
    TOO_LARGE = "too-large"
    TOO_MANY_REDIRECTS = "too-many-redirects"
    TOO_SLOW = "too-slow"
    TOTAL_TOO_LARGE = "total-too-large"
    UNREACHABLE = "unreachable"
    UNREADABLE = "unreadable"
    WEB_PAGE = "web-page"


TEXTS = {
    Reason.ACCESS_DENIED: "the export has no right to read the file; please tell the operator",
    Reason.ADDRESS_INVALID: "the address is not one that can be fetched",
    Reason.ADDRESS_NOT_PUBLIC: "the address is not a public one",
    Reason.CHANGING: "the file was changed again and again while it was copied",
    Reason.EMPTY: "there is nothing in it",
    Reason.ENCODED: "the server sent it compressed although it was asked not to",
    Reason.FORBIDDEN_KEY: "the file does not belong to this event",
    Reason.HOST_FAILED: "the server failed several times and was not asked again",
    Reason.HOST_UNKNOWN: "there is no such server",
    Reason.HTTP_STATUS: "the server refused",
    Reason.NO_ROOM: "there was no room left for it",
    Reason.NOT_FOUND: "the file is gone",
    Reason.TIMED_OUT: "there was no time left for it",
    Reason.TOO_LARGE: "the file is too large",
    Reason.TOO_MANY_REDIRECTS: "the server sent us from one address to the next",
    Reason.TOO_SLOW: "the server was too slow",
    Reason.TOTAL_TOO_LARGE: "the archive would have become too large",
    Reason.UNREACHABLE: "the server could not be reached",
    Reason.UNREADABLE: "the programs that read this archive take no files of its kind",
    Reason.WEB_PAGE: "there is a web page at the address, not a file",
}


@dataclass(frozen=True, slots=True)
class Skip:
    """Why a media file is not fetched; `detail` is known beyond the reason, such as a status.

    `cause`: the error behind it, for the log.
    """

    reason: Reason
    detail: str | None = None
    cause: str = field(default="", compare=False)

    @property
    def text(self) -> str:
        """The reason, for a person."""
        return f"{TEXTS[self.reason]} ({self.detail})" if self.detail else TEXTS[self.reason]


class Skipped(Exception):
    """A media file cannot be had: raised inside this room, and returned by it as a `Skip`."""

    def __init__(self, reason: Reason, detail: str | None = None) -> None:
        """`detail`: as of `Skip`."""
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail

    @property
    def skip(self) -> Skip:
        """The same as a value."""
        cause = "" if self.__cause__ is None else repr(self.__cause__)
        return Skip(self.reason, self.detail, cause)


class Transient(Skipped):
    """A transient fault: another try may succeed."""


@contextmanager
def storage_skips() -> Iterator[None]:
    """Raise faults of the object out of the block as `Skipped`.

    An S3 that does not answer remains `Unavailable`: the file is there, and a later try can have
    it.
    """
    try:
        yield
    except Denied as fault:
        raise Skipped(Reason.ACCESS_DENIED) from fault
    except Changed as fault:
        raise Transient(Reason.CHANGING) from fault
    except ObjectFault as fault:
        raise Skipped(Reason.NOT_FOUND) from fault
