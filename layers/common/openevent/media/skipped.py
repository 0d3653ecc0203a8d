"""Why a medium that was asked for is not in the archive."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from openevent.adapters.storage import Denied, ObjectFault
from openevent.errors import Unavailable


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


class Skipped(Exception):
    """A medium cannot be had."""

    def __init__(self, reason: Reason, detail: str | None = None) -> None:
        """`detail`: what is known beyond the reason, such as an HTTP status."""
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail

    @property
    def text(self) -> str:
        """The reason, for a person."""
        return f"{TEXTS[self.reason]} ({self.detail})" if self.detail else TEXTS[self.reason]


class Passing(Skipped):
    """A transient fault: another try may succeed."""


@contextmanager
def storage_skips() -> Iterator[None]:
    """Raise faults of the storage out of the block as `Skipped`."""
    try:
        yield
    except Denied as fault:
        raise Skipped(Reason.ACCESS_DENIED) from fault
    except ObjectFault as fault:
        raise Skipped(Reason.NOT_FOUND) from fault
    except Unavailable as fault:
        raise Passing(Reason.UNREACHABLE) from fault
