"""Columns of an event that an archive sets, by exclusion of what it never sets. Pure.

An archive is untrusted: anything can be in it, by accident or on purpose. A column is taken from
it unless it is excluded here, for one of the reasons of `Never`, or refers to people, groups or
tables that no archive holds. So a new column of a later Open Event is not lost.

`RESET_EVERYWHERE` and the ids are excluded in all tables; `never_sets` adds the rest.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from openevent.catalogue.event_tables import KNOWN_TABLES, RESET_EVERYWHERE, TABLES
from openevent.catalogue.shape import Column
from openevent.catalogue.table import EVENTS, TEAM, Constant, MediaKind


class Never(StrEnum):
    """Why an archive never sets a column; the values end the sentence "It is never taken …"."""

    ID = "rows get new ids"
    IDENTIFIER = "the event gets a new identifier"
    STATE = "an imported event begins as a draft"
    SECRET = "secrets are new, or left empty"  # noqa: S105 (a description)
    PAYMENT = "payments must not go where an archive says"
    SALES = "nothing was sold at the new event"
    PROMOTION = "administrators choose which events they promote"
    GROUP = "the importer may not put events into this group"
    CREATOR = "the importer creates the event"
    USER = "people get no rights from an archive"
    VISITORS = "visitors did this at the original event"
    PUBLISHED = "the server writes it when the schedule is published"
    TIME = "rows are made now, and are not deleted"
    NOT_HELD = "it refers to something that no archive holds"
    ELSEWHERE = "it refers to a row that belongs to no event"


@dataclass(frozen=True, slots=True)
class SameAs:
    """A default: the value of another column of the row."""

    column: str


Default = Constant | SameAs


def _columns(names: str) -> tuple[str, ...]:
    return tuple(names.split())


NEVER_SET: Mapping[str, Mapping[Never, tuple[str, ...]]] = {
    EVENTS: {
        Never.IDENTIFIER: ("identifier",),
        Never.STATE: ("state",),
        Never.SECRET: ("chat_room_id",),
        Never.PAYMENT: _columns(
            "paypal_email cheque_details bank_details onsite_details invoice_details "
            "can_pay_by_paypal can_pay_by_stripe can_pay_by_cheque can_pay_by_bank "
            "can_pay_by_invoice can_pay_onsite can_pay_by_omise can_pay_by_alipay "
            "can_pay_by_paytm is_stripe_linked"
        ),
        Never.SALES: _columns(
            "completed_order_sales placed_order_sales pending_order_sales "
            "completed_order_tickets placed_order_tickets pending_order_tickets"
        ),
        Never.PROMOTION: _columns("is_featured is_promoted is_demoted is_announced"),
        Never.PUBLISHED: _columns("schedule_published_on pentabarf_url ical_url xcal_url"),
    },
    "microlocations": {Never.SECRET: ("chat_room_id",)},
    "sessions": {
        Never.CREATOR: ("creator_id",),
        Never.VISITORS: _columns("average_rating rating_count favourite_count"),
    },
    "speakers_calls": {Never.SECRET: ("hash",)},
}
"""Columns that an archive never sets, besides those that `never_sets` finds."""

# Columns of tables that hold people: a reference to them is a right, or an authorship.
_PEOPLE: Mapping[str, Never] = {"users": Never.USER, "roles": Never.USER, "groups": Never.GROUP}

DEFAULTS: Mapping[str, Mapping[str, Default]] = {
    EVENTS: {
        "timezone": "UTC",
        "privacy": "public",
        "is_chat_enabled": False,
        "is_videoroom_enabled": False,
        "is_document_enabled": False,
        "show_remaining_tickets": False,
        "is_billing_info_mandatory": False,
        "is_ticket_form_enabled": True,
    },
    "microlocations": {"hidden_in_scheduler": False, "position": 0},
    "sessions": {"is_locked": False, "state": "pending"},
    "speaker": {"order": 0},
    "tracks": {"color": "#777777", "position": 0},
    "session_types": {"length": "00:30", "position": 0},
    "custom_forms": {
        "type": "text",
        "name": SameAs("field_identifier"),
        "position": 0,
        "is_public": False,
        "is_complex": False,
        "is_allow_edit": False,
    },
    "tickets": {"type": "free", "min_price": 0},
    "speakers_calls": {"privacy": "public"},
    "event_copyrights": {"licence": ""},
    # Withheld from all but the owner.
    "tax": {"tax_id": ""},
    "discount_codes": {"used_for": "ticket"},
    "tags": {"is_read_only": False},
}
"""Values of columns that need one, where the archive has none.

They are the server's own, which its database does not know: it sets them in Python.
"""

REQUIRED: Mapping[str, tuple[str, ...]] = {
    EVENTS: _columns("name starts_at ends_at"),
    "microlocations": ("name",),
    "sessions": ("title",),
    "speaker": ("name",),
    "sponsors": ("name",),
    "tracks": ("name",),
    "session_types": ("name",),
    "custom_forms": _columns("field_identifier form"),
    "tickets": _columns("name sales_starts_at sales_ends_at"),
    "social_links": _columns("name link"),
    "speakers_calls": _columns("starts_at ends_at"),
    "faq": _columns("question answer"),
    "faq_types": ("name",),
    "tax": _columns("name rate"),
    "discount_codes": _columns("code value type"),
    "exhibitors": ("name",),
    "custom_form_options": ("value",),
    "custom_form_translates": _columns("name language_code form_id"),
    "tags": ("name",),
    "badge_forms": ("badge_id",),
    "badge_field_forms": ("badge_id",),
    "station": ("station_name",),
}
"""Columns without which a row says nothing: it is skipped if one is null."""


def never_sets(table: str, name: str, column: Column) -> Never | None:
    """Return why an archive never sets the column; None if it does.

    A reference to a group is decided for each importer, see `Never.GROUP`.
    """
    if name == "id":
        return Never.ID
    if name in RESET_EVERYWHERE:
        return Never.TIME
    if table == TEAM:
        return Never.USER
    named = (reason for reason, names in NEVER_SET.get(table, {}).items() if name in names)
    return next(named, None) or _refers_out(table, column.refers_to)


def _refers_out(table: str, target: str | None) -> Never | None:
    """Return why a reference to `target` is never set; None if it may be."""
    if target is None or target in TABLES:
        return None
    if target in _PEOPLE:
        return _PEOPLE[target]
    if target in KNOWN_TABLES:
        return Never.NOT_HELD
    # The kinds and topics of events are lists that installations share.
    return None if table == EVENTS else Never.ELSEWHERE


def media_kind(table: str, column: str) -> MediaKind:
    """Return the kind of media files that the column holds."""
    archived = TABLES[table].media[column]
    if archived is not None:
        return archived.kind
    for kind in (MediaKind.VIDEO, MediaKind.AUDIO):
        if column.startswith(kind.value):
            return kind
    return MediaKind.DOCUMENT if column.startswith("slides") else MediaKind.IMAGE
