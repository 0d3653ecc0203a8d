"""One try to copy an event: its rows in one transaction, its media files before that ends."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex

from aws_lambda_powertools import Logger

from openevent.adapters.database import Session
from openevent.adapters.shape import shape_of
from openevent.adapters.storage import MediaBucket
from openevent.catalogue.table import EVENTS, Constant
from openevent.catalogue.zones import find_zone
from openevent.copying import dates, report
from openevent.copying.calls import CopyCall
from openevent.copying.dates import DateInUse
from openevent.copying.media import MediaInUse, TextInUse, media_in_use, replaced
from openevent.copying.objects import ObjectCopier
from openevent.copying.plan import CopyPlan
from openevent.copying.resolve import resolve
from openevent.copying.rows import Numbered, RowCopy
from openevent.copying.statements import Values
from openevent.errors import Conflict, Invalid, Unavailable
from openevent.making.intents import Answer, Making
from openevent.making.journal import Journal
from openevent.rights.events import Event, find_event
from openevent.rights.groups import may_use_group

logger = Logger(child=True)


@dataclass(frozen=True, slots=True)
class CopyTransaction:
    """All that happens within the transaction of a copy.

    `identifier`: the new event's. `root_url`: what relative addresses of media are relative to.
    `deadline`: on the clock of `time.monotonic`.
    """

    call: CopyCall
    identifier: str
    bucket: MediaBucket
    root_url: str
    objects: ObjectCopier
    deadline: float
    journal: Journal

    def run(self, session: Session) -> Answer:
        """Copy the event, or find out what would be copied; return the answer.

        Raises `NotFound` if the event does not exist any more, `Invalid` or `Conflict` if its dates
        cannot be moved, `Unavailable` if S3 does not answer or the deadline passes.
        """
        session.limit(self._seconds_left())
        original = find_event(session, self.call.event_id)
        plan = self._plan(session)
        rows = RowCopy(session, plan, original)
        numbered = rows.number(draw=not self.call.request.dry_run)
        making = self._making(numbered)
        timezone, moved = self._move(rows)
        overrides = self._overrides(session, original)
        if making is None:
            rows.count(adds_owner=numbered.lacks_owner)
        else:
            values = Values(
                old_identifier=original.identifier,
                identifier=making.identifier,
                salt=token_hex(32),
                with_dates=bool(moved),
            )
            rows.insert(values, overrides=overrides, moved={old.date: new for old, new in moved})
            if numbered.lacks_owner:
                rows.add_owner(making.event_id, self.call.user)
        texts = rows.media()
        media = self._media(texts, original, making)
        if making is None:
            gone = self.objects.missing({copy.source for copy in media.copies.values()})
        else:
            gone = self._copy_media(rows, texts, media, making)
        self._seconds_left()
        return {
            "id": numbered.event_id,
            "identifier": None if making is None else making.identifier,
            "copied": making is not None,
            "rows": rows.counts,
            "media": report.describe_media(media, gone),
            "reset": report.reset_columns(plan, rows.counts, overrides),
            "dates": report.describe_dates(moved, timezone),
            "warnings": report.warnings(plan, media),
        }

    def _plan(self, session: Session) -> CopyPlan:
        shape = shape_of(session.schema)
        plan = resolve(shape, include=self.call.request.include, exclude=self.call.request.exclude)
        for remark in plan.remarks:
            logger.warning("The catalogue differs from the database", extra={"remark": remark})
        if all(table.table != EVENTS for table in plan.tables):
            raise _not_copyable(plan)
        return plan

    def _making(self, numbered: Numbered) -> Making | None:
        """Announce what will be made; None for a dry run."""
        if numbered.event_id is None:
            return None
        folder = self.bucket.prefixes_of(numbered.event_id, self.identifier)[0]
        prefix = f"{folder}{self.identifier}/"
        making = Making(numbered.event_id, self.identifier, prefix, numbered.transaction)
        self.journal.announce(making)
        return making

    def _seconds_left(self) -> float:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise Unavailable(
                "copy-not-in-time",
                "The event could not be copied in time. Nothing was copied; please try again.",
            )
        return left

    def _move(self, rows: RowCopy) -> tuple[str | None, Sequence[tuple[DateInUse, datetime]]]:
        """Return the event's timezone, and each date in use with its new date.

        Empty if no other start is asked for.
        """
        starts_at = self.call.request.starts_at
        if starts_at is None:
            return None, []
        timezone, in_use = rows.timezone(), rows.dates()
        zone, _ = find_zone(timezone)
        before = next(
            (date.date for date in in_use if (date.table, date.column) == (EVENTS, "starts_at")),
            None,
        )
        if zone is None or before is None:
            raise Conflict(
                "dates-not-movable",
                "The event has no start date or no known timezone, so its dates cannot be moved. "
                "Set both and copy it again, or copy it without starts_at.",
            )
        try:
            move = dates.mover(before, starts_at, zone)
            return timezone, [(date, move(date.date)) for date in in_use]
        except (OverflowError, ValueError) as error:
            raise Invalid(
                "date-out-of-range",
                "With this start, a date of the event would be outside the years 1 to 9999.",
                pointer="/starts_at",
            ) from error

    def _overrides(self, session: Session, original: Event) -> dict[str, Constant]:
        """Return the event's columns whose value depends on the call."""
        overrides: dict[str, Constant] = {}
        name = self._name(session, original)
        if name is not None:
            session.schema.require(EVENTS, "name")
            overrides["name"] = name
        group_id = original.group_id
        if group_id is not None and not may_use_group(session, self.call.user, group_id):
            overrides["group_id"] = None
        return overrides

    def _name(self, session: Session, original: Event) -> str | None:
        """Return the copy's name; None if it is the original's."""
        request = self.call.request
        if request.name is not None or request.keep_name or not original.name:
            return request.name
        session.schema.require(EVENTS, "name")
        characters = shape_of(session.schema)[EVENTS].columns["name"].characters
        return f"Copy of {original.name}"[: characters or None]

    def _media(
        self, texts: Sequence[TextInUse], original: Event, making: Making | None
    ) -> MediaInUse:
        own = self.bucket.prefixes_of(original.id, original.identifier)
        new = "" if making is None else making.prefix
        return media_in_use(texts, self.bucket, own, new, root_url=self.root_url)

    def _copy_media(
        self, rows: RowCopy, texts: Sequence[TextInUse], media: MediaInUse, making: Making
    ) -> set[str]:
        """Copy the media files and write their addresses to the new rows.

        Return the keys that have no object.
        """
        gone = self.objects.copy(set(media.copies.values()), making.prefix)
        new = {
            address: self.bucket.address_of(copy.target)
            for address, copy in media.copies.items()
            if copy.source not in gone
        }
        changed = {
            found.text: after for found in texts if (after := replaced(found, new)) != found.text
        }
        if changed:
            tables = dict.fromkeys(found.table for found in texts if found.text in changed)
            rows.readdress(changed, list(tables))
        return gone


def _not_copyable(plan: CopyPlan) -> Unavailable:
    columns = ", ".join(
        f"{remark.table}.{remark.column}"
        for remark in plan.remarks
        if (remark.code, remark.table) == ("column-not-copyable", EVENTS)
    )
    return Unavailable(
        "database-unsuitable",
        f"Events cannot be copied in this database: no value is known for {columns or EVENTS} of "
        "the copy. Please tell the operator.",
    )
