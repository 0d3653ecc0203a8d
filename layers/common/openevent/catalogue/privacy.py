"""Who may read an archive, and what is kept from them: a class for every column. Pure.

`full` holds everything that `contents` puts into an archive. `team` is for the people who make the
event, and holds no payment and bank details. `public` is for anyone: only what is published with
the event anyway, so neither ways to reach people nor their submissions, notes, rights or secrets.

What nobody has classified yet is withheld from both: a column that carries text and stands on
neither list here, such as one of a later version of Open Event. Numbers, dates and flags say little
of people; those that do are on the list of what is withheld. Text that was written to be published
(a biography, a description) is not searched for addresses that its author put there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Privacy(StrEnum):
    """Who an archive is for."""

    FULL = "full"
    TEAM = "team"
    PUBLIC = "public"


class Kind(StrEnum):
    """Why a column is withheld from some."""

    PAYMENT = "payment"
    CONTACT = "contact"
    SECRET = "secret"  # noqa: S105 - the name of a class of columns
    INTERNAL = "internal"
    UNCLASSIFIED = "unclassified"


_WITHHELD: Mapping[Privacy, frozenset[Kind]] = {
    Privacy.FULL: frozenset(),
    Privacy.TEAM: frozenset({Kind.PAYMENT, Kind.UNCLASSIFIED}),
    Privacy.PUBLIC: frozenset(Kind),
}

# Columns that carry text anyone may read.
OPEN: Mapping[str, frozenset[str]] = {
    "events": frozenset(
        {
            *("identifier", "name", "external_event_url", "logo_url", "timezone", "location_name"),
            *("searchable_location_name", "public_stream_link", "description"),
            *("original_image_url", "thumbnail_image_url", "large_image_url", "icon_image_url"),
            *("owner_name", "owner_description", "privacy", "state", "ticket_url"),
            *("code_of_conduct", "payment_country", "payment_currency", "pentabarf_url"),
            *("ical_url", "xcal_url", "refund_policy"),
        }
    ),
    "microlocations": frozenset({"name", "room"}),
    "sessions": frozenset(
        {
            *("title", "subtitle", "website", "twitter", "facebook", "github", "linkedin"),
            *("instagram", "gitlab", "mastodon", "short_abstract", "long_abstract", "language"),
            *("level", "slides_url", "slides", "video_url", "audio_url", "signup_url", "state"),
        }
    ),
    "speaker": frozenset(
        {
            *("name", "photo_url", "thumbnail_image_url", "small_image_url", "icon_image_url"),
            *("short_biography", "long_biography", "website", "twitter", "facebook", "github"),
            *("mastodon", "linkedin", "instagram", "organisation", "position", "country"),
            "speaker_positions",
        }
    ),
    "sponsors": frozenset({"name", "description", "url", "logo_url", "type"}),
    "tracks": frozenset({"name", "description", "color"}),
    "session_types": frozenset({"name", "length"}),
    "custom_forms": frozenset(
        {
            *("field_identifier", "form", "type", "name", "description", "form_id"),
            "main_language",
        }
    ),
    "tickets": frozenset({"name", "description", "type", "form_id", "badge_id"}),
    "ticket_tag": frozenset({"name"}),
    "social_links": frozenset({"name", "link", "identifier"}),
    "speakers_calls": frozenset({"announcement", "privacy"}),
    "faq": frozenset({"question", "answer"}),
    "faq_types": frozenset({"name"}),
    "event_copyrights": frozenset({"holder", "holder_url", "licence", "licence_url", "logo"}),
    "tax": frozenset({"country", "name"}),
    "discount_codes": frozenset({"type", "used_for"}),
    "exhibitors": frozenset(
        {
            *("name", "status", "description", "url", "logo_url", "banner_url"),
            *("thumbnail_image_url", "video_url", "slides_url", "social_links"),
        }
    ),
    "custom_form_options": frozenset({"value"}),
    "custom_form_translates": frozenset({"name", "language_code", "form_id"}),
    "tags": frozenset({"name", "color"}),
    "badge_forms": frozenset(
        {"badge_id", "badge_size", "badge_color", "badge_image_url", "badge_orientation"}
    ),
    "badge_field_forms": frozenset(
        {
            *("badge_id", "field_identifier", "custom_field", "font_name", "font_weight"),
            *("font_color", "text_alignment", "text_type", "qr_custom_field"),
        }
    ),
    "station": frozenset({"station_name", "station_type"}),
}

# Columns that not everyone may read, whether they carry text or not.
CLOSED: Mapping[str, Mapping[str, Kind]] = {
    "events": {
        **dict.fromkeys(
            ("paypal_email", "cheque_details", "bank_details", "onsite_details", "invoice_details"),
            Kind.PAYMENT,
        ),
        "chat_room_id": Kind.SECRET,
        # For those who have bought a ticket.
        "after_order_message": Kind.INTERNAL,
        "document_links": Kind.INTERNAL,
        **dict.fromkeys(
            (
                *("completed_order_sales", "placed_order_sales", "pending_order_sales"),
                *("completed_order_tickets", "placed_order_tickets", "pending_order_tickets"),
                "discount_code_id",
            ),
            Kind.INTERNAL,
        ),
    },
    "microlocations": {"chat_room_id": Kind.SECRET},
    "sessions": {
        # The address of who changed the submission last.
        "submission_modifier": Kind.CONTACT,
        **dict.fromkeys(
            (
                *("comments", "complex_field_values", "average_rating", "rating_count"),
                "creator_id",
            ),
            Kind.INTERNAL,
        ),
    },
    "speaker": {
        **dict.fromkeys(("email", "mobile", "address", "city"), Kind.CONTACT),
        **dict.fromkeys(
            (
                *("speaking_experience", "gender", "heard_from", "sponsorship_required"),
                *("complex_field_values", "user_id"),
            ),
            Kind.INTERNAL,
        ),
    },
    # Whoever has it gets to a call that is not announced.
    "speakers_calls": {"hash": Kind.SECRET},
    "tax": {
        **dict.fromkeys(("tax_id", "invoice_footer"), Kind.PAYMENT),
        **dict.fromkeys(
            (
                *("registered_company", "contact_name", "phone", "email", "address", "city"),
                *("state", "zip"),
            ),
            Kind.CONTACT,
        ),
    },
    "discount_codes": {"code": Kind.SECRET, "discount_url": Kind.SECRET},
    "exhibitors": {"contact_email": Kind.CONTACT, "contact_link": Kind.CONTACT},
    # A sample is easily somebody's real badge.
    "badge_field_forms": {"sample_text": Kind.INTERNAL},
}

# Tables that a public archive has no row of: what is left without their text says nothing.
PRIVATE_TABLES: Mapping[str, Kind] = {
    "users_events_roles": Kind.CONTACT,
    "discount_codes": Kind.SECRET,
    "discount_codes_tickets": Kind.SECRET,
}


@dataclass(frozen=True, slots=True)
class Only:
    """A public archive holds only rows with one of `values` in `column`; None is null."""

    column: str
    values: tuple[str | bool | None, ...]


@dataclass(frozen=True, slots=True)
class Linked:
    """A public archive holds only rows that `through` links to a row of `table` that it holds."""

    through: str
    own: str
    other: str
    table: str


PUBLIC_ROWS: Mapping[str, Only | Linked] = {
    "sessions": Only("state", ("accepted", "confirmed")),
    "speaker": Linked("speakers_sessions", own="speaker_id", other="session_id", table="sessions"),
    "exhibitors": Only("status", ("accepted",)),
    "speakers_calls": Only("privacy", ("public",)),
    "tickets": Only("is_hidden", (False, None)),
}


def withheld_columns(privacy: Privacy, table: str, columns: Mapping[str, bool]) -> dict[str, Kind]:
    """Which of the table's `columns` are withheld, and why.

    `columns` says of each whether it carries text.
    """
    kinds = {column: kind_of(table, column, text=text) for column, text in columns.items()}
    withheld = _WITHHELD[privacy]
    return {column: kind for column, kind in kinds.items() if kind in withheld}


def kind_of(table: str, column: str, *, text: bool) -> Kind | None:
    """Why a column is withheld from some; None when anyone may read it."""
    closed = CLOSED.get(table, {}).get(column)
    if closed is not None or not text or column in OPEN.get(table, ()):
        return closed
    return Kind.UNCLASSIFIED


def withheld_table(privacy: Privacy, table: str) -> Kind | None:
    """Why no row of the table is held; None when rows are."""
    return PRIVATE_TABLES.get(table) if privacy is Privacy.PUBLIC else None


def row_rule(privacy: Privacy, table: str) -> Only | Linked | None:
    """Which of the table's rows are held; None for all."""
    return PUBLIC_ROWS.get(table) if privacy is Privacy.PUBLIC else None
