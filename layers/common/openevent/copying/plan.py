"""What is copied of an event, and how, table by table. Pure.

`TABLES` declares it, `NEVER` says what stays behind and why. `resolve` holds the declaration
against the tables a database really has and against what the caller asked for, and says for every
column what the copy's row has there. Columns go by exclusion: one the declaration has never heard
of is copied as it is, unless its foreign key says that it points into the original.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum

EVENTS = "events"


class Missing(StrEnum):
    """What becomes of a reference when the row that it leads to is not copied."""

    NULL = "null"
    LEAVE_OUT = "leave-out"  # the row that has the reference is not copied either
    KEEP_OTHERS = "keep-others"  # null, or as it is where it leads to no row of the original event


class Fresh(Enum):
    """Values that are made anew for each copy."""

    NOW = "the time of the copy"
    IDENTIFIER = "the new event's identifier"
    SECRET = "an unguessable text, another one for each row"  # noqa: S105 (says what it is)


Constant = str | int | bool | None


@dataclass(frozen=True, slots=True)
class Reference:
    """A column that holds the id of a row of `table`, another copied table."""

    table: str
    missing: Missing = Missing.NULL


@dataclass(frozen=True, slots=True)
class CopiedTable:
    """How the rows of one table are copied.

    `owner`: the column and the table whose copied rows its rows belong to; None for the event.
    `references`: columns with ids of rows of other copied tables.
    `names`: columns with texts by which rows of another table are found (column → that table); all
    equal ones get one new text.
    `reset`: columns whose value stays behind, and what they get instead.
    `media`: columns with addresses of media, or with JSON that has such addresses in it.
    `dates`: columns that move with the event's start.
    `addresses`: columns with addresses of the event's own pages, which hold its identifier.
    `part`: what a caller has to ask for to get it; None for what comes by default.
    """

    name: str
    owner: tuple[str, str] | None = ("event_id", EVENTS)
    references: Mapping[str, Reference] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    reset: Mapping[str, Constant | Fresh] = field(default_factory=dict)
    media: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    part: str | None = None


# In this order they are inserted: each after all that its rows belong or refer to. The one
# exception, an event's discount code, which belongs to the event in turn, is filled in at the end.
TABLES: tuple[CopiedTable, ...] = (
    CopiedTable(
        EVENTS,
        owner=None,
        references={"discount_code_id": Reference("discount_codes", Missing.KEEP_OTHERS)},
        reset={
            "identifier": Fresh.IDENTIFIER,
            "state": "draft",
            "is_featured": False,
            "is_promoted": False,
            "is_demoted": False,
            "is_announced": False,
            "chat_room_id": None,
            "schedule_published_on": None,
            "pentabarf_url": None,
            "ical_url": None,
            "xcal_url": None,
            "is_stripe_linked": False,
            "can_pay_by_stripe": False,
            "completed_order_sales": 0,
            "placed_order_sales": 0,
            "pending_order_sales": 0,
            "completed_order_tickets": 0,
            "placed_order_tickets": 0,
            "pending_order_tickets": 0,
        },
        media=(
            "logo_url",
            "original_image_url",
            "thumbnail_image_url",
            "large_image_url",
            "icon_image_url",
            "document_links",
        ),
        dates=("starts_at", "ends_at"),
    ),
    CopiedTable("users_events_roles"),
    CopiedTable("custom_forms", names={"form_id": "custom_forms"}),
    CopiedTable("custom_form_options", owner=("custom_form_id", "custom_forms")),
    CopiedTable(
        "custom_form_translates",
        owner=("custom_form_id", "custom_forms"),
        names={"form_id": "custom_forms"},
    ),
    CopiedTable("badge_forms", names={"badge_id": "badge_forms"}, media=("badge_image_url",)),
    CopiedTable(
        "badge_field_forms",
        owner=("badge_form_id", "badge_forms"),
        names={"badge_id": "badge_forms"},
    ),
    CopiedTable(
        "tickets",
        names={"form_id": "custom_forms", "badge_id": "badge_forms"},
        dates=("sales_starts_at", "sales_ends_at"),
    ),
    CopiedTable("ticket_tag"),
    CopiedTable(
        "ticket_tagging",
        owner=("ticket_id", "tickets"),
        references={"ticket_tag_id": Reference("ticket_tag", Missing.LEAVE_OUT)},
    ),
    CopiedTable("tax"),
    CopiedTable("social_links"),
    CopiedTable("sponsors", media=("logo_url",)),
    CopiedTable(
        "exhibitors",
        media=("logo_url", "banner_url", "thumbnail_image_url", "video_url", "slides_url"),
    ),
    CopiedTable("microlocations", reset={"chat_room_id": None, "video_stream_id": None}),
    CopiedTable("tracks"),
    CopiedTable("session_types"),
    CopiedTable("discount_codes", dates=("valid_from", "valid_till"), addresses=("discount_url",)),
    CopiedTable(
        "discount_codes_tickets",
        owner=("discount_code_id", "discount_codes"),
        references={"ticket_id": Reference("tickets", Missing.LEAVE_OUT)},
    ),
    CopiedTable(
        "speakers_calls",
        reset={"hash": Fresh.SECRET},
        dates=("starts_at", "soft_ends_at", "ends_at"),
    ),
    CopiedTable("faq_types"),
    CopiedTable("faq", references={"faq_type_id": Reference("faq_types")}),
    CopiedTable("event_copyrights", media=("logo",)),
    CopiedTable("tags"),
    CopiedTable("station", references={"microlocation_id": Reference("microlocations")}),
    CopiedTable(
        "sessions",
        references={
            "track_id": Reference("tracks"),
            "microlocation_id": Reference("microlocations"),
            "session_type_id": Reference("session_types"),
        },
        reset={
            "is_mail_sent": False,
            "send_email": False,
            "is_locked": False,
            "average_rating": 0,
            "rating_count": 0,
            "favourite_count": 0,
            "last_modified_at": Fresh.NOW,
        },
        media=("slides_url", "slides", "video_url", "audio_url"),
        dates=("starts_at", "ends_at"),
        part="sessions",
    ),
    CopiedTable(
        "speaker",
        media=("photo_url", "thumbnail_image_url", "small_image_url", "icon_image_url"),
        part="sessions",
    ),
    CopiedTable(
        "speakers_sessions",
        owner=("session_id", "sessions"),
        references={"speaker_id": Reference("speaker", Missing.LEAVE_OUT)},
        part="sessions",
    ),
    CopiedTable(
        "sessions_speakers_links",
        references={
            "session_id": Reference("sessions", Missing.LEAVE_OUT),
            "speaker_id": Reference("speaker", Missing.LEAVE_OUT),
        },
        part="sessions",
    ),
    CopiedTable(
        "exhibitors_sessions",
        owner=("session_id", "sessions"),
        references={"exhibitor_id": Reference("exhibitors", Missing.LEAVE_OUT)},
        part="sessions",
    ),
)

# In whatever table they are: a copy's rows are made now, and live.
EVERYWHERE: Mapping[str, Constant | Fresh] = {
    "created_at": Fresh.NOW,
    "modified_at": Fresh.NOW,
    "deleted_at": None,
}

# What tells that a row is soft-deleted: the first by a date, the second by being true.
DELETED_AT, IS_DELETED = "deleted_at", "is_deleted"

_SOLD = "what was sold stays with the event that sold it"
_ASKED = "an invitation was to the original; its secret is not to open the copy"
_PEOPLE = "what people did at the original they did not do at the copy"
_STREAM = "a stream is of one event, with passwords and recordings"

NEVER: Mapping[str, str] = {
    "orders": _SOLD,
    "orders_tickets": _SOLD,
    "ticket_holders": _SOLD,
    "access_codes": "a code was given to people for the original",
    "access_codes_tickets": "a code was given to people for the original",
    "event_invoices": "an invoice is for the original's sales",
    "stripe_authorizations": "an account is linked to one event, by its owner",
    "role_invites": _ASKED,
    "speaker_invites": _ASKED,
    "export_jobs": "a job of the original",
    "feedback": _PEOPLE,
    "email_notifications": "what a user chose for the original",
    "user_favourite_events": _PEOPLE,
    "user_favourite_sessions": _PEOPLE,
    "user_check_in": _PEOPLE,
    "virtual_check_in": _PEOPLE,
    "station_store_paxs": _PEOPLE,
    "video_streams": _STREAM,
    "video_recordings": _STREAM,
    "video_stream_moderators": _STREAM,
    "translation_channels": _STREAM,
    "user_system_role": "rights in the system, given for the original",
}

DEFAULT = tuple(table.name for table in TABLES if table.part is None and table.owner is not None)
"""What can be left out by name (with all that belongs to it)."""

PARTS = tuple(dict.fromkeys(table.part for table in TABLES if table.part is not None))
"""What can be asked for."""


# What a database has.


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a live table; `refers_to`: the table that its foreign key leads to."""

    nullable: bool = True
    refers_to: str | None = None


@dataclass(frozen=True, slots=True)
class LiveTable:
    """A live table: its columns in order, and what its unique constraints span.

    Columns that the database itself computes are no part of it.
    """

    columns: Mapping[str, Column]
    unique: tuple[frozenset[str], ...] = ()


Shape = Mapping[str, LiveTable]


# What a copy's column gets.


@dataclass(frozen=True, slots=True)
class Kept:
    """What the original's has."""


@dataclass(frozen=True, slots=True)
class Renumbered:
    """The row's new id."""


@dataclass(frozen=True, slots=True)
class Mapped:
    """The new id of what the original's leads to.

    `later`: it is null when the row is inserted and filled in when `table` was copied as well.
    """

    table: str
    missing: Missing
    later: bool = False


@dataclass(frozen=True, slots=True)
class Given:
    """A value of its own."""

    value: Constant | Fresh


@dataclass(frozen=True, slots=True)
class Renamed:
    """A new text, the same for all columns of the kind `kind` that had the same one."""

    kind: str


@dataclass(frozen=True, slots=True)
class Moved:
    """The original's date, moved with the event's start."""


@dataclass(frozen=True, slots=True)
class Readdressed:
    """The original's text, with the new event's identifier for the old one's."""


Treatment = Kept | Renumbered | Mapped | Given | Renamed | Moved | Readdressed


@dataclass(frozen=True, slots=True)
class Step:
    """How one table of a live database is copied: what each column gets, in the table's order.

    A column that is not in `columns` is left to its default.
    """

    table: str
    owner: tuple[str, str] | None
    columns: Mapping[str, Treatment]
    media: tuple[str, ...]
    dates: tuple[str, ...]
    deleted: tuple[str, ...]

    @property
    def has_id(self) -> bool:
        """Whether its rows have an id, by which others can refer to them."""
        return Renumbered() in self.columns.values()

    @property
    def references(self) -> Iterator[tuple[str, Mapped]]:
        """Its columns that get another row's new id."""
        return (
            (name, treatment)
            for name, treatment in self.columns.items()
            if isinstance(treatment, Mapped)
        )

    @property
    def reset(self) -> Iterator[str]:
        """The columns whose value stays behind, as `table.column`."""
        return (
            f"{self.table}.{name}"
            for name, treatment in self.columns.items()
            if isinstance(treatment, Given) and name != DELETED_AT
        )


@dataclass(frozen=True, slots=True)
class Remark:
    """Something the plan did not foresee in this database.

    `lost`: something of the event may be missing in the copy, so the caller is told.
    """

    code: str
    table: str
    column: str | None = None
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What is copied, in the order it can be inserted, and what is remarkable about it."""

    steps: tuple[Step, ...]
    remarks: tuple[Remark, ...]


def resolve(shape: Shape, *, include: Collection[str] = (), exclude: Collection[str] = ()) -> Plan:
    """The plan for a database of this `shape`.

    `include`: what of `PARTS` is asked for; `exclude`: what of `DEFAULT` is not wanted.
    """
    remarks = [
        Remark("table-unknown", name, lost=True)
        for name, live in shape.items()
        if name not in _DECLARED and name not in NEVER and _leads_to_an_event(live)
    ]
    of_events = tables_of_events(shape) | _DECLARED | NEVER.keys()
    steps: dict[str, Step] = {}
    for table in TABLES:
        asked_for = table.part is None or table.part in include
        if not asked_for or table.name in exclude or not _has_its_owners(table, steps):
            continue
        if table.name not in shape:
            remarks.append(Remark("table-missing", table.name))
            continue
        table_resolver = _Resolver(table, shape[table.name], steps.keys(), of_events)
        step = table_resolver.step()
        remarks += table_resolver.remarks
        if step is not None:
            steps[table.name] = step
    return Plan(tuple(steps.values()), tuple(remarks))


def tables_of_events(shape: Shape) -> frozenset[str]:
    """The tables whose rows belong to events, by however many foreign keys, and `events`."""
    found = {EVENTS}
    while more := {
        name
        for name, live in shape.items()
        if name not in found and any(column.refers_to in found for column in live.columns.values())
    }:
        found |= more
    return frozenset(found)


_DECLARED = frozenset(table.name for table in TABLES)


def _leads_to_an_event(live: LiveTable) -> bool:
    return "event_id" in live.columns or any(
        column.refers_to in _DECLARED for column in live.columns.values()
    )


def _has_its_owners(table: CopiedTable, copied: Collection[str]) -> bool:
    """Whether rows of `table` can be copied at all when those of `copied` are."""
    needed = {
        reference.table
        for reference in table.references.values()
        if reference.missing is Missing.LEAVE_OUT
    }
    if table.owner is not None:
        needed.add(table.owner[1])
    return needed <= set(copied)


class _Resolver:
    """Finds out what each column of one table gets, and remarks on what was not foreseen."""

    def __init__(
        self,
        table: CopiedTable,
        live: LiveTable,
        copied: Collection[str],
        of_events: Collection[str],
    ) -> None:
        """`copied`: the tables before it that are copied; `of_events`: as `tables_of_events`."""
        self.table = table
        self.live = live
        self.copied = {*copied, table.name}
        self.of_events = of_events
        self.remarks: list[Remark] = []

    def step(self) -> Step | None:
        """How the table is copied; None when it cannot be, which is remarked on."""
        table, columns = self.table, self.live.columns
        self._remark_on_missing_columns()
        if table.owner is not None and table.owner[0] not in columns:
            return None
        treatments = {name: self._treatment(name, column) for name, column in columns.items()}
        stuck = [name for name, treatment in treatments.items() if treatment is None]
        if stuck:
            self._remark("column-not-copyable", stuck[0], lost=True)
            return None
        known = {name: treatment for name, treatment in treatments.items() if treatment is not None}
        for name in sorted(self._forbidden_to_repeat(known)):
            self._remark("column-unique", name, lost=True)
            del known[name]
        return Step(
            table.name,
            table.owner,
            known,
            media=tuple(name for name in table.media if name in columns),
            dates=tuple(name for name in table.dates if name in columns),
            deleted=tuple(name for name in (DELETED_AT, IS_DELETED) if name in columns),
        )

    def _treatment(self, name: str, column: Column) -> Treatment | None:  # noqa: PLR0911 (a table)
        table = self.table
        if name == "id":
            return Renumbered()
        if table.owner is not None and name == table.owner[0]:
            return Mapped(table.owner[1], Missing.LEAVE_OUT)
        if name in table.reset:
            return Given(table.reset[name])
        if name in EVERYWHERE:
            return Given(EVERYWHERE[name])
        if name in table.references:
            reference = table.references[name]
            return self._mapped(reference.table, reference.missing)
        if name in table.names:
            gone = table.names[name] not in self.copied and column.nullable
            return Given(None) if gone else Renamed(table.names[name])
        if name in table.dates:
            return Moved()
        if name in table.addresses:
            return Readdressed()
        if column.refers_to is not None and column.refers_to in self.of_events:
            return self._unforeseen_reference(name, column, column.refers_to)
        return Kept()

    def _unforeseen_reference(self, name: str, column: Column, target: str) -> Treatment | None:
        """What a column gets that the declaration does not name, but that may lead back."""
        self._remark("reference-unknown", name, lost=target not in _DECLARED)
        if target == EVENTS:
            return self._mapped(target, Missing.KEEP_OTHERS)
        if column.nullable:
            return self._mapped(target, Missing.NULL) if target in _DECLARED else Given(None)
        return Mapped(target, Missing.LEAVE_OUT) if target in self.copied else None

    def _mapped(self, target: str, missing: Missing) -> Mapped:
        return Mapped(target, missing, later=target not in self.copied)

    def _forbidden_to_repeat(self, treatments: Mapping[str, Treatment]) -> set[str]:
        """Columns that a unique constraint forbids to have the original's value once more."""
        return {
            name
            for constraint in self.live.unique
            if all(isinstance(treatments.get(name), _REPEATING) for name in constraint)
            for name in constraint
            if isinstance(treatments[name], Kept)
        }

    def _remark_on_missing_columns(self) -> None:
        table = self.table
        named = [
            *([table.owner[0]] if table.owner else []),
            *table.references,
            *table.names,
            *table.reset,
            *table.media,
            *table.dates,
            *table.addresses,
        ]
        for name in named:
            if name not in self.live.columns:
                is_owner = table.owner is not None and name == table.owner[0]
                self._remark("column-missing", name, lost=is_owner)

    def _remark(self, code: str, column: str, *, lost: bool = False) -> None:
        self.remarks.append(Remark(code, self.table.name, column, lost))


_REPEATING = (Kept, Moved, Readdressed)
