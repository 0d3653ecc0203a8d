"""Copy an event: its rows in one transaction, its media before that ends, or neither."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from openevent.adapters.database import Database, Schema, Session, fault
from openevent.adapters.storage import MediaBucket
from openevent.catalogue.table import EVENTS, Constant
from openevent.copying import dates
from openevent.copying.media import MediaInUse, ObjectCopier, media_in_use, replaced
from openevent.copying.plan import CopyPlan
from openevent.copying.request import CopyRequest
from openevent.copying.resolve import resolve
from openevent.copying.rows import (
    DateInUse,
    Original,
    RowCopy,
    TextInUse,
    find_original,
    may_use_group,
    shape_of,
)
from openevent.errors import Conflict, Invalid, Unavailable
from openevent.rights.access import Action
from openevent.rights.admission import admit
from openevent.rights.events import Event
from openevent.rights.identity import Claims, User

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

logger = Logger(child=True)

# How often a copy is tried that another transaction, or another event's identifier, stood in the
# way of.
TRIES = 3

# Seconds until the database has to say what became of a transaction whose end it did not confirm,
# and between the questions.
OUTCOME_SECONDS = 5
OUTCOME_PAUSE = 0.2

_TIMEOUT = text("SELECT set_config('statement_timeout', :milliseconds, true)")
_TRANSACTION = text("SELECT txid_current()")
_OUTCOME = text("SELECT txid_status(:transaction)")


class Outcome(Enum):
    """What became of a transaction."""

    COMMITTED = "committed"
    ABORTED = "aborted"
    UNKNOWN = "in progress"


def new_identifier() -> str:
    """Eight hexadecimal digits, not all decimal: a numeric name is taken for an id first."""
    while (identifier := token_hex(4)).isdigit():
        pass
    return identifier


@dataclass(frozen=True, slots=True)
class EventCopy:
    """Copies events for people who may.

    `root_url`: what relative addresses of media are relative to.
    """

    database: Database
    bucket: MediaBucket
    root_url: str
    s3: "S3Client"
    concurrency: int = 32
    new_identifier: Callable[[], str] = new_identifier

    def admit(self, claims: Claims, event_name: str) -> tuple[User, Event]:
        """Who calls, and the event of the id or identifier `event_name`.

        Raises `Unauthenticated`, `NotFound`, `Forbidden` or `Unavailable`.
        """
        with self.database.transaction() as session:
            admitted = admit(session, claims, event_name, Action.COPY)
        return admitted.user, admitted.event

    def copy(
        self, user: User, event_id: int, request: CopyRequest, *, deadline: float
    ) -> dict[str, Any]:
        """Copy the event, or say what would be copied; the answer, as JSON has it.

        `deadline`: when to give up, on the clock of `time.monotonic`. Raises `NotFound` when the
        event is no more, `Invalid` or `Conflict` when its dates cannot be moved as asked for,
        `Unavailable` when the database or S3 is away or there is not enough time. Then nothing is
        left of the copy, neither in the database nor in the bucket.
        """
        for tries_left in reversed(range(TRIES)):
            try:
                return _Copy(self, user, event_id, request, deadline).run()
            except (DBAPIError, Unavailable) as error:
                if not tries_left or not _stood_in_the_way(error) or time.monotonic() > deadline:
                    raise
                logger.info("Copying once more", exc_info=error)
        raise AssertionError  # the last try returns or raises


class _Copy:
    """One try to copy one event."""

    def __init__(
        self, deps: EventCopy, user: User, event_id: int, request: CopyRequest, deadline: float
    ) -> None:
        self._deps = deps
        self._user = user
        self._event_id = event_id
        self._request = request
        self._deadline = deadline
        self._identifier = deps.new_identifier()
        self._objects = ObjectCopier(
            deps.s3, deps.bucket.name, deadline=deadline, concurrency=deps.concurrency
        )
        self._transaction: int | None = None
        self._answer: dict[str, Any] = {}

    def run(self) -> dict[str, Any]:
        """The answer, when the copy is there (or was not asked for)."""
        try:
            with self._deps.database.transaction(isolation="REPEATABLE READ") as session:
                self._within(session)
        except BaseException as error:
            match self._outcome():
                case Outcome.ABORTED:
                    self._objects.remove()
                    raise
                case Outcome.UNKNOWN:
                    # Its media stays: a copy without would be worse than media without a copy.
                    logger.exception("A copy may be there or not", extra=self._answer)
                    raise Unavailable(
                        "copy-outcome-unknown",
                        "The database did not confirm the copy. It may be there or not.",
                    ) from error
                case Outcome.COMMITTED:
                    logger.warning("The connection was lost after the copy", exc_info=True)
        return self._answer

    def _within(self, session: Session) -> None:
        """Everything that happens in the transaction."""
        connection, schema = session.connection, session.schema
        connection.execute(_TIMEOUT, {"milliseconds": str(int(self._seconds_left() * 1000))})
        original = find_original(connection, schema, self._event_id)
        request = self._request
        resolved = resolve(shape_of(schema), include=request.include, exclude=request.exclude)
        for remark in resolved.remarks:
            logger.warning("The plan does not fit the database", extra={"remark": remark})
        rows = RowCopy(connection, schema, resolved, original)
        new_id = rows.number(draw=not request.dry_run)
        lacks_owner = rows.lacks_owner()
        moved = self._moved(original, rows)
        overrides = self._overrides(connection, schema, original)
        if new_id is None:
            rows.count(adds_owner=lacks_owner)
        else:
            rows.insert(
                identifier=self._identifier,
                salt=token_hex(32),
                overrides=overrides,
                moved={date.date: after for date, after in moved},
            )
            if lacks_owner:
                rows.add_owner(new_id, self._user)
        texts = rows.media()
        media = self._media(texts, original, new_id)
        gone = self._copy_media(rows, texts, media) if new_id is not None else self._gone(media)
        self._answer = {
            "id": new_id,
            "identifier": self._identifier if new_id is not None else None,
            "copied": new_id is not None,
            "rows": rows.counts,
            "media": _media_answer(media, gone),
            "reset": _reset(resolved, rows.counts, overrides),
            "dates": [_date_answer(date, after, original.timezone) for date, after in moved],
            "warnings": _warnings(resolved),
        }
        if new_id is not None:
            self._transaction = connection.execute(_TRANSACTION).scalar_one()
        self._seconds_left()

    def _seconds_left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise Unavailable("copy-not-in-time", "The event could not be copied in time.")
        return left

    def _moved(self, original: Original, rows: RowCopy) -> list[tuple[DateInUse, datetime]]:
        """The dates in use and what becomes of them, if another start is asked for."""
        starts_at = self._request.starts_at
        if starts_at is None:
            return []
        zone = dates.find_zone(original.timezone)
        if zone is None or original.starts_at is None:
            raise Conflict(
                "dates-not-movable", "The event's own start or timezone is none that is known."
            )
        try:
            move = dates.mover(original.starts_at, starts_at, zone)
            return [(date, move(date.date)) for date in rows.dates()]
        except (OverflowError, ValueError) as error:
            raise Invalid(
                "date-out-of-range",
                "A date of the event would lie outside the years 1 to 9999.",
                pointer="/starts_at",
            ) from error

    def _overrides(
        self, connection: Connection, schema: Schema, original: Original
    ) -> dict[str, Constant]:
        """The event's columns that depend on the call."""
        overrides: dict[str, Constant] = {}
        if self._request.name is not None:
            overrides["name"] = self._request.name
        group_id = original.group_id
        if group_id is not None and not may_use_group(connection, schema, self._user, group_id):
            overrides["group_id"] = None
        return overrides

    def _media(self, texts: list[TextInUse], original: Original, new_id: int | None) -> MediaInUse:
        bucket = self._deps.bucket
        own = bucket.prefixes_of(original.id, original.identifier)
        new = bucket.prefixes_of(new_id or 0, self._identifier)
        return media_in_use(texts, bucket, own, new[0], root_url=self._deps.root_url)

    def _gone(self, media: MediaInUse) -> set[str]:
        return self._objects.missing({copy.source for copy in media.copies.values()})

    def _copy_media(self, rows: RowCopy, texts: list[TextInUse], media: MediaInUse) -> set[str]:
        """Copy the media and let the new rows know; the keys of what is gone."""
        gone = self._objects.copy(set(media.copies.values()))
        new = {
            address: self._deps.bucket.address_of(copy.target)
            for address, copy in media.copies.items()
            if copy.source not in gone
        }
        changed = {found: replaced(found, new) for found in texts}
        texts_changed = {
            found.text: after for found, after in changed.items() if after != found.text
        }
        if texts_changed:
            tables = dict.fromkeys(found.table for found in texts if found.text in texts_changed)
            rows.readdress(texts_changed, list(tables))
        return gone

    def _outcome(self) -> Outcome:
        """What became of the transaction, which ended with an error."""
        if self._transaction is None:
            return Outcome.ABORTED
        give_up = time.monotonic() + OUTCOME_SECONDS
        while time.monotonic() < give_up:
            try:
                with self._deps.database.transaction() as session:
                    values = {"transaction": self._transaction}
                    outcome = Outcome(session.connection.execute(_OUTCOME, values).scalar_one())
            except (DBAPIError, Unavailable):
                logger.warning("The database does not say what became of a copy", exc_info=True)
            else:
                if outcome is not Outcome.UNKNOWN:
                    return outcome
            time.sleep(OUTCOME_PAUSE)
        return Outcome.UNKNOWN


def _stood_in_the_way(error: BaseException) -> bool:
    """Whether another try may succeed at once."""
    fields = fault(error)
    match fields.get("C"):
        case "40001" | "40P01" | "23503":  # in the way of another; what it leads to is deleted
            return True
        case "23505":
            return fields.get("t") == EVENTS
    return False


def _media_answer(media: MediaInUse, gone: set[str]) -> dict[str, Any]:
    sources = {copy.source for copy in media.copies.values()}
    return {
        "copied": len(sources - gone),
        "gone": sorted(address for address, copy in media.copies.items() if copy.source in gone),
        "foreign": sorted(media.foreign),
    }


def _date_answer(date: DateInUse, after: datetime, timezone: str) -> dict[str, Any]:
    zone = dates.find_zone(timezone)
    return {
        "table": date.table,
        "column": date.column,
        "rows": date.rows,
        "before": date.date.astimezone(zone).isoformat(),
        "after": after.astimezone(zone).isoformat(),
    }


def _reset(
    resolved: CopyPlan, counts: Mapping[str, int], overrides: Mapping[str, Constant]
) -> list[str]:
    columns = [column for table in resolved.tables if counts[table.table] for column in table.reset]
    if "group_id" in overrides:
        columns.append(f"{EVENTS}.group_id")
    return columns


def _warnings(resolved: CopyPlan) -> list[dict[str, str | None]]:
    return [
        {"code": remark.code, "table": remark.table, "column": remark.column}
        for remark in resolved.remarks
        if remark.lost
    ]
