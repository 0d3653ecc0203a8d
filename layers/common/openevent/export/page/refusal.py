"""The page of a link that cannot be used, made of the error. Pure."""

from collections.abc import Mapping

from openevent.errors import OpenEventError, Unavailable
from openevent.export.page.model import PageView, Tone

# Seconds after which a page loads itself again while a service is unavailable.
RETRY = 10

# Each code: the title, what it means, and what to do.
_TEXTS: Mapping[str, tuple[str, str, str]] = {
    "ticket-missing": (
        "This link is not complete",
        "The part after the question mark is missing. Mail programs sometimes cut long links.",
        "Open the link in the mail again, or copy all of it.",
    ),
    "ticket-invalid": (
        "This link is not valid",
        "It is not one of our links, or a part of it is missing or changed.",
        "Open the link in the mail again, or copy all of it.",
    ),
    "export-expired": (
        "This archive has expired",
        "This export has expired. Please start a new one.",
        "Archives are kept for a few days only, because they can contain personal data.",
    ),
    "export-removed": (
        "This archive was removed",
        "This export was removed. Start a new one if you need it.",
        "A person who organizes the event has removed it.",
    ),
    "export-not-found": (
        "There is no such export",
        "It may have been removed long ago, or the link is wrong.",
        "Start a new export in Open Event if you need it.",
    ),
    "event-not-found": (
        "The event was deleted",
        "Exports of a deleted event cannot be opened.",
        "If it was deleted by mistake, please contact the operator of this server.",
    ),
    "user-unknown": (
        "This account cannot be used",
        "This link belongs to an account that was deleted or blocked.",
        "If this is a mistake, please contact the operator of this server.",
    ),
    "access-forbidden": (
        "You have no access to this export any more",
        "Co-organizer access is required.",
        "Ask an owner or organizer of the event to give you the role again.",
    ),
}


def refusal_view(error: OpenEventError, status: int) -> PageView:
    """Return the page that explains `error`, which is answered with `status`."""
    if isinstance(error, Unavailable):
        return PageView(
            status=status,
            tone=Tone.BUSY,
            title="The service is temporarily unavailable",
            lead=(
                "Your export is not affected by this.",
                f"This page loads itself again every {RETRY} seconds.",
            ),
            refresh=RETRY,
        )
    title, meaning, advice = _TEXTS.get(error.code, ("This page cannot be shown", str(error), ""))
    return PageView(
        status=status,
        tone=Tone.GONE,
        title=title,
        lead=tuple(filter(None, (meaning, advice))),
    )
