"""A dry run: what an export would hold, skip and repair, without making an archive."""

import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from openevent.adapters.counters import Counters, RateLimit
from openevent.adapters.database import Database, Session
from openevent.export.addresses import Addresses
from openevent.export.data_files import data_files
from openevent.export.dialects.webapp_rules import Rules
from openevent.export.findings import Findings
from openevent.export.job import NAMED_SKIPPED
from openevent.export.options import Options
from openevent.export.repairs import Unfit
from openevent.export.rows.file_rows import FileRows, FileTexts, media_of
from openevent.export.rows.queries import EventSnapshot
from openevent.export.schedules import note_timezone
from openevent.export.skipped_list import note_skip, skipped_record
from openevent.export.tables import table_names
from openevent.media.deadline import Deadline
from openevent.media.requested import RequestedMedia
from openevent.media.sizes import Scale
from openevent.media.skipped import Reason, Skip
from openevent.rights.access import Action
from openevent.rights.admission import admit
from openevent.rights.events import Event
from openevent.rights.identity import Claims

# Seconds that a dry run takes at most, of the 29 s in which API Gateway wants an answer.
SECONDS = 20.0

# Bytes of repairs that stay in memory before they go to disk.
MEMORY = 1 << 19


@dataclass(slots=True)
class _Tally:
    """Rows by file, the media files, the files of tables, and why the export would fail, if so."""

    rows: Counter[str] = field(default_factory=Counter)
    media: list[RequestedMedia] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class DryRun:
    """Describes what exports would be, within `seconds`.

    Each dry run is counted against `limit`, by user and event. `scale` makes the `Scale` for the
    event's media files, whose addresses are in memory.
    """

    database: Database
    counters: Counters
    limit: RateLimit
    addresses: Addresses
    scale: Callable[[Event], Scale]
    concurrency: int
    seconds: float = SECONDS

    def run(self, claims: Claims, event_name: str, options: Options) -> dict[str, Any]:
        """Describe an export of the event (an id or identifier) with these options.

        Media files whose size is not known in time are counted as timed out. Raise
        `Unauthenticated`, `NotFound`, `Forbidden`, `TooManyRequests` or `Unavailable`.
        """
        deadline = Deadline.after(self.seconds)
        with tempfile.SpooledTemporaryFile(MEMORY) as spool:
            findings = Findings(spool)
            with self.database.snapshot() as session:
                admitted = admit(session, claims, event_name, Action.EXPORT)
                self.counters.count(self.limit, f"{admitted.user.id}#{admitted.event.id}")
                tally = self._count(session, admitted.event, options, findings)
            scale = self.scale(admitted.event)
            findings.note_bucket((media.address for media in tally.media), scale.places)
            return {
                "dry_run": True,
                "options": options.model_dump(),
                "failure": tally.failure,
                "rows": tally.rows,
                "tables": tally.tables,
                **self._weigh(scale, tally.media, deadline),
                "repaired": {
                    "count": findings.repairs.total(),
                    "changes": findings.repairs,
                    "first": list(islice(findings.first(), NAMED_SKIPPED)),
                },
                "withheld": findings.withheld,
                "warnings": findings.warnings,
            }

    def _count(
        self, session: Session, event: Event, options: Options, findings: Findings
    ) -> _Tally:
        tally = _Tally()
        try:
            with EventSnapshot.opened(session, event) as snapshot:
                for rows in data_files(snapshot, options, self.addresses, findings, Rules()):
                    _count_file(rows, tally)
            if options.shows_times:
                note_timezone(session, event, findings)
            if options.has_tables:
                tally.tables = table_names(session, event, options.privacy)
        except Unfit as unfit:
            tally.failure = unfit.text
        return tally

    def _weigh(
        self, scale: Scale, requested: list[RequestedMedia], deadline: Deadline
    ) -> dict[str, Any]:
        found = scale.weigh_all(
            dict.fromkeys(media.address for media in requested),
            concurrency=self.concurrency,
            deadline=deadline,
        )
        answered = [(media, found[media.address]) for media in requested if media.address in found]
        sizes = [size for _, size in answered if not isinstance(size, Skip)]
        skipped = [(media, why) for media, why in answered if isinstance(why, Skip)]
        for media, why in skipped:
            if why.reason is Reason.ACCESS_DENIED:
                note_skip(skipped_record(media, why), why)
        return {
            "media": {
                "files": len(sizes),
                "bytes": sum(size for size in sizes if size is not None),
                "of_unknown_size": sizes.count(None),
                "timed_out": len(requested) - len(answered),
            },
            "skipped": {
                "count": len(skipped),
                "media": [
                    skipped_record(media, why).model_dump()
                    for media, why in skipped[:NAMED_SKIPPED]
                ],
            },
        }


def _count_file(rows: FileRows | FileTexts, tally: _Tally) -> None:
    tally.rows[rows.file.name] = 0
    if isinstance(rows, FileTexts):
        tally.rows[rows.file.name] = sum(map(len, rows.batches))
        return
    for batch in rows.batches:
        tally.rows[rows.file.name] += len(batch)
        for row in batch if rows.media else ():
            tally.media += media_of(rows.file, row)
