"""Assembles an archive in S3 that is too large for a function's disk, or for its time.

    files of our bucket                            media from elsewhere, data files, directory
    ───────────────────────────────────────────    ────────────────────────────────────────────
    planned_parts: S3 copies, many parts at        archive_end: a stream of parts, in order, until
    once; the glue between them is uploaded        the archive ends

Both can stop behind any part, when time is nearly up or when a worker dies, and another invocation
resumes them. What it needs for that is in the workspace.
"""

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger

from openevent.adapters.storage import Denied, ObjectFault, Upload, UploadGone, unavailable
from openevent.archive.contents import ArchiveOrder, Contents
from openevent.archive.multipart.archive_end import HELD, ArchiveEnd
from openevent.archive.multipart.ledger import Ledger
from openevent.archive.multipart.part_stream import AT_ONCE
from openevent.archive.multipart.planned_parts import FileFault, PlannedParts
from openevent.archive.multipart.state import (
    AssemblyState,
    FileOutcome,
    PlannedFile,
    PlannedMedia,
)
from openevent.archive.multipart.workspace import DATA, PLAN, ROWS, Workspace
from openevent.archive.progress import Progress, Report
from openevent.archive.writer import Archive, Summary
from openevent.errors import Unavailable
from openevent.media.deadline import Deadline
from openevent.media.fetch import Fetcher
from openevent.media.places import Places
from openevent.media.requested import Placed, RequestedMedia
from openevent.media.retries import retry
from openevent.media.skipped import Reason, Skip, Skipped
from openevent.media.source import MediaSource
from openevent.media.survey import Elsewhere, Found, Stored, find, find_extension

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

logger = Logger(child=True)

# Objects whose first bytes are read, at a time.
KINDS = 32

# Seconds from the beginning in which media from elsewhere may come, in all invocations together.
# Servers that send almost nothing would else keep a worker for as long as there are invocations.
MEDIA_SECONDS = 3600.0

# Times that an object which changes meanwhile is planned again.
LOOKS = 5


@dataclass(frozen=True, slots=True)
class Assembler:
    """Assembles archives in `bucket`, of media of `source`.

    `s3`: a client that waits for copies. Methods raise `Unavailable`, and `UploadGone` after
    another process ended the upload.
    """

    s3: "S3Client"
    bucket: str
    source: MediaSource

    def begin(
        self,
        order: ArchiveOrder,
        archive: Archive,
        contents: Contents,
        places: Places,
        media: Iterable[tuple[RequestedMedia, Found]],
    ) -> str:
        """Begin to assemble what was read and the media that was found; return the upload's id."""
        workspace = Workspace(self.s3, self.bucket, order.workspace)
        with archive.spool() as saved:
            archive.save(saved)
            contents.save(saved)
            workspace.keep(ROWS, saved)
        data = workspace.keep(DATA, archive.written())
        files = [PlannedFile.of("", data)]
        planned: list[PlannedMedia] = []
        with ThreadPoolExecutor(KINDS, "kind") as pool:
            for media_file, file in pool.map(partial(self._planned, places), media):
                if isinstance(file, Skip):
                    update = {"reason": file.reason, "detail": file.detail}
                    planned.append(media_file.model_copy(update=update))
                elif file is None:
                    planned.append(media_file)
                else:
                    planned.append(media_file.model_copy(update={"file": len(files)}))
                    files.append(file)
        upload = Upload.begin(self.s3, self.bucket, order.key, ContentType="application/zip")
        state = AssemblyState(
            key=order.key,
            upload_id=upload.id,
            prefixes=tuple(places.prefixes),
            files=tuple(files),
            media=tuple(planned),
            media_until=time.time() + MEDIA_SECONDS,
        )
        workspace.write(PLAN, state.model_dump(mode="json"))
        return upload.id

    def resume(
        self, order: ArchiveOrder, contents: Contents, deadline: Deadline, report: Report
    ) -> Summary | None:
        """Continue the archive; return None if the `deadline` passed before its end.

        Raises `Unavailable` also if there was no time for a single part.
        """
        workspace = Workspace(self.s3, self.bucket, order.workspace)
        document = workspace.read(PLAN)
        if document is None:
            raise UploadGone
        state = AssemblyState.read(document)
        if state is None:
            logger.info("The plan is another release's, so the archive is made again")
            raise UploadGone
        upload = Upload(self.s3, self.bucket, state.key, state.upload_id)
        ledger = Ledger(upload, workspace)
        shift = _Shift(order, contents, workspace, upload, ledger, deadline, report)
        looks: Counter[int] = Counter()
        while True:
            parts = PlannedParts(
                state.files,
                s3=self.s3,
                upload=upload,
                ledger=shift.ledger,
                modified=order.modified,
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
        self, places: Places, media_file: tuple[RequestedMedia, Found]
    ) -> tuple[PlannedMedia, PlannedFile | Skip | None]:
        """Return the media file, and its planned file, if it is in our bucket and not skipped."""
        requested, found = media_file
        planned = PlannedMedia.of(requested)
        if isinstance(found, Elsewhere):
            return planned, None
        return planned, found if isinstance(found, Skip) else self._file(planned, places, found)

    def _file(
        self, media_file: PlannedMedia, places: Places, found: Stored | None = None
    ) -> PlannedFile | Skip:
        """Return the current version of the file, which is `found` unless it has changed since."""
        looks: list[Found] = [] if found is None else [found]

        def look() -> PlannedFile:
            now = looks.pop() if looks else find(self.s3, places, media_file.address)
            if not isinstance(now, Stored):
                raise Skipped(Reason.NOT_FOUND)
            ending = find_extension(self.s3, now)
            return PlannedFile.of(media_file.path(ending), now.object)

        try:
            return retry(look, Deadline.after(self.source.limits.file_seconds))
        except Skipped as skipped:
            return skipped.skip

    def _end(self, shift: "_Shift", state: AssemblyState, parts: PlannedParts) -> Summary | None:
        """Make what follows the planned parts; return None if the deadline passed before."""
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
            with Archive(modified=shift.order.modified, sink=end.stream) as archive:
                shift.restore(archive)
                parts.list_in(archive, end.outcomes)
                seconds = min(shift.deadline.left, state.media_until - time.time())
                fetcher = Fetcher(
                    self.source,
                    self.source.places(state.prefixes),
                    disk=archive,
                    deadline=Deadline.after(seconds),
                    hold=HELD,
                )
                file_seconds = self.source.limits.file_seconds
                if not end.fetch(
                    state.media, fetcher, archive, shift.deadline, seconds=file_seconds
                ):
                    return None
                shift.contents.fill(_fillings(state, end.outcomes))
                summary = shift.contents.finish()
                end.stream.close()
        shift.report(Progress("upload", 0, 1, summary.size))
        shift.upload.complete(shift.ledger.uploaded(last=end.stream.number - 1), summary.size)
        return summary

    def _seen_again(
        self, state: AssemblyState, faults: Mapping[int, ObjectFault], looks: Mapping[int, int]
    ) -> AssemblyState:
        """Return the state with the current versions of those files, or without them."""
        files = list(state.files)
        media = {media_file.file: media_file for media_file in state.media}
        places = self.source.places(state.prefixes)
        for i, fault in faults.items():
            if i not in media:
                # The beginning of the archive, which is in the workspace.
                raise unavailable() from fault
            if looks[i] > LOOKS:
                denied = isinstance(fault, Denied)
                gone = Reason.ACCESS_DENIED if denied else Reason.CHANGING
                files[i] = files[i].model_copy(update={"gone": gone})
            else:
                files[i] = self._file_again(files[i], media[i], places)
            logger.info(
                "An object is missing, changed or denied",
                extra={"key": files[i].key, "gone": files[i].gone},
            )
        return state.model_copy(update={"files": tuple(files)})

    def _file_again(
        self, file: PlannedFile, media_file: PlannedMedia, places: Places
    ) -> PlannedFile:
        """Return the current version of the file, or the file as gone."""
        now = self._file(media_file, places)
        return file.model_copy(update={"gone": now.reason}) if isinstance(now, Skip) else now


@dataclass(frozen=True, slots=True)
class _Shift:
    """One invocation's work on an archive."""

    order: ArchiveOrder
    contents: Contents
    workspace: Workspace
    upload: Upload
    ledger: Ledger
    deadline: Deadline
    report: Report

    def restore(self, archive: Archive) -> None:
        """Restore archive and contents as the first invocation left them."""
        with archive.spool() as saved:
            self.workspace.fetch(ROWS, saved)
            archive.restore(saved)
            self.contents.restore(archive, saved)


def _fillings(state: AssemblyState, outcomes: Iterable[FileOutcome]) -> Iterator[Placed | Skip]:
    """Yield for each media file its path in the archive, or why it has none."""
    fetched = {outcome.media_file: outcome for outcome in outcomes}
    for i, media_file in enumerate(state.media):
        if media_file.reason is not None:
            yield Skip(media_file.reason, media_file.detail)
        elif media_file.file is not None:
            file = state.files[media_file.file]
            yield Placed(file.path) if file.gone is None else Skip(file.gone)
        else:
            outcome = fetched[i]
            if outcome.reason is None:
                yield Placed(outcome.path)
            else:
                yield Skip(outcome.reason, outcome.detail)
