"""Reads the rows of an event, streamed, as JSON text that PostgreSQL writes.

Values that privacy keeps back do not leave the database.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Self

from openevent.adapters.copy_out import CopyOut, Field, copy_out
from openevent.adapters.database import Session
from openevent.export.repairs import RepairKind
from openevent.export.rows.conditions import Conditions
from openevent.export.rows.file_rows import FileRows, FileTexts
from openevent.export.rows.plan import Check, FilePlan, ReadableMoment
from openevent.export.rows.row import Row
from openevent.export.rows.statements import select_bad_values, select_rows
from openevent.rights.events import Event


@dataclass(frozen=True, slots=True)
class EventSnapshot:
    """One event in one state of the database; made by `opened`.

    `ahead`, of one thread, fetches the batch that is read next. `uses` are the connection's that
    end with the snapshot.
    """

    session: Session
    event: Event
    ahead: Executor
    uses: ExitStack

    @classmethod
    @contextmanager
    def opened(cls, session: Session, event: Event) -> Iterator[Self]:
        """Open a snapshot. When the block ends, for any reason, the connection is not in use.

        Two uses of one connection at a time would wait for each other's answers for ever.
        """
        with ExitStack() as uses, ThreadPoolExecutor(1, thread_name_prefix="rows") as ahead:
            yield cls(session, event, ahead, uses)

    @property
    def conditions(self) -> Conditions:
        """The conditions of this event's rows."""
        return Conditions(self.event.id)

    def copied(self, selects: Sequence[str]) -> CopyOut:
        """Have the rows of these statements sent. All are read before the next use."""
        return self.uses.enter_context(copy_out(self.session.connection, selects))


@dataclass(frozen=True, slots=True)
class BadValue:
    """A value that fails its check: its row's id, the column, and the kind of repair for it."""

    row_id: int
    column: str
    repair: RepairKind


def find_bad_values(
    snapshot: EventSnapshot, plans: Sequence[FilePlan]
) -> Iterator[tuple[FilePlan, BadValue]]:
    """Find the values that fail their checks, in the order of the plans and of their rows' ids.

    All plans have one statement together, as most have few rows.
    """
    found = (
        select_bad_values(plan, snapshot.conditions, number) for number, plan in enumerate(plans)
    )
    together = " UNION ALL ".join(sql for sql in found if sql is not None)
    if not together:
        return
    ordered = (
        "SELECT bad.file::text, bad.id::text, bad.checks"  # noqa: S608 - it is quoted
        f" FROM ({together}) AS bad (file, id, checks) ORDER BY bad.file, bad.id"
    )
    copies = snapshot.copied([ordered])
    for batch in copies.rows():
        for file, row_id, failed in batch:
            plan = plans[int(_decoded(file))]
            checks = list(plan.checks.items())
            for number in _decoded(failed).split(","):
                column, check = checks[int(number)]
                yield plan, BadValue(int(_decoded(row_id)), column, _repair_of(check))


def read_rows(
    snapshot: EventSnapshot,
    plans: Sequence[FilePlan],
    repaired: Mapping[str, Collection[str]],
) -> Iterator[FileRows | FileTexts]:
    """Read the rows of each plan, in the order of their primary keys.

    The values of a plan's `open_keys` are holes; a computed `font_color` has the colour from which
    it is computed. Values in the columns `repaired`, by the file's name, are null if they fail
    their checks.
    """
    selects = [
        select_rows(
            plan, snapshot.session.schema, snapshot.conditions, repaired.get(plan.file.name, ())
        )
        for plan in plans
    ]
    copies = snapshot.copied(copied) if (copied := [sql for sql in selects if sql]) else None
    for plan, sql in zip(plans, selects, strict=True):
        source = copies if sql else None
        if plan.has_holes:
            yield FileRows(plan.file, _rows(plan, source) if source else (), plan.media)
        else:
            yield FileTexts(plan.file, source.texts() if source else ())


def _rows(plan: FilePlan, copies: CopyOut) -> Iterator[list[Row]]:
    for batch in copies.rows():
        yield [
            Row(
                _decoded(text),
                {
                    key: None if value is None else _decoded(value)
                    for key, value in zip(plan.open_keys, values, strict=True)
                },
                None if row_id is None else int(_decoded(row_id)),
                None if row_name is None else _decoded(row_name),
            )
            for text, row_id, row_name, *values in batch
        ]


def _decoded(field: Field) -> str:
    return str(field or b"", "utf-8")


def _repair_of(check: Check) -> RepairKind:
    if isinstance(check, ReadableMoment):
        return RepairKind.DATE_DROPPED
    return RepairKind.REFERENCE_DROPPED
