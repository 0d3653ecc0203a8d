"""Keys of rows in all dialects, and the columns that they stand for. Pure.

Sources: docs/archive.md, docs/webapp-dialect.md and the sample archives of Open Event, of which a
key's name is folded from kebab to snake case first.
"""

from collections.abc import Mapping

# Other names of columns, by table. A key that is also a column's name is the column.
ALIASES: Mapping[str, Mapping[str, str]] = {
    "events": {
        "start_time": "starts_at",
        "end_time": "ends_at",
        "organizer_name": "owner_name",
        "organizer_description": "owner_description",
        "has_organizer_info": "has_owner_info",
        "event_url": "external_event_url",
        "logo": "logo_url",
        "background_image": "original_image_url",
        "background_url": "original_image_url",
        "large": "large_image_url",
        "thumbnail": "thumbnail_image_url",
        "icon": "icon_image_url",
        "featured": "is_featured",
        "has_session_speakers": "is_sessions_speakers_enabled",
    },
    "sessions": {
        "start_time": "starts_at",
        "end_time": "ends_at",
        "audio": "audio_url",
        "video": "video_url",
        "track": "track_id",
        "microlocation": "microlocation_id",
        "session_type": "session_type_id",
        "name": "title",
    },
    "speaker": {
        "photo": "photo_url",
        "thumbnail": "thumbnail_image_url",
        "small": "small_image_url",
        "icon": "icon_image_url",
        "featured": "is_featured",
        "web": "website",
        "biography": "long_biography",
    },
    "sponsors": {"logo": "logo_url", "sponsor_type": "type"},
    "event_copyrights": {
        "license": "licence",
        "license_url": "licence_url",
        "logo_url": "logo",
    },
    "speakers_calls": {"start_date": "starts_at", "end_date": "ends_at"},
}

# A key that is a column of one type, and another column of text: slides were one address once, and
# are a list now.
BY_TYPE: Mapping[str, Mapping[str, str]] = {"sessions": {"slides": "slides_url"}}

# Keys that are no dialect's, but were seen in one archive for the column.
WRONG = frozenset({("sessions", "name")})

# Keys of the event that hold the name of a row of another table than the event's.
NAMES: Mapping[str, str] = {
    "type": "event_type_id",
    "event_type": "event_type_id",
    "topic": "event_topic_id",
    "event_topic": "event_topic_id",
    "sub_topic": "event_sub_topic_id",
    "event_sub_topic": "event_sub_topic_id",
}

# Keys of the event that hold rows of other tables.
NESTED: Mapping[str, str] = {
    "social_links": "social_links",
    "copyright": "event_copyrights",
    "event_copyright": "event_copyrights",
    "licence_details": "event_copyrights",
    "call_for_papers": "speakers_calls",
    "speakers_call": "speakers_calls",
}

# Keys that say nothing that is not said elsewhere in the archive.
IGNORED: Mapping[str, frozenset[str]] = {
    "events": frozenset({"version"}),
    "tracks": frozenset({"sessions", "font_color"}),
    "microlocations": frozenset({"sessions"}),
    "session_types": frozenset({"sessions"}),
}

# Keys with the rows at the other side of speakers_sessions, and the columns of that table.
LINKS: Mapping[str, tuple[str, str, str]] = {
    "sessions": ("speakers", "session_id", "speaker_id"),
    "speaker": ("sessions", "speaker_id", "session_id"),
}


def fold(key: str) -> str:
    """Return a key in snake case."""
    return key.strip().replace("-", "_")


def kebab(key: str) -> str:
    """Return a key in kebab case."""
    return key.replace("_", "-")
