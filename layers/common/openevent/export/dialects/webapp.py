"""Documents of the `webapp` dialect: an event as generators of web and Android apps read it. Pure.

Documents are what the files hold, in types of JSON. Absent text is "", an absent link or media file
null, an absent list empty. A key has both spellings where one reader looks for the first and
another for the second. Source of the rules: docs/webapp-dialect.md.

The keys of media files are null or placeholders: their values are known once the files are fetched.
"""

from collections.abc import Iterable, Mapping

from openevent.catalogue.colors import font_color, rgb
from openevent.catalogue.links import is_youtube
from openevent.export.dialects.webapp_cells import Cells, Values, number, row_id
from openevent.export.dialects.webapp_documents import Document, both, spelt, without_media
from openevent.export.dialects.webapp_files import SESSIONS, SPEAKERS, SPONSORS, TRACKS
from openevent.export.dialects.webapp_programme import (
    PLACEHOLDER_ROOM,
    PLACEHOLDER_TRACK,
    Programme,
)
from openevent.export.repairs import RepairKind

PLACEHOLDER_TRACK_NAME, GREY = "General", "#777777"
PLACEHOLDER_ROOM_NAME = "Room to be announced"

LOWEST_LEVEL = 3

# Readers' links begin with the server's address, followed by a path that this API does not have.
META: Document = {"root-url": None}


class Webapp:
    """Makes the documents of an event's rows."""

    def __init__(self, cells: Cells, programme: Programme, server: str) -> None:
        """`programme`: of the same event as `cells`. `server`: where paths of media files begin."""
        self._cells = cells
        self._programme = programme
        self._server = server

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
        if outline.room == PLACEHOLDER_ROOM:
            self._cells.note(RepairKind.ROOM_REPLACED, SESSIONS, row, "microlocation_id")
        return {
            "id": row_id(row),
            "title": outline.title,
            "subtitle": self._cells.text(SESSIONS, row, "subtitle"),
            "state": outline.state,
            "start_time": starts,
            "end_time": ends,
            "starts-at": starts,
            "ends-at": ends,
            **both("short_abstract", self._cells.html(SESSIONS, row, "short_abstract")),
            **both("long_abstract", self._cells.html(SESSIONS, row, "long_abstract")),
            "track": {
                "id": outline.track,
                "name": self._programme.tracks.get(outline.track, PLACEHOLDER_TRACK_NAME),
            },
            "microlocation": {
                "id": outline.room,
                "name": self._programme.microlocations.get(outline.room, PLACEHOLDER_ROOM_NAME),
            },
            **both("session_type", kind),
            "speakers": [
                {"id": speaker_id, "name": self._programme.speakers[speaker_id]}
                for speaker_id in self._programme.speakers_of.get(row_id(row), ())
            ],
            **without_media(self._cells, SESSIONS, row),
            **spelt("video", self._video(row)),
            **spelt("slides", self._media_link(row, "slides_url")),
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
            **without_media(self._cells, SPEAKERS, row),
            **both("short_biography", self._cells.html(SPEAKERS, row, "short_biography")),
            **both("long_biography", self._cells.html(SPEAKERS, row, "long_biography")),
            "organisation": self._cells.text(SPEAKERS, row, "organisation"),
            "position": self._cells.text(SPEAKERS, row, "position"),
            "country": self._cells.text(SPEAKERS, row, "country"),
            "website": website,
            "web": website,
            "twitter": self._cells.link(SPEAKERS, row, "twitter", site="twitter"),
            "facebook": self._cells.link(SPEAKERS, row, "facebook", site="facebook"),
            "github": self._cells.link(SPEAKERS, row, "github", site="github"),
            "linkedin": self._cells.link(SPEAKERS, row, "linkedin", site="linkedin"),
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
        kind = self._cells.name(SPONSORS, row, "type")
        return {
            "id": row_id(row),
            "name": self._cells.name(SPONSORS, row, "name"),
            **without_media(self._cells, SPONSORS, row),
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

    def placeholder_room(self) -> Document | None:
        """The last element of the file `microlocations`, if sessions without a room go in."""
        if all(outline.room != PLACEHOLDER_ROOM for outline in self._programme.sessions.values()):
            return None
        return {"id": PLACEHOLDER_ROOM, "name": PLACEHOLDER_ROOM_NAME, "floor": None}

    def session_type(self, row: Values) -> Document:
        """An element of the file `session_types`."""
        return {"id": row_id(row), "name": self._programme.session_types[row_id(row)]}

    def _video(self, row: Values) -> str | None:
        """Return the address of the session's video, if readers can show it."""
        link = self._media_link(row, "video_url")
        if link is None or is_youtube(link):
            return link
        self._cells.note(RepairKind.VIDEO_DROPPED, SESSIONS, row, "video_url")
        return None

    def _media_link(self, row: Values, column: str) -> str | None:
        """Return the address of a media file that stays where it is."""
        return self._cells.link(SESSIONS, row, column, server=self._server)

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
            **both("font_color", font_color(color)),
            "sessions": [
                {"id": session_id, "title": self._programme.sessions[session_id].title}
                for session_id in self._programme.sessions_in.get(track_id, ())
            ],
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
