"""Documents of the `webapp` dialect: an event as generators of web and Android apps read it. Pure.

Documents are what the files hold, in types of JSON. Absent text is "", an absent link or media file
null, an absent list empty. A key has both spellings where one reader looks for the first and
another for the second. Source of the rules: docs/webapp-dialect.md.

The keys of media files are null: their values are known once the files are fetched.
"""

from collections.abc import Iterable, Mapping

from openevent.catalogue.colors import font_color, rgb
from openevent.catalogue.files import DataFile
from openevent.export.dialects.webapp_cells import Cells, Values, number, row_id, whole
from openevent.export.dialects.webapp_files import (
    COPYRIGHTS,
    EVENT,
    SESSIONS,
    SOCIAL_LINKS,
    SPEAKERS,
    SPEAKERS_CALLS,
    SPONSORS,
    TRACKS,
)
from openevent.export.dialects.webapp_programme import PLACEHOLDER_TRACK, Programme
from openevent.export.repairs import RepairKind

Document = dict[str, object]

PLACEHOLDER_TRACK_NAME, GREY = "General", "#777777"

LOWEST_LEVEL = 3

# Readers' links begin with the server's address, followed by a path that this API does not have.
META: Document = {"root-url": None}


class Webapp:
    """Makes the documents of an event's rows."""

    def __init__(self, cells: Cells, programme: Programme) -> None:
        """`programme`: of the same event as `cells`."""
        self._cells = cells
        self._programme = programme

    def event(
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
        starts, ends = (
            self._cells.moment(row.get("starts_at")),
            self._cells.moment(row.get("ends_at")),
        )
        owner = self._cells.text(EVENT, row, "owner_name")
        about_owner = self._cells.text(EVENT, row, "owner_description")
        links = [
            {
                "id": row_id(link),
                "name": self._cells.text(SOCIAL_LINKS, link, "name"),
                "link": self._cells.text(SOCIAL_LINKS, link, "link"),
            }
            for link in social_links
        ]
        first_copyright = next(iter(copyrights), None)
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
            "description": self._cells.text(EVENT, row, "description"),
            **_both("location_name", self._cells.text(EVENT, row, "location_name")),
            **_both("ticket_url", self._cells.link(EVENT, row, "ticket_url") or page_url),
            **_both("owner_name", owner),
            **_both("owner_description", about_owner),
            **_both("organizer_name", owner),
            **_both("organizer_description", about_owner),
            **_both("code_of_conduct", self._cells.text(EVENT, row, "code_of_conduct")),
            "email": None,
            **_without_media(EVENT),
            **_both("social_links", links),
            "copyright": self._copyright(first_copyright),
            "event-copyright": self._event_copyright(first_copyright),
            "speakers-call": self._speakers_call(next(iter(speakers_calls), None)),
        }

    def session(self, row: Values) -> Document | None:
        """An element of the file `sessions`; None for a session that does not go in."""
        outline = self._programme.sessions.get(row_id(row))
        if outline is None:
            return None
        starts, ends = (
            self._cells.moment(row.get("starts_at")),
            self._cells.moment(row.get("ends_at")),
        )
        kind = self._related(row, "session_type_id", self._programme.session_types)
        if outline.track == PLACEHOLDER_TRACK:
            self._cells.note(RepairKind.TRACK_REPLACED, SESSIONS, row, "track_id")
        return {
            "id": row_id(row),
            "title": outline.title,
            "subtitle": self._cells.text(SESSIONS, row, "subtitle"),
            "state": outline.state,
            "start_time": starts,
            "end_time": ends,
            "starts-at": starts,
            "ends-at": ends,
            **_both("short_abstract", self._cells.text(SESSIONS, row, "short_abstract")),
            **_both("long_abstract", self._cells.text(SESSIONS, row, "long_abstract")),
            "track": {
                "id": outline.track,
                "name": self._programme.tracks.get(outline.track, PLACEHOLDER_TRACK_NAME),
            },
            "microlocation": self._related(row, "microlocation_id", self._programme.microlocations),
            **_both("session_type", kind),
            "speakers": [
                {"id": speaker_id, "name": self._programme.speakers[speaker_id]}
                for speaker_id in self._programme.speakers_of.get(row_id(row), ())
            ],
            **_without_media(SESSIONS),
            **_spelt("video", self._cells.link(SESSIONS, row, "video_url")),
            **_spelt("slides", self._cells.link(SESSIONS, row, "slides_url")),
        }

    def speaker(self, row: Values) -> Document | None:
        """An element of the file `speakers`; None for a speaker who does not go in.

        One reader publishes every key of it, whatever its name: there must be no other.
        """
        name = self._programme.speakers.get(row_id(row))
        if name is None:
            return None
        website = self._cells.link(SPEAKERS, row, "website")
        featured = row.get("is_featured") is True
        return {
            "id": row_id(row),
            "name": name,
            **_without_media(SPEAKERS),
            **_both("short_biography", self._cells.text(SPEAKERS, row, "short_biography")),
            **_both("long_biography", self._cells.text(SPEAKERS, row, "long_biography")),
            "organisation": self._cells.text(SPEAKERS, row, "organisation"),
            "position": self._cells.text(SPEAKERS, row, "position"),
            "country": self._cells.text(SPEAKERS, row, "country"),
            "website": website,
            "web": website,
            "twitter": self._cells.link(SPEAKERS, row, "twitter"),
            "facebook": self._cells.link(SPEAKERS, row, "facebook"),
            "github": self._cells.link(SPEAKERS, row, "github"),
            "linkedin": self._cells.link(SPEAKERS, row, "linkedin"),
            "featured": featured,
            "is-featured": featured,
            "sessions": [
                {
                    "id": session_id,
                    "title": self._programme.sessions[session_id].title,
                    "state": self._programme.sessions[session_id].state,
                }
                for session_id in self._programme.sessions_of[row_id(row)]
            ],
        }

    def sponsor(self, row: Values, level: str) -> Document:
        """An element of the file `sponsors`; `level` is one that `levels` gave."""
        kind = self._cells.text(SPONSORS, row, "type")
        return {
            "id": row_id(row),
            "name": self._cells.text(SPONSORS, row, "name"),
            **_without_media(SPONSORS),
            "url": self._cells.link(SPONSORS, row, "url"),
            "type": kind,
            "sponsor_type": kind,
            "level": level,
        }

    def track(self, row: Values) -> Document:
        """An element of the file `tracks`."""
        color = rgb(text) if isinstance(text := row.get("color"), str) else None
        if color is None:
            self._cells.note(RepairKind.COLOR_REPLACED, TRACKS, row, "color")
        written = GREY if color is None else "#{:02x}{:02x}{:02x}".format(*color)
        return self._track(row_id(row), self._programme.tracks[row_id(row)], written)

    def placeholder_track(self) -> Document | None:
        """The last element of the file `tracks`, if sessions without a track go in."""
        if PLACEHOLDER_TRACK not in self._programme.sessions_in:
            return None
        return self._track(PLACEHOLDER_TRACK, PLACEHOLDER_TRACK_NAME, GREY)

    def microlocation(self, row: Values) -> Document:
        """An element of the file `microlocations`."""
        return {
            "id": row_id(row),
            "name": self._programme.microlocations[row_id(row)],
            "floor": number(row.get("floor")),
        }

    def session_type(self, row: Values) -> Document:
        """An element of the file `session_types`."""
        return {"id": row_id(row), "name": self._programme.session_types[row_id(row)]}

    def _event_name(self, row: Values) -> str:
        name = self._cells.text(EVENT, row, "name").strip()
        if "/" in name:
            self._cells.note(RepairKind.NAME_REPLACED, EVENT, row, "name")
        return name.replace("/", "-")

    def _related(self, row: Values, column: str, names: Mapping[int, str]) -> Document | None:
        key = row.get(column)
        if key is None:
            return None
        if isinstance(key, int) and key in names:
            return {"id": key, "name": names[key]}
        self._cells.note(RepairKind.REFERENCE_DROPPED, SESSIONS, row, column)
        return None

    def _track(self, track_id: int, name: str, color: str) -> Document:
        return {
            "id": track_id,
            "name": name,
            "color": color,
            **_both("font_color", font_color(color)),
            "sessions": [
                {"id": session_id, "title": self._programme.sessions[session_id].title}
                for session_id in self._programme.sessions_in.get(track_id, ())
            ],
        }

    def _copyright(self, row: Values | None) -> Document | None:
        if row is None:
            return None
        texts = ("licence", "licence_url", "logo", "holder", "holder_url")
        return {
            "id": row_id(row),
            **{column: self._cells.text(COPYRIGHTS, row, column) for column in texts},
            "year": whole(row.get("year")),
        }

    def _event_copyright(self, row: Values | None) -> Document:
        made = self._copyright(row) or {"id": 0, "year": 0}
        return {
            "id": made["id"],
            "licence": made.get("licence", ""),
            "holder": made.get("holder", ""),
            "year": made["year"],
            **_both("licence_url", made.get("licence_url", "")),
            "logo-url": made.get("logo", ""),
            "holder-url": made.get("holder_url", ""),
        }

    def _speakers_call(self, row: Values | None) -> Document | None:
        if row is None:
            return None
        return {
            "id": row_id(row),
            "announcement": self._cells.text(SPEAKERS_CALLS, row, "announcement"),
            "starts-at": self._cells.moment(row.get("starts_at")),
            "ends-at": self._cells.moment(row.get("ends_at")),
        }


def levels(found: Iterable[object]) -> dict[object, str]:
    """The level that each of the sponsors' `found` levels is written as.

    They are ranked from "1" without gaps, as readers lose sponsors at one; those without a level
    come last, and all that is beyond "3" is "3".
    """
    ranked = sorted({level for level in found if isinstance(level, int)})
    written: dict[object, str] = {
        level: str(min(rank, LOWEST_LEVEL)) for rank, level in enumerate(ranked, 1)
    }
    written[None] = str(min(len(ranked) + 1, LOWEST_LEVEL))
    return written


def _both(name: str, value: object) -> Document:
    """`name` with underscores, and with hyphens."""
    return {name: value, name.replace("_", "-"): value}


def _spelt(name: str, address: str | None) -> Document:
    return {name: address, f"{name}-url": address}


def _without_media(file: DataFile) -> Document:
    return {key: None for field in file.media for key in field.keys}
