"""An archive that S3 puts together: too large for a function's disk, or for its time.

    files of our bucket                            media from elsewhere, data files, directory
    ───────────────────────────────────────────    ────────────────────────────────────────────
    planned_parts: S3 copies, many parts at        archive_end: a stream of parts, in order, until
    once; the glue between them is uploaded        the archive ends

Both can stop behind any part and go on in another invocation: when time is nearly up, or after a
worker died. What they need for that is in the job's workspace.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger

from openevent.adapters.storage import Denied, ObjectFault, Upload, UploadGone, unavailable
from openevent.archive.multipart.archive_end import HELD, ArchiveEnd
from openevent.archive.multipart.ledger import Ledger
from openevent.archive.multipart.part_stream import AT_ONCE
from openevent.archive.multipart.planned_parts import FileFault, PlannedParts
from openevent.archive.multipart.state import (
    AssemblyState,
    EventRecord,
    Outcome,
    PlannedFile,
    PlannedMedium,
)
from openevent.archive.multipart.workspace import DATA, PLAN, ROWS, Workspace
from openevent.archive.progress import Progress, Report
from openevent.archive.writer import Archive
from openevent.errors import Unavailable
from openevent.export.addresses import Addresses
from openevent.export.build import Build, Result
from openevent.export.job import Job, UploadRecord
from openevent.export.keys import archive_key
from openevent.media.deadline import Deadline
from openevent.media.fetch import Fetcher
from openevent.media.places import Places
from openevent.media.requested import Placed, RequestedMedia
from openevent.media.skipped import Reason, Skip, Skipped
from openevent.media.survey import Elsewhere, Found, Stored, find, find_extension
from openevent.rights.events import Event

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

logger = Logger(child=True)

# Objects whose first bytes are looked at, at a time.
KINDS = 32

# Seconds from the beginning in which media from elsewhere may come, in all invocations together.
# Servers that send almost nothing would else keep a worker for as long as there are invocations.
MEDIA_SECONDS = 3600.0

# How often an object is looked at again that changes under our hands.
LOOKS = 5


@dataclass(frozen=True, slots=True)
class Assembler:
    """Puts archives together in `bucket`, of media in `places`.

    `fetcher` makes what fetches an event's media into files beside an archive, of so many bytes at
    most. Methods raise `Unavailable`, and `UploadGone` once somebody else ended the upload.
    """

    s3: "S3Client"
    bucket: str
    places: Callable[[Event], Places]
    addresses: Addresses
    fetcher: Callable[[Event, Archive, Deadline, int], Fetcher]
    file_seconds: float

    def begin(
        self,
        job: Job,
        event: Event,
        archive: Archive,
        build: Build,
        media: Iterable[tuple[RequestedMedia, Found]],
    ) -> UploadRecord:
        """Begin to assemble an archive of what was read, and of the media that was found.

        The upload that is returned has to be recorded in the job, for `run` to go on.
        """
        workspace = Workspace.of(self.s3, self.bucket, job)
        with archive.spool() as saved:
            archive.save(saved)
            build.save(saved)
            workspace.keep(ROWS, saved)
        data = workspace.keep(DATA, archive.written())
        files = [PlannedFile.of("", data)]
        planned: list[PlannedMedium] = []
        with ThreadPoolExecutor(KINDS, "kind") as pool:
            for medium, file in pool.map(self._planned, media):
                if isinstance(file, Skip):
                    update = {"reason": file.reason, "detail": file.detail}
                    planned.append(medium.model_copy(update=update))
                elif file is None:
                    planned.append(medium)
                else:
                    planned.append(medium.model_copy(update={"file": len(files)}))
                    files.append(file)
        key = archive_key(job)
        upload = Upload.begin(self.s3, self.bucket, key, ContentType="application/zip")
        state = AssemblyState(
            key=key,
            upload_id=upload.id,
            event=EventRecord.of(event),
            files=tuple(files),
            media=tuple(planned),
            media_until=time.time() + MEDIA_SECONDS,
        )
        workspace.write(PLAN, state.model_dump(mode="json"))
        return UploadRecord(key=key, id=upload.id)

    def run(self, job: Job, deadline: Deadline, report: Report) -> Result | None:
        """Go on with the archive; None when time was up before it was done.

        Raises `Unavailable` also when there was no time for a single part.
        """
        workspace = Workspace.of(self.s3, self.bucket, job)
        document = workspace.read(PLAN)
        if document is None:
            raise UploadGone
        state = AssemblyState.model_validate(document)
        upload = Upload(self.s3, self.bucket, state.key, state.upload_id)
        shift = _Shift(job, workspace, upload, Ledger(upload, workspace), deadline, report)
        looks: Counter[int] = Counter()
        while True:
            parts = PlannedParts(
                state.files,
                s3=self.s3,
                upload=upload,
                ledger=shift.ledger,
                modified=shift.modified,
                deadline=deadline,
                report=report,
            )
            faults = parts.make()
            if faults is None:
                break
            if not faults:
                try:
                    result = self._end(shift, state, parts)
                except FileFault as fault:
                    faults = {fault.file: fault.fault}
                else:
                    if result is None:
                        break
                    workspace.remove(last_part=shift.ledger.last)
                    return result
            looks.update(faults.keys())
            state = self._seen_again(state, faults, looks)
            workspace.write(PLAN, state.model_dump(mode="json"))
        if not shift.ledger.made:
            raise Unavailable("no-time", "There was no time for any part of the archive.")
        return None

    def _planned(
        self, medium: tuple[RequestedMedia, Found]
    ) -> tuple[PlannedMedium, PlannedFile | Skip | None]:
        """The medium, and the file that it is, unless it lies elsewhere or is left out."""
        requested, found = medium
        planned = PlannedMedium.of(requested)
        return planned, None if isinstance(found, Elsewhere) else self._file(planned, found)

    def _file(self, medium: PlannedMedium, found: Found) -> PlannedFile | Skip:
        if not isinstance(found, Stored):
            return found if isinstance(found, Skip) else Skip(Reason.NOT_FOUND)
        try:
            ending = find_extension(self.s3, found)
            return PlannedFile.of(medium.path(ending), found.object)
        except Skipped as skipped:
            return skipped.skip

    def _end(self, shift: "_Shift", state: AssemblyState, parts: PlannedParts) -> Result | None:
        """What follows the planned parts; None when time was up before it was done."""
        with ThreadPoolExecutor(AT_ONCE, "end") as executor:
            end = ArchiveEnd(
                upload=shift.upload,
                ledger=shift.ledger,
                executor=executor,
                first=len(parts.plan.parts) + 1,
                offset=parts.plan.rest_offset,
                made_of=f"behind {parts.fingerprint()}",
            )
            if not end.is_begun:
                end.write(*parts.rest())
            with Archive(modified=shift.modified, sink=end.stream) as archive:
                build = self._restored(shift, archive)
                parts.list_in(archive, end.outcomes)
                event = state.event.event()
                seconds = min(shift.deadline.left, state.media_until - time.time())
                fetcher = self.fetcher(event, archive, Deadline.after(seconds), HELD)
                if not end.fetch(
                    state.media, fetcher, archive, shift.deadline, seconds=self.file_seconds
                ):
                    return None
                build.fill(_fillings(state, end.outcomes))
                result = build.finish(event)
                end.stream.close()
        size = result.summary.size
        shift.report(Progress("upload", 0, 1, size))
        shift.upload.complete(shift.ledger.uploaded(last=end.stream.number - 1), size)
        return result

    def _restored(self, shift: "_Shift", archive: Archive) -> Build:
        """What writes the data files, where the first invocation left off."""
        build = Build(archive, shift.job, addresses=self.addresses, report=shift.report)
        with archive.spool() as saved:
            shift.workspace.fetch(ROWS, saved)
            archive.restore(saved)
            build.restore(saved)
        return build

    def _seen_again(
        self, state: AssemblyState, faults: Mapping[int, ObjectFault], looks: Mapping[int, int]
    ) -> AssemblyState:
        """The state with those files as they are now, or gone."""
        files = list(state.files)
        media = {medium.file: medium for medium in state.media}
        places = self.places(state.event.event())
        for i, fault in faults.items():
            if i not in media:
                # Our own beginning of the archive: there is none without it.
                raise unavailable() from fault
            if looks[i] > LOOKS:
                denied = isinstance(fault, Denied)
                gone = Reason.ACCESS_DENIED if denied else Reason.CHANGING
                files[i] = files[i].model_copy(update={"gone": gone})
            else:
                files[i] = self._file_again(files[i], media[i], places)
            logger.info(
                "An object is not as it was seen",
                extra={"key": files[i].key, "gone": files[i].gone},
            )
        return state.model_copy(update={"files": tuple(files)})

    def _file_again(self, file: PlannedFile, medium: PlannedMedium, places: Places) -> PlannedFile:
        """Return the file as it is now, or as gone."""
        found: Found
        try:
            found = find(self.s3, places, medium.address)
        except Skipped as skipped:
            found = skipped.skip
        now = self._file(medium, found)
        return file.model_copy(update={"gone": now.reason}) if isinstance(now, Skip) else now


@dataclass(frozen=True, slots=True)
class _Shift:
    """What one invocation works on an archive with."""

    job: Job
    workspace: Workspace
    upload: Upload
    ledger: Ledger
    deadline: Deadline
    report: Report

    @property
    def modified(self) -> datetime:
        """The time that all files in the archive bear."""
        return datetime.fromisoformat(self.job.created_at)


def _fillings(state: AssemblyState, outcomes: Iterable[Outcome]) -> Iterator[Placed | Skip]:
    """For each medium where it lies in the archive, or why it does not."""
    fetched = {outcome.medium: outcome for outcome in outcomes}
    for i, medium in enumerate(state.media):
        if medium.reason is not None:
            yield Skip(medium.reason, medium.detail)
        elif medium.file is not None:
            file = state.files[medium.file]
            yield Placed(file.path) if file.gone is None else Skip(file.gone)
        else:
            outcome = fetched[i]
            if outcome.reason is None:
                yield Placed(outcome.path)
            else:
                yield Skip(outcome.reason, outcome.detail)
