"""A dry run: what an export would hold, leave out and change, told at once, and nothing made."""

import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from openevent.adapters.database import Database, Session
from openevent.export.addresses import Addresses
from openevent.export.data_files import data_files
from openevent.export.dialects.webapp_rules import Rules
from openevent.export.findings import Findings
from openevent.export.job import NAMED_SKIPPED, SkippedMedia
from openevent.export.options import Options
from openevent.export.repairs import Unfit
from openevent.export.rows.file_rows import FileRows
from openevent.export.rows.queries import EventSnapshot
from openevent.media.deadline import Deadline
from openevent.media.sizes import Scale
from openevent.media.skipped import Skipped
from openevent.rights.access import Action
from openevent.rights.admission import admit
from openevent.rights.events import Event
from openevent.rights.identity import Claims

# How long a dry run takes at most, within the 29 seconds that API Gateway waits for an answer.
SECONDS = 20.0

# What stays in memory of the changes, before they go to disk.
MEMORY = 1 << 19


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A medium that would be fetched: its address, and the field that has it."""

    file: str
    id: int | None
    field: str
    address: str


@dataclass(slots=True)
class _Tally:
    """What was counted: rows by file, the media, and why the export would fail, if it would."""

    rows: Counter[str] = field(default_factory=Counter)
    media: list[_Wanted] = field(default_factory=list)
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class DryRun:
    """Tells what exports would be, within `seconds`.

    `admit` hears of each user's id and event's id, and raises `TooManyRequests` when that is too
    often. `scale` makes what weighs the event's media, whose addresses are in memory.
    """

    database: Database
    admit: Callable[[int, int], None]
    addresses: Addresses
    scale: Callable[[Event], Scale]
    concurrency: int
    seconds: float = SECONDS

    def run(self, claims: Claims, event_name: str, options: Options) -> dict[str, Any]:
        """What an export of the event (an id or identifier) with these options would be.

        Media that has not told its size in time is counted as not asked. Raises `Unauthenticated`,
        `NotFound`, `Forbidden`, `TooManyRequests` or `Unavailable`.
        """
        deadline = Deadline.after(self.seconds)
        with tempfile.SpooledTemporaryFile(MEMORY) as spool:
            findings = Findings(spool)
            with self.database.snapshot() as session:
                admitted = admit(session, claims, event_name, Action.EXPORT)
                self.admit(admitted.user.id, admitted.event.id)
                tally = self._counted(session, admitted.event, options, findings)
            return {
                "dry_run": True,
                "options": options.model_dump(),
                "failure": tally.failure,
                "rows": tally.rows,
                **self._weighed(admitted.event, tally.media, deadline),
                "repaired": {
                    "count": findings.repairs.total(),
                    "changes": findings.repairs,
                    "first": list(islice(findings.first(), NAMED_SKIPPED)),
                },
                "withheld": findings.withheld,
                "warnings": findings.warnings,
            }

    def _counted(
        self, session: Session, event: Event, options: Options, findings: Findings
    ) -> _Tally:
        tally = _Tally()
        try:
            with EventSnapshot.opened(session, event) as snapshot:
                for rows in data_files(snapshot, options, self.addresses, findings, Rules()):
                    _count(rows, tally)
        except Unfit as unfit:
            tally.failure = unfit.text
        return tally

    def _weighed(self, event: Event, wanted: list[_Wanted], deadline: Deadline) -> dict[str, Any]:
        found = self.scale(event).weigh_all(
            dict.fromkeys(medium.address for medium in wanted),
            concurrency=self.concurrency,
            deadline=deadline,
        )
        answered = [(medium, found[medium.address]) for medium in wanted if medium.address in found]
        sizes = [size for _, size in answered if not isinstance(size, Skipped)]
        skipped = [(medium, why) for medium, why in answered if isinstance(why, Skipped)]
        return {
            "media": {
                "files": len(sizes),
                "bytes": sum(size for size in sizes if size is not None),
                "of_unknown_size": sizes.count(None),
                "timed_out": len(wanted) - len(answered),
            },
            "skipped": {
                "count": len(skipped),
                "media": [
                    _skipped(medium, why).model_dump() for medium, why in skipped[:NAMED_SKIPPED]
                ],
            },
        }


def _count(rows: FileRows, tally: _Tally) -> None:
    name = rows.file.name
    tally.rows[name] = 0
    for batch in rows.batches:
        tally.rows[name] += len(batch)
        for row in batch if rows.media else ():
            tally.media += [
                _Wanted(name, row.id, column, address) for column, address in row.addresses.items()
            ]


def _skipped(medium: _Wanted, why: Skipped) -> SkippedMedia:
    return SkippedMedia(
        file=medium.file,
        id=medium.id,
        field=medium.field,
        address=medium.address,
        reason=why.reason,
        detail=why.text,
    )
