"""Files of the `webapp` dialect, and the tables and columns it reads for them. Pure.

Source of the rules: docs/webapp-dialect.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from openevent.catalogue.files import FILE_OF_TABLE, DataFile, MediaField, Parent
from openevent.catalogue.table import MediaKind
from openevent.export.dialects.webapp_pictures import PLACEHOLDER_LOGO, PLACEHOLDER_SPONSOR

# Formats from which the event's logo can be made an icon, those of sponsors' logos that are shown,
# and those of audio that can be played.
RASTER = frozenset({"png", "jpg"})
SHOWN = frozenset({"gif", "jpg", "png", "webp"})
AUDIBLE = frozenset({"mp3", "aac"})


def _image(
    column: str,
    path: str,
    *keys: str,
    only: frozenset[str] = frozenset(),
    placeholder: str | None = None,
) -> MediaField:
    return MediaField(
        column,
        MediaKind.IMAGE,
        path,
        keys=keys,
        extensions=only,
        keeps_address=False,
        placeholder=placeholder,
    )


def _file(table: str, *media: MediaField) -> DataFile:
    """Return the catalogue's file of the table, with the keys and media of this dialect."""
    return replace(FILE_OF_TABLE[table], first=("id",), media=media, font_color_of=None)


EVENT = _file(
    "events",
    _image(
        "logo_url", "images/logo", "logo", "logo-url", only=RASTER, placeholder=PLACEHOLDER_LOGO
    ),
    _image("original_image_url", "images/background", "background_image", "original-image-url"),
)
SESSIONS = _file(
    "sessions",
    MediaField(
        "audio_url",
        MediaKind.AUDIO,
        "audio/session_{id}",
        keys=("audio", "audio-url"),
        extensions=AUDIBLE,
        prefix="",
        keeps_address=False,
    ),
)
SPEAKERS = _file(
    "speaker",
    _image(
        "photo_url",
        "images/speakers/speaker_{id}",
        *("photo", "photo-url", "thumbnail-image-url"),
    ),
)
SPONSORS = _file(
    "sponsors",
    _image(
        "logo_url",
        "images/sponsors/sponsor_{id}",
        *("logo", "logo-url"),
        only=SHOWN,
        placeholder=PLACEHOLDER_SPONSOR,
    ),
)
TRACKS = _file("tracks")
MICROLOCATIONS = _file("microlocations")
SESSION_TYPES = _file("session_types")
FORMS = FILE_OF_TABLE["custom_forms"]

FILES = (EVENT, MICROLOCATIONS, SESSIONS, SPEAKERS, SPONSORS, TRACKS, SESSION_TYPES, FORMS)

# Read for other files. Links to speakers who are deleted are read as well, and repaired.
SOCIAL_LINKS = _file("social_links")
COPYRIGHTS = _file("event_copyrights")
SPEAKERS_CALLS = _file("speakers_calls")
LINKS = replace(_file("speakers_sessions"), parents=(Parent("session_id", "sessions"),))

# What is read, in this order, and of which columns; None for all of them.
READ: Mapping[DataFile, Sequence[str] | None] = {
    EVENT: (
        *("id", "identifier", "name", "timezone", "starts_at", "ends_at", "latitude", "longitude"),
        *("description", "location_name", "ticket_url", "owner_name", "owner_description"),
        *("code_of_conduct", "logo_url", "original_image_url"),
    ),
    SESSIONS: (
        *("id", "title", "subtitle", "state", "starts_at", "ends_at", "short_abstract"),
        *("long_abstract", "track_id", "microlocation_id", "session_type_id", "audio_url"),
        *("video_url", "slides_url"),
    ),
    SPEAKERS: (
        *("id", "name", "photo_url", "short_biography", "long_biography", "organisation"),
        *("position", "country", "website", "twitter", "facebook", "github", "linkedin"),
        "is_featured",
    ),
    LINKS: ("session_id", "speaker_id"),
    TRACKS: ("id", "name", "color"),
    MICROLOCATIONS: ("id", "name", "floor"),
    SESSION_TYPES: ("id", "name"),
    SOCIAL_LINKS: ("id", "name", "link"),
    COPYRIGHTS: ("id", "licence", "licence_url", "logo", "year", "holder", "holder_url"),
    SPEAKERS_CALLS: ("id", "announcement", "starts_at", "ends_at"),
    SPONSORS: ("id", "name", "logo_url", "url", "type", "level"),
    FORMS: None,
}

# The columns that `make_programme` reads of sessions and speakers.
SESSION_OUTLINE = ("id", "title", "state", "starts_at", "ends_at", "track_id", "microlocation_id")
SPEAKER_OUTLINE = ("id", "name")

# The columns that rows are sorted by, where it is not the id.
ORDER: Mapping[DataFile, Sequence[str]] = {
    SESSIONS: ("starts_at", "id"),
    SPEAKERS: ("order", "name", "id"),
    TRACKS: ("position", "id"),
    LINKS: ("session_id", "speaker_id"),
}
