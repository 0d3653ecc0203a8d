"""Write an import: an event of an archive, its rows and its media files, or nothing."""

from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import IO, TYPE_CHECKING

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from openevent.adapters.commit import Outcome, transaction_id
from openevent.adapters.database import Database, Session
from openevent.adapters.storage import BucketAcls, MediaBucket
from openevent.catalogue.shape import Shape
from openevent.catalogue.table import EVENTS
from openevent.errors import Unavailable
from openevent.importing.source import RemarkLog, SourceArchive
from openevent.importing.writing.call import ImportCall
from openevent.importing.writing.event_facts import decide_facts
from openevent.importing.writing.fetching import Fetching
from openevent.importing.writing.gather import EventFacts, Gathered, Gathering
from openevent.importing.writing.placing import MediaPlacer
from openevent.importing.writing.plan import ImportPlan, resolve
from openevent.importing.writing.rows import RowImport, is_refused, refusal_of
from openevent.importing.writing.statements import Values
from openevent.importing.writing.uploads import MediaUploads
from openevent.importing.writing.written import FileRows, Written
from openevent.making.ending import find_outcome, remove_made
from openevent.making.intents import Intent, Intents, Making
from openevent.making.journal import Journal
from openevent.making.names import new_identifier
from openevent.making.settle import Settlement, Settler
from openevent.media.deadline import Deadline
from openevent.media.source import MediaSource

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

logger = Logger(child=True)
metrics = Metrics()

# Part of the time that is left in which files are fetched.
FETCHING = 0.6


class _Undone(Exception):
    """The transaction of a dry run ends."""


@dataclass(frozen=True, slots=True)
class Order:
    """One archive to import.

    `shape`: of the database for which `source` was read. `work`: a directory for files while the
    import runs. `keep` is called before the import is committed, with what it will have written: a
    report that is stored then is never lost; what it raises ends the import.
    """

    source: SourceArchive
    shape: Shape
    remarks: RemarkLog
    work: Path
    deadline: Deadline
    keep: Callable[[Written], None] = lambda _: None


@dataclass(frozen=True, slots=True)
class EventImport:
    """Writes imports.

    `concurrency`: media files that one import uploads, or fetches, at a time. `media`: from where
    addresses out of the archive are fetched; None if they are always kept.
    """

    database: Database
    bucket: MediaBucket
    s3: "S3Client"
    acls: BucketAcls
    intents: Intents
    concurrency: int = 16
    new_identifier: Callable[[], str] = new_identifier
    media: MediaSource | None = None

    def find(self, call: ImportCall) -> Written | None:
        """Return what an earlier attempt of the job has written; None if nothing is left of one.

        Raises `Unavailable` if that is not known yet, or the database, DynamoDB or S3 does not
        answer.
        """
        intent = self.intents.find(call.name())
        return None if intent is None else self._settled(intent)

    def write(self, call: ImportCall, order: Order) -> Written:
        """Make an event of the archive; return what was written.

        A later attempt of a job whose event is there returns what the earlier one wrote.

        Raises `ArchiveRefused` if the archive cannot be imported, `Unavailable` if the database,
        DynamoDB or S3 does not answer or the deadline passes. Then nothing is left of it, neither
        in the database nor in the bucket, unless the code is `import-outcome-unknown`: what there
        is then is found out by the next attempt, or by the sweeper.
        """
        if call.dry_run:
            return self._try(call, order, Journal())
        intent, is_new = self.intents.begin(call)
        while not is_new:
            written = self._settled(intent)
            if written is not None:
                return written
            intent, is_new = self.intents.begin(call)
        journal = Journal(self.intents, intent)
        try:
            written = self._try(call, order, journal)
        except BaseException:
            journal.abandon()
            raise
        journal.finish()
        metrics.add_metric("EventsImported", MetricUnit.Count, 1)
        return written

    def _settled(self, intent: Intent) -> Written | None:
        """Return what the attempt of `intent` has written; None if it came to nothing."""
        answer = intent.answer
        if intent.is_open:
            match Settler(self.database, self.intents, self.s3, self.bucket.name).settle(intent):
                case Settlement.REMOVED:
                    return None
                case Settlement.WAITING | Settlement.UNKNOWN:
                    raise Unavailable(
                        "import-in-progress",
                        "An earlier attempt of this import has not ended yet. Please wait a "
                        "moment.",
                    )
            # The answer may have been noted after the intent was read.
            found = self.intents.find(intent.name)
            answer = {} if found is None else found.answer
        return Written.of_answer(answer) if answer else None

    def _try(self, call: ImportCall, order: Order, journal: Journal) -> Written:
        """Import the archive; remove the media files if that fails."""
        attempt = _Attempt(self, call, order, journal)
        try:
            attempt.run()
        except BaseException as error:
            if attempt.written is None or not self._is_committed(journal, error):
                if not call.dry_run:
                    remove_made(self.s3, self.bucket.name, journal)
                if is_refused(error):
                    raise refusal_of(error) from error
                raise
            logger.warning("The connection was lost after the import", exc_info=True)
        assert attempt.written is not None  # noqa: S101 - `run` returned, or the event is there
        return attempt.written

    def _is_committed(self, journal: Journal, error: BaseException) -> bool:
        """Return whether the transaction, which ended with `error`, is committed.

        Raises `Unavailable` if the database does not say it.
        """
        match find_outcome(self.database, self.s3, self.bucket.name, journal):
            case Outcome.COMMITTED:
                return True
            case Outcome.ABORTED:
                return False
        raise Unavailable(
            "import-outcome-unknown",
            "The database did not confirm the import. The event may be there or not: look at your "
            "events before you import again.",
        ) from error


class _Attempt:
    """One attempt to write one archive; `written` is set just before the commit."""

    def __init__(
        self, services: EventImport, call: ImportCall, order: Order, journal: Journal
    ) -> None:
        self._services = services
        self._call = call
        self._order = order
        self._journal = journal
        self._salt = token_hex(32)
        self._fetched: dict[str, str] = {}
        self.written: Written | None = None

    def run(self) -> None:
        """Decide the event's facts, gather rows and media files, and insert them."""
        plan = resolve(self._order.shape)
        if EVENTS not in plan.tables:
            raise Unavailable(
                "database-unsuitable",
                "Events cannot be imported into this database. Please tell the operator.",
            )
        facts = self._facts(plan)
        prefix = self._announce(facts, None)
        with ExitStack() as stack:
            lines = stack.enter_context((self._order.work / "rows").open("w+b"))
            placer = MediaPlacer(self._order.source, None, self._order.remarks)
            if not self._call.dry_run:
                placer.uploads = stack.enter_context(self._uploads(prefix))
            gathered = self._gather(plan, facts, placer, lines)
            lines.seek(0)
            with suppress(_Undone), self._services.database.transaction() as session:
                self._insert(session, plan, facts, placer, gathered, lines)
                self._end()

    def _end(self) -> None:
        """Let the transaction be rolled back if this is a dry run."""
        if self._call.dry_run:
            raise _Undone

    def _facts(self, plan: ImportPlan) -> EventFacts:
        with self._services.database.transaction() as session:
            return decide_facts(
                session,
                plan.tables[EVENTS],
                self._order.source.event,
                self._call.user,
                remarks=self._order.remarks,
                new_identifier=self._services.new_identifier,
            )

    def _announce(self, facts: EventFacts, transaction: int | None) -> str:
        """Note what is about to be made; return the prefix of its keys."""
        folder = self._services.bucket.prefixes_of(facts.id, facts.identifier)[0]
        prefix = f"{folder}{facts.identifier}/"
        self._journal.announce(Making(facts.id, facts.identifier, prefix, transaction))
        return prefix

    def _uploads(self, prefix: str) -> MediaUploads:
        return MediaUploads(
            self._services.s3,
            self._services.bucket,
            self._services.acls,
            prefix=prefix,
            deadline=self._order.deadline,
            concurrency=self._services.concurrency,
        )

    def _gather(
        self, plan: ImportPlan, facts: EventFacts, placer: MediaPlacer, lines: IO[bytes]
    ) -> Gathered:
        gathering = Gathering(
            plan,
            self._order.source,
            facts,
            placer=placer,
            remarks=self._order.remarks,
            salt=self._salt,
        )
        gathered = gathering.write(lines)
        if placer.uploads is not None:
            self._fetch(facts, placer, placer.uploads)
            placer.uploads.finish()
        return gathered

    def _fetch(self, facts: EventFacts, placer: MediaPlacer, uploads: MediaUploads) -> None:
        """Fetch media files whose addresses lead out of the archive, if the call asks for it."""
        services = self._services
        if services.media is None or not self._call.fetch or not placer.wanted:
            return
        fetching = Fetching(
            services.media,
            services.bucket.prefixes_of(facts.id, facts.identifier),
            self._order.work,
            self._order.deadline.within(self._order.deadline.left * FETCHING),
            services.concurrency,
        )
        self._fetched = fetching.fetch(placer.wanted, uploads, self._order.remarks)
        placer.note_fetched(len(self._fetched))

    def _insert(  # noqa: PLR0913, PLR0917 - the parts of an attempt
        self,
        session: Session,
        plan: ImportPlan,
        facts: EventFacts,
        placer: MediaPlacer,
        gathered: Gathered,
        lines: IO[bytes],
    ) -> None:
        """Insert the rows; set `written` when all is ready to be committed."""
        is_dry, order = self._call.dry_run, self._order
        session.limit(order.deadline.left)
        if not is_dry:
            self._announce(facts, transaction_id(session))
        values = Values(
            facts.id,
            facts.identifier,
            self._call.user.id,
            self._salt,
            has_media=bool(self._fetched),
        )
        rows = RowImport(session, plan, gathered, values, order.remarks)
        rows.insert(lines, self._fetched)
        placer.remove(rows.unplaced)
        written = Written(
            None if is_dry else facts.id,
            None if is_dry else facts.identifier,
            str(order.source.event.values["name"]),
            self._counts(plan, rows),
            placer.counts,
            None if is_dry else self._write_ids(rows),
        )
        order.keep(written)
        self._journal.note_answer(written.as_answer())
        self.written = written

    def _counts(self, plan: ImportPlan, rows: RowImport) -> dict[str, FileRows]:
        """Return the numbers of rows of each file of the archive."""
        written = {plan.tables[table].file: count for table, count in rows.written.items()}
        found = self._order.source.rows_found
        return {
            file: FileRows(
                read := max(found.get(file, 0), written.get(file, 0)),
                written.get(file, 0),
                read - written.get(file, 0),
            )
            for file in dict.fromkeys([*found, *written])
        }

    def _write_ids(self, rows: RowImport) -> Path:
        path = self._order.work / "ids.csv"
        with path.open("wb") as file:
            file.write(b"table,old,new\n")
            rows.write_ids(file)
        return path
