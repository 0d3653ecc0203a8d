"""The document of the file `event` of the `webapp` dialect. Pure."""

from collections.abc import Iterable

from openevent.export.dialects.webapp_cells import Cells, Values, number, row_id, whole
from openevent.export.dialects.webapp_documents import Document, both, without_media
from openevent.export.dialects.webapp_files import (
    COPYRIGHTS,
    EVENT,
    SOCIAL_LINKS,
    SPEAKERS_CALLS,
)
from openevent.export.dialects.webapp_pictures import TRANSPARENT
from openevent.export.repairs import RepairKind

# Names of links that one reader shows, by other names for the same.
LINK_NAMES = {
    **dict.fromkeys(
        ("website", "web", "homepage", "external event url", "event website"), "Event main page"
    ),
    **dict.fromkeys(("google+", "google-plus", "googleplus"), "Google Plus"),
}


class EventDocument:
    """Makes the document of the event's row and of rows that belong to it."""

    def __init__(self, cells: Cells) -> None:
        """`cells`: of this event."""
        self._cells = cells

    def make(
        self,
        row: Values,
        *,
        social_links: Iterable[Values],
        copyrights: Iterable[Values],
        speakers_calls: Iterable[Values],
        page_url: str,
    ) -> Document:
        """The file `event`. `page_url`: the event's public page, where tickets are to be had."""
        if not self._cells.timezone_known:
            self._cells.note(RepairKind.TIMEZONE_REPLACED, EVENT, row, "timezone")
        elif self._cells.timezone_renamed:
            self._cells.note(RepairKind.TIMEZONE_RENAMED, EVENT, row, "timezone")
        starts, ends = (
            self._cells.moment(row.get("starts_at")),
            self._cells.moment(row.get("ends_at")),
        )
        owner = self._cells.text(EVENT, row, "owner_name")
        about_owner = self._cells.html(EVENT, row, "owner_description")
        links = [self._social_link(link) for link in social_links]
        copyright_ = self._copyright(next(iter(copyrights), None))
        return {
            "id": row_id(row),
            "name": self._event_name(row),
            "timezone": self._cells.timezone,
            "start_time": starts,
            "end_time": ends,
            "starts-at": starts,
            "ends-at": ends,
            "latitude": number(row.get("latitude")),
            "longitude": number(row.get("longitude")),
            "description": self._cells.html(EVENT, row, "description"),
            **both("location_name", self._cells.text(EVENT, row, "location_name")),
            **both("ticket_url", self._cells.link(EVENT, row, "ticket_url") or page_url),
            **both("owner_name", owner),
            **both("owner_description", about_owner),
            **both("organizer_name", owner),
            **both("organizer_description", about_owner),
            **both("code_of_conduct", self._cells.html(EVENT, row, "code_of_conduct")),
            "email": None,
            **without_media(self._cells, EVENT, row),
            **both("social_links", links),
            "copyright": copyright_,
            "event-copyright": _event_copyright(copyright_),
            "speakers-call": self._speakers_call(next(iter(speakers_calls), None)),
        }

    def _event_name(self, row: Values) -> str:
        name = self._cells.name(EVENT, row, "name")
        if "/" in name:
            self._cells.note(RepairKind.NAME_REPLACED, EVENT, row, "name")
        return name.replace("/", "-")

    def _social_link(self, row: Values) -> Document:
        typed = self._cells.text(SOCIAL_LINKS, row, "name")
        name = LINK_NAMES.get(typed.lower(), typed)
        if name != typed:
            self._cells.note(RepairKind.NAME_REPLACED, SOCIAL_LINKS, row, "name")
        link = self._cells.link(SOCIAL_LINKS, row, "link", site=typed.lower())
        return {"id": row_id(row), "name": name, "link": link or ""}

    def _copyright(self, row: Values | None) -> Document | None:
        if row is None:
            return None

        def text(column: str) -> str:
            return self._cells.text(COPYRIGHTS, row, column)

        def link(column: str) -> str | None:
            return self._cells.link(COPYRIGHTS, row, column)

        return {
            "id": row_id(row),
            "licence": text("licence"),
            "licence_url": link("licence_url") or "",
            "logo": link("logo") or TRANSPARENT,
            "holder": text("holder"),
            "holder_url": link("holder_url") or "",
            "year": whole(row.get("year")),
        }

    def _speakers_call(self, row: Values | None) -> Document | None:
        if row is None:
            return None
        return {
            "id": row_id(row),
            "announcement": self._cells.html(SPEAKERS_CALLS, row, "announcement"),
            "starts-at": self._cells.moment(row.get("starts_at")),
            "ends-at": self._cells.moment(row.get("ends_at")),
        }


def _event_copyright(copyright_: Document | None) -> Document:
    made = copyright_ or {"id": 0, "year": 0}
    return {
        "id": made["id"],
        "licence": made.get("licence", ""),
        "holder": made.get("holder", ""),
        "year": made["year"],
        **both("licence_url", made.get("licence_url", "")),
        "logo-url": made.get("logo", ""),
        "holder-url": made.get("holder_url", ""),
    }
