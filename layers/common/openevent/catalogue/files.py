"""What an archive holds: every table that belongs to an event is named here, with its place. Pure.

The nine files of the wire contract come first, then one file each for what they leave out, then the
tables that no archive holds, with the reason. A table that is on neither list is left out of the
archive and named in its manifest, since nobody has said yet whether it holds people's secrets.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

FORMAT_VERSION = 1

FONT_COLOR = "font_color"


class Dialect(StrEnum):
    """Whose keys an archive has: the wire contract's, or those of the generators of web apps."""

    SERVER = "server"
    WEBAPP = "webapp"


class Medium(StrEnum):
    """The kinds of media, as the flags of a request name them."""

    IMAGE = "image"
    VIDEO = "video"
    DOCUMENT = "document"
    AUDIO = "audio"


@dataclass(frozen=True, slots=True)
class MediaField:
    """A column that holds the address of a medium.

    `path` is where the medium lies in the archive, without its extension; `{name}` and `{id}` stand
    for those of the row. `keys` hold `prefix` and that path; by default that is the column's own.
    A medium with another extension than one of `extensions`, if any, is left out. A field whose
    medium is left out keeps its address, or is null.
    """

    column: str
    medium: Medium
    path: str
    keys: tuple[str, ...] = ()
    prefix: str = "/"
    extensions: frozenset[str] = frozenset()
    keeps_address: bool = True


@dataclass(frozen=True, slots=True)
class Parent:
    """A row belongs to the event when the row that its `column` refers to does."""

    column: str
    table: str


@dataclass(frozen=True, slots=True)
class DataFile:
    """A JSON file of the archive and the table behind it.

    `first` are the keys that lead each row, in this order; the table's other columns follow, sorted
    by name. Where the table has a column `font_color_of`, and no `font_color`, that is one more
    key, computed from it. Rows are those with the event's id in `event_column`, where there is one,
    and whose `parents`, if any, all belong to the event. Soft-deleted rows, and rows of
    soft-deleted parents, stay out.
    """

    name: str
    table: str
    first: tuple[str, ...] = ("id",)
    event_column: str | None = "event_id"
    parents: tuple[Parent, ...] = ()
    media: tuple[MediaField, ...] = ()
    single: bool = False
    font_color_of: str | None = None

    def computes_font_color(self, columns: frozenset[str]) -> bool:
        """Whether rows have a computed `font_color`, given the table's columns."""
        return self.font_color_of in columns and FONT_COLOR not in columns


_EVENT_KEYS = (
    *("id", "name", "latitude", "longitude", "location_name", "starts_at", "ends_at", "timezone"),
    *("description", "original_image_url", "logo_url", "owner_name", "owner_description"),
    *("external_event_url", "ticket_url", "privacy", "event_type_id", "event_topic_id"),
    *("event_sub_topic_id", "code_of_conduct"),
)
_SESSION_KEYS = (
    *("id", "title", "subtitle", "short_abstract", "long_abstract", "starts_at", "ends_at"),
    *(
        "session_type_id",
        "track_id",
        "comments",
        "language",
        "slides_url",
        "audio_url",
        "video_url",
    ),
)
_SPEAKER_KEYS = (
    *("id", "name", "email", "mobile", "photo_url", "organisation", "position", "country"),
    *("short_biography", "long_biography", "website", "twitter", "facebook", "github", "linkedin"),
)
_SPONSOR_KEYS = ("id", "name", "logo_url", "level", "type", "url", "description")

EVENT = DataFile(
    "event",
    "events",
    _EVENT_KEYS,
    event_column="id",
    media=(
        MediaField("logo_url", Medium.IMAGE, "images/logo"),
        MediaField("original_image_url", Medium.IMAGE, "images/background"),
    ),
    single=True,
)

# The wire contract's, but for `meta`, which has no table.
CONTRACT_FILES = (
    EVENT,
    DataFile("microlocations", "microlocations", ("id", "name", "floor")),
    DataFile(
        "sessions",
        "sessions",
        _SESSION_KEYS,
        media=(
            MediaField("video_url", Medium.VIDEO, "videos/session_{id}"),
            MediaField("audio_url", Medium.AUDIO, "audios/session_{id}"),
            MediaField("slides_url", Medium.DOCUMENT, "slides/session_{id}"),
        ),
    ),
    DataFile(
        "speakers",
        "speaker",
        _SPEAKER_KEYS,
        media=(MediaField("photo_url", Medium.IMAGE, "images/speakers/{name}_{id}"),),
    ),
    DataFile(
        "sponsors",
        "sponsors",
        _SPONSOR_KEYS,
        media=(MediaField("logo_url", Medium.IMAGE, "images/sponsors/{name}_{id}"),),
    ),
    DataFile("tracks", "tracks", ("id", "name", "color", FONT_COLOR), font_color_of="color"),
    DataFile("session_types", "session_types", ("id", "name", "length")),
    DataFile("forms", "custom_forms", ()),
)

_SESSION = Parent("session_id", "sessions")
_SPEAKER = Parent("speaker_id", "speaker")
_TICKET = Parent("ticket_id", "tickets")

FURTHER_FILES = (
    DataFile(
        "speakers_sessions",
        "speakers_sessions",
        ("speaker_id", "session_id"),
        event_column=None,
        parents=(_SPEAKER, _SESSION),
    ),
    DataFile("sessions_speakers_links", "sessions_speakers_links", parents=(_SESSION, _SPEAKER)),
    DataFile("tickets", "tickets", ("id", "name", "type", "price", "quantity")),
    DataFile("ticket_tags", "ticket_tag", ("id", "name")),
    DataFile(
        "ticket_tagging",
        "ticket_tagging",
        ("ticket_id", "ticket_tag_id"),
        event_column=None,
        parents=(_TICKET, Parent("ticket_tag_id", "ticket_tag")),
    ),
    DataFile("social_links", "social_links", ("id", "name", "link")),
    DataFile("speakers_calls", "speakers_calls", ("id", "announcement", "starts_at", "ends_at")),
    DataFile("faqs", "faq", ("id", "question", "answer", "faq_type_id")),
    DataFile("faq_types", "faq_types", ("id", "name")),
    DataFile("copyrights", "event_copyrights", ("id", "holder", "licence", "licence_url", "year")),
    DataFile("taxes", "tax", ("id", "name", "rate", "country")),
    DataFile("discount_codes", "discount_codes", ("id", "code", "type", "value")),
    DataFile(
        "discount_codes_tickets",
        "discount_codes_tickets",
        ("discount_code_id", "ticket_id"),
        event_column=None,
        parents=(Parent("discount_code_id", "discount_codes"), _TICKET),
    ),
    DataFile("exhibitors", "exhibitors", ("id", "name", "status", "description", "url")),
    DataFile(
        "exhibitors_sessions",
        "exhibitors_sessions",
        ("exhibitor_id", "session_id"),
        event_column=None,
        parents=(Parent("exhibitor_id", "exhibitors"), _SESSION),
    ),
    DataFile(
        "form_options",
        "custom_form_options",
        ("id", "custom_form_id", "value"),
        event_column=None,
        parents=(Parent("custom_form_id", "custom_forms"),),
    ),
    DataFile(
        "form_translations",
        "custom_form_translates",
        ("id", "custom_form_id", "language_code", "name"),
        event_column=None,
        parents=(Parent("custom_form_id", "custom_forms"),),
    ),
    DataFile("tags", "tags", ("id", "name", "color")),
    DataFile("badge_forms", "badge_forms", ("id", "badge_id")),
    DataFile(
        "badge_fields",
        "badge_field_forms",
        ("id", "badge_form_id", "badge_id", "field_identifier"),
        event_column=None,
        parents=(Parent("badge_form_id", "badge_forms"),),
    ),
    DataFile("stations", "station", ("id", "station_name", "station_type", "microlocation_id")),
)

FILES = (*CONTRACT_FILES, *FURTHER_FILES)

FILE_OF_TABLE: Mapping[str, DataFile] = {file.table: file for file in FILES}

# The team: `users_events_roles` with its ids resolved, as ids of users and roles say nothing
# outside.
TEAM = DataFile("roles", "users_events_roles", ("email", "role"))

# It has no table.
META = DataFile("meta", "", ("root_url",), single=True)

MANIFEST_FILE = "manifest.json"

# Tables of an event that no archive holds, and why.
SKIPPED_TABLES: Mapping[str, str] = {
    "orders": "sales",
    "orders_tickets": "sales",
    "event_invoices": "sales",
    "ticket_holders": "attendees",
    "access_codes": "access codes let their holder in",
    "access_codes_tickets": "access codes let their holder in",
    "stripe_authorizations": "payment authorizations",
    "role_invites": "invitations",
    "speaker_invites": "invitations",
    "feedback": "what visitors say",
    "user_favourite_events": "what visitors like",
    "user_favourite_sessions": "what visitors like",
    "user_check_in": "check-ins",
    "virtual_check_in": "check-ins",
    "station_store_paxs": "check-ins",
    "export_jobs": "job records",
    "email_notifications": "mail records",
    "user_system_role": "rights in the server's administration",
    "video_streams": "passwords of live streams",
    "video_stream_moderators": "passwords of live streams",
    "video_recordings": "passwords of live streams",
    "translation_channels": "passwords of live streams",
}

KNOWN_TABLES = frozenset({file.table for file in FILES} | {TEAM.table} | set(SKIPPED_TABLES))


def key_order(file: DataFile, columns: frozenset[str]) -> tuple[str, ...]:
    """The keys of a row of `file`, whose table has `columns` today, in the contract's order.

    Keys whose column is missing are left out.
    """
    keys = columns | {FONT_COLOR} if file.computes_font_color(columns) else columns
    leading = tuple(key for key in file.first if key in keys)
    return (*leading, *sorted(keys - set(leading)))


def missing_columns(file: DataFile, columns: frozenset[str]) -> tuple[str, ...]:
    """The keys that are named for `file` and that its rows lack, for want of a column."""
    return tuple(key for key in file.first if key not in key_order(file, columns))


def tables_of_an_event(
    references: Mapping[str, frozenset[str]], direct: frozenset[str]
) -> set[str]:
    """The tables whose rows belong to an event.

    `references`: for each table the tables that its foreign keys refer to. `direct`: the tables
    with a column `event_id`, whether or not a foreign key guards it.
    """
    found = {"events"} | direct
    while True:
        more = {table for table, targets in references.items() if targets & found} - found
        if not more:
            return found
        found |= more
