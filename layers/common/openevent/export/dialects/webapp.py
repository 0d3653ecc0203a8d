"""The `webapp` dialect: an event as the generators of its web and Android apps read it. Pure.

Rows come as mappings of the columns in `COLUMNS`, null where the database has none; documents are
what the files hold, in JSON's types. Text that is absent is "", a link or a medium that is absent
null, a list that is absent empty. Both spellings of a key are written wherever one reader looks for
one and one for the other. Source of the rules: docs/webapp-dialect.md.

A medium's keys are null in the documents: their value is known when it was fetched.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from openevent.catalogue.files import CONTRACT_FILES, DataFile, MediaField, Parent
from openevent.catalogue.table import MediaKind
from openevent.export.dialects.colors import font_color, rgb
from openevent.export.repairs import Change, Repair

Values = Mapping[str, object]
Document = dict[str, object]

# What readers of the event's logo can make an icon from.
RASTER = frozenset({"png", "jpg"})
AUDIBLE = frozenset({"mp3", "aac"})

EVENT = DataFile(
    "event",
    "events",
    event_column="id",
    single=True,
    media=(
        MediaField(
            "logo_url",
            MediaKind.IMAGE,
            "images/logo",
            keys=("logo", "logo-url"),
            extensions=RASTER,
            keeps_address=False,
        ),
        MediaField(
            "original_image_url",
            MediaKind.IMAGE,
            "images/background",
            keys=("background_image", "original-image-url"),
            keeps_address=False,
        ),
    ),
)
SESSIONS = DataFile(
    "sessions",
    "sessions",
    media=(
        MediaField(
            "audio_url",
            MediaKind.AUDIO,
            "audio/session_{id}",
            keys=("audio", "audio-url"),
            extensions=AUDIBLE,
            prefix="",
            keeps_address=False,
        ),
    ),
)
SPEAKERS = DataFile(
    "speakers",
    "speaker",
    media=(
        MediaField(
            "photo_url",
            MediaKind.IMAGE,
            "images/speakers/speaker_{id}",
            keys=("photo", "photo-url", "thumbnail-image-url"),
            keeps_address=False,
        ),
    ),
)
SPONSORS = DataFile(
    "sponsors",
    "sponsors",
    media=(
        MediaField(
            "logo_url",
            MediaKind.IMAGE,
            "images/sponsors/sponsor_{id}",
            keys=("logo", "logo-url"),
            keeps_address=False,
        ),
    ),
)
TRACKS = DataFile("tracks", "tracks")
MICROLOCATIONS = DataFile("microlocations", "microlocations")
SESSION_TYPES = DataFile("session_types", "session_types")
FORMS = next(file for file in CONTRACT_FILES if file.name == "forms")

FILES = (EVENT, MICROLOCATIONS, SESSIONS, SPEAKERS, SPONSORS, TRACKS, SESSION_TYPES, FORMS)

# Read, but no files of their own.
SOCIAL_LINKS = DataFile("social_links", "social_links")
COPYRIGHTS = DataFile("copyrights", "event_copyrights")
SPEAKERS_CALLS = DataFile("speakers_calls", "speakers_calls")
LINKS = DataFile(
    "speakers_sessions",
    "speakers_sessions",
    event_column=None,
    parents=(Parent("session_id", "sessions"),),
)

# By table, the columns that are read.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "events": (
        *("id", "identifier", "name", "timezone", "starts_at", "ends_at", "latitude", "longitude"),
        *("description", "location_name", "ticket_url", "owner_name", "owner_description"),
        *("code_of_conduct", "logo_url", "original_image_url"),
    ),
    "social_links": ("id", "name", "link"),
    "event_copyrights": ("id", "licence", "licence_url", "logo", "year", "holder", "holder_url"),
    "speakers_calls": ("id", "announcement", "starts_at", "ends_at"),
    "sessions": (
        *("id", "title", "subtitle", "state", "starts_at", "ends_at", "short_abstract"),
        *("long_abstract", "track_id", "microlocation_id", "session_type_id", "audio_url"),
        *("video_url", "slides_url"),
    ),
    "speaker": (
        *("id", "name", "photo_url", "short_biography", "long_biography", "organisation"),
        *("position", "country", "website", "twitter", "facebook", "github", "linkedin"),
        "is_featured",
    ),
    "speakers_sessions": ("session_id", "speaker_id"),
    "sponsors": ("id", "name", "logo_url", "url", "type", "level"),
    "tracks": ("id", "name", "color"),
    "microlocations": ("id", "name", "floor"),
    "session_types": ("id", "name"),
}

# What `Programme` needs to know of sessions and speakers.
SESSION_OUTLINE = ("id", "title", "state", "starts_at", "ends_at", "track_id")
SPEAKER_OUTLINE = ("id", "name")

# By table, the columns that rows are sorted by, where it is not the id.
ORDER: Mapping[str, tuple[str, ...]] = {
    "sessions": ("starts_at", "id"),
    "speaker": ("order", "name", "id"),
    "tracks": ("position", "id"),
    "speakers_sessions": ("session_id", "speaker_id"),
}

SHOWN_STATES = frozenset({"accepted", "confirmed"})

STAND_IN_ID, STAND_IN_NAME, GREY = 0, "General", "#777777"

LOWEST_LEVEL = 3

# The readers' links begin with the server's address followed by a path that this API does not have.
META: Document = {"root-url": None}

_SCRIPT_END = re.compile(r"</script\s*>?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Outline:
    """What other files say of a session."""

    title: str
    state: str
    track: int


@dataclass(slots=True)
class Programme:
    """Which sessions and speakers go in, in their order, and how everything relates.

    It is kept in memory while the files are written: the ids, names and titles of an event's
    sessions, speakers, tracks, rooms and types, and which speaker gives which session, but none of
    their texts.
    """

    sessions: dict[int, Outline] = field(default_factory=dict)
    speakers: dict[int, str] = field(default_factory=dict)
    speakers_of: dict[int, list[int]] = field(default_factory=dict)
    sessions_of: dict[int, list[int]] = field(default_factory=dict)
    tracks: dict[int, str] = field(default_factory=dict)
    sessions_in: dict[int, list[int]] = field(default_factory=dict)
    microlocations: dict[int, str] = field(default_factory=dict)
    session_types: dict[int, str] = field(default_factory=dict)


class Webapp:
    """Makes an event's documents; `repair` hears of every change that was made to its data.

    `programme` first, then the others in any order.
    """

    def __init__(self, timezone_name: object, repair: Callable[[Repair], None]) -> None:
        """`timezone_name`: the event's, which all its times are told in."""
        zone = _zone(timezone_name)
        self._timezone_known = zone is not None
        self._timezone = str(timezone_name) if self._timezone_known else "UTC"
        self._zone = zone or UTC
        self._repair = repair
        self._programme = Programme()

    def programme(
        self,
        *,
        sessions: Iterable[Values],
        speakers: Iterable[Values],
        links: Iterable[Values],
        named: Mapping[str, Iterable[Values]],
    ) -> None:
        """Decide which sessions and speakers go in.

        `sessions` and `speakers` have the columns of `SESSION_OUTLINE` and `SPEAKER_OUTLINE`, and
        come in the order of their files. `named`: the rows of the tables `tracks`,
        `microlocations` and `session_types`.
        """
        made = self._programme = Programme(
            tracks=self._names(TRACKS, named["tracks"]),
            microlocations=self._names(MICROLOCATIONS, named["microlocations"]),
            session_types=self._names(SESSION_TYPES, named["session_types"]),
        )
        for row in sessions:
            if self._goes_in(row):
                self._add_session(row)
        living = {_id(row): row.get("name") for row in speakers}
        given = self._given(links, living)
        made.speakers = {
            speaker_id: self._speaker_name({"id": speaker_id, "name": name})
            for speaker_id, name in living.items()
            if speaker_id in given
        }
        order = {session_id: number for number, session_id in enumerate(made.sessions)}
        for speaker_id in made.speakers:
            made.sessions_of[speaker_id] = sorted(given[speaker_id], key=order.__getitem__)
            for session_id in made.sessions_of[speaker_id]:
                made.speakers_of.setdefault(session_id, []).append(speaker_id)

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
        if not self._timezone_known:
            self._changed(Change.TIMEZONE_REPLACED, EVENT, row, "timezone")
        starts, ends = self.moment(row.get("starts_at")), self.moment(row.get("ends_at"))
        owner = self._text(EVENT, row, "owner_name")
        about_owner = self._text(EVENT, row, "owner_description")
        links = [
            {
                "id": _id(link),
                "name": self._text(SOCIAL_LINKS, link, "name"),
                "link": self._text(SOCIAL_LINKS, link, "link"),
            }
            for link in social_links
        ]
        first_copyright = next(iter(copyrights), None)
        return {
            "id": _id(row),
            "name": self._event_name(row),
            "timezone": self._timezone,
            "start_time": starts,
            "end_time": ends,
            "starts-at": starts,
            "ends-at": ends,
            "latitude": _number(row.get("latitude")),
            "longitude": _number(row.get("longitude")),
            "description": self._text(EVENT, row, "description"),
            **_both("location_name", self._text(EVENT, row, "location_name")),
            **_both("ticket_url", self._link(EVENT, row, "ticket_url") or page_url),
            **_both("owner_name", owner),
            **_both("owner_description", about_owner),
            **_both("organizer_name", owner),
            **_both("organizer_description", about_owner),
            **_both("code_of_conduct", self._text(EVENT, row, "code_of_conduct")),
            "email": None,
            **_without_media(EVENT),
            **_both("social_links", links),
            "copyright": self._copyright(first_copyright),
            "event-copyright": self._event_copyright(first_copyright),
            "speakers-call": self._speakers_call(next(iter(speakers_calls), None)),
        }

    def session(self, row: Values) -> Document | None:
        """An element of the file `sessions`; None for a session that does not go in."""
        outline = self._programme.sessions.get(_id(row))
        if outline is None:
            return None
        starts, ends = self.moment(row.get("starts_at")), self.moment(row.get("ends_at"))
        kind = self._related(row, "session_type_id", self._programme.session_types)
        if outline.track == STAND_IN_ID:
            self._changed(Change.TRACK_STOOD_IN, SESSIONS, row, "track_id")
        return {
            "id": _id(row),
            "title": outline.title,
            "subtitle": self._text(SESSIONS, row, "subtitle"),
            "state": outline.state,
            "start_time": starts,
            "end_time": ends,
            "starts-at": starts,
            "ends-at": ends,
            **_both("short_abstract", self._text(SESSIONS, row, "short_abstract")),
            **_both("long_abstract", self._text(SESSIONS, row, "long_abstract")),
            "track": {
                "id": outline.track,
                "name": self._programme.tracks.get(outline.track, STAND_IN_NAME),
            },
            "microlocation": self._related(row, "microlocation_id", self._programme.microlocations),
            **_both("session_type", kind),
            "speakers": [
                {"id": speaker_id, "name": self._programme.speakers[speaker_id]}
                for speaker_id in self._programme.speakers_of.get(_id(row), ())
            ],
            **_without_media(SESSIONS),
            **_spelt("video", self._link(SESSIONS, row, "video_url")),
            **_spelt("slides", self._link(SESSIONS, row, "slides_url")),
        }

    def speaker(self, row: Values) -> Document | None:
        """An element of the file `speakers`; None for a speaker who does not go in.

        One reader publishes every key of it, whatever its name: there must be no other.
        """
        name = self._programme.speakers.get(_id(row))
        if name is None:
            return None
        website = self._link(SPEAKERS, row, "website")
        featured = row.get("is_featured") is True
        return {
            "id": _id(row),
            "name": name,
            **_without_media(SPEAKERS),
            **_both("short_biography", self._text(SPEAKERS, row, "short_biography")),
            **_both("long_biography", self._text(SPEAKERS, row, "long_biography")),
            "organisation": self._text(SPEAKERS, row, "organisation"),
            "position": self._text(SPEAKERS, row, "position"),
            "country": self._text(SPEAKERS, row, "country"),
            "website": website,
            "web": website,
            "twitter": self._link(SPEAKERS, row, "twitter"),
            "facebook": self._link(SPEAKERS, row, "facebook"),
            "github": self._link(SPEAKERS, row, "github"),
            "linkedin": self._link(SPEAKERS, row, "linkedin"),
            "featured": featured,
            "is-featured": featured,
            "sessions": [
                {
                    "id": session_id,
                    "title": self._programme.sessions[session_id].title,
                    "state": self._programme.sessions[session_id].state,
                }
                for session_id in self._programme.sessions_of[_id(row)]
            ],
        }

    def sponsor(self, row: Values, level: str) -> Document:
        """An element of the file `sponsors`; `level` is one that `levels` gave."""
        kind = self._text(SPONSORS, row, "type")
        return {
            "id": _id(row),
            "name": self._text(SPONSORS, row, "name"),
            **_without_media(SPONSORS),
            "url": self._link(SPONSORS, row, "url"),
            "type": kind,
            "sponsor_type": kind,
            "level": level,
        }

    def track(self, row: Values) -> Document:
        """An element of the file `tracks`."""
        color = rgb(text) if isinstance(text := row.get("color"), str) else None
        if color is None:
            self._changed(Change.COLOR_REPLACED, TRACKS, row, "color")
        written = GREY if color is None else "#{:02x}{:02x}{:02x}".format(*color)
        return self._track(_id(row), self._programme.tracks[_id(row)], written)

    def stand_in_track(self) -> Document | None:
        """The last element of the file `tracks`, if sessions without a track go in."""
        if STAND_IN_ID not in self._programme.sessions_in:
            return None
        return self._track(STAND_IN_ID, STAND_IN_NAME, GREY)

    def microlocation(self, row: Values) -> Document:
        """An element of the file `microlocations`."""
        return {
            "id": _id(row),
            "name": self._programme.microlocations[_id(row)],
            "floor": _number(row.get("floor")),
        }

    def session_type(self, row: Values) -> Document:
        """An element of the file `session_types`."""
        return {"id": _id(row), "name": self._programme.session_types[_id(row)]}

    def moment(self, value: object) -> str | None:
        """A moment as the event's own clocks show it, to the second, with their offset then.

        None for what is no moment, or cannot be written.
        """
        if not isinstance(value, datetime):
            return None
        try:
            instant = value.replace(tzinfo=value.tzinfo or UTC).replace(microsecond=0)
            offset = instant.astimezone(self._zone).utcoffset() or timedelta()
            # Before there were time zones, clocks differed by seconds, which offsets can't say.
            minutes = timezone(timedelta(minutes=offset // timedelta(minutes=1)))
            return instant.astimezone(minutes).isoformat()
        except OverflowError:
            return None

    def _names(self, file: DataFile, rows: Iterable[Values]) -> dict[int, str]:
        return {_id(row): self._text(file, row, "name") for row in rows}

    def _goes_in(self, row: Values) -> bool:
        if row.get("state") not in SHOWN_STATES:
            return False
        times = [(column, row.get(column)) for column in ("starts_at", "ends_at")]
        if any(value is None for _, value in times):
            return False
        unreadable = [column for column, value in times if self.moment(value) is None]
        if unreadable:
            self._changed(Change.SESSION_DROPPED, SESSIONS, row, unreadable[0])
        return not unreadable

    def _add_session(self, row: Values) -> None:
        made, session_id, track = self._programme, _id(row), row.get("track_id")
        track_id = track if isinstance(track, int) and track in made.tracks else STAND_IN_ID
        made.sessions[session_id] = Outline(
            self._text(SESSIONS, row, "title"), str(row["state"]), track_id
        )
        made.sessions_in.setdefault(track_id, []).append(session_id)

    def _given(self, links: Iterable[Values], living: Mapping[int, object]) -> dict[int, set[int]]:
        """The sessions that go in, by the id of each speaker of them."""
        given: dict[int, set[int]] = {}
        for link in links:
            session_id, speaker_id = link.get("session_id"), link.get("speaker_id")
            if not isinstance(session_id, int) or session_id not in self._programme.sessions:
                continue
            if isinstance(speaker_id, int) and speaker_id in living:
                given.setdefault(speaker_id, set()).add(session_id)
            else:
                self._repair(
                    Repair(Change.REFERENCE_DROPPED, SESSIONS.name, session_id, "speakers")
                )
        return given

    def _speaker_name(self, row: Values) -> str:
        name = self._text(SPEAKERS, row, "name").strip()
        if name:
            return name
        self._changed(Change.NAME_REPLACED, SPEAKERS, row, "name")
        return f"Speaker {_id(row)}"

    def _event_name(self, row: Values) -> str:
        name = self._text(EVENT, row, "name").strip()
        if "/" in name:
            self._changed(Change.NAME_REPLACED, EVENT, row, "name")
        return name.replace("/", "-")

    def _related(self, row: Values, column: str, names: Mapping[int, str]) -> Document | None:
        key = row.get(column)
        if key is None:
            return None
        if isinstance(key, int) and key in names:
            return {"id": key, "name": names[key]}
        self._changed(Change.REFERENCE_DROPPED, SESSIONS, row, column)
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
            "id": _id(row),
            **{column: self._text(COPYRIGHTS, row, column) for column in texts},
            "year": _whole(row.get("year")),
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
            "id": _id(row),
            "announcement": self._text(SPEAKERS_CALLS, row, "announcement"),
            "starts-at": self.moment(row.get("starts_at")),
            "ends-at": self.moment(row.get("ends_at")),
        }

    def _text(self, file: DataFile, row: Values, column: str) -> str:
        value = row.get(column)
        text = "" if value is None else str(value)
        kept = without_script_end(text)
        if kept != text:
            self._changed(Change.MARKUP_STRIPPED, file, row, column)
        return kept

    def _link(self, file: DataFile, row: Values, column: str) -> str | None:
        return self._text(file, row, column).strip() or None

    def _changed(self, change: Change, file: DataFile, row: Values, column: str) -> None:
        self._repair(Repair(change, file.name, _id(row), column))


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


def without_script_end(text: str) -> str:
    """`text` without anything that ends a script block; what stays may not form it anew."""
    while (kept := _SCRIPT_END.sub("", text)) != text:
        text = kept
    return kept


def _zone(name: object) -> tzinfo | None:
    if not isinstance(name, str) or not name:
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def _both(name: str, value: object) -> Document:
    """`name` with underscores, and with hyphens."""
    return {name: value, name.replace("_", "-"): value}


def _spelt(name: str, address: str | None) -> Document:
    return {name: address, f"{name}-url": address}


def _without_media(file: DataFile) -> Document:
    return {key: None for medium in file.media for key in medium.keys}


def _id(row: Values) -> int:
    value = row.get("id")
    return value if isinstance(value, int) else 0


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


def _number(value: object) -> int | float | None:
    return value if isinstance(value, int | float) and math.isfinite(value) else None
