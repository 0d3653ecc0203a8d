"""Makes archives in the export bucket: small ones on the local disk, large ones in S3.

read ─▶ survey of what can be large ─▶ small: fetch ─▶ upload            on the disk
                    ▲                 └─▶ large: begin ─▶ resume ─▶ … ─▶ resume    in S3
                    └─── too many images
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openevent.adapters.storage import storage_faults
from openevent.archive.contents import ArchiveOrder, Contents
from openevent.archive.progress import Progress, Report
from openevent.archive.writer import Archive, Summary
from openevent.media.deadline import Deadline
from openevent.media.fetch import Fetcher, TooManyBytes
from openevent.media.places import Places
from openevent.media.requested import RequestedMedia
from openevent.media.source import MediaSource
from openevent.media.survey import Found, Stored, survey

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from openevent.archive.multipart.assembler import Assembler

# The share of the time left in which media may come, before what has not come is skipped. The rest
# is for the archive's end and for its upload, which is as many bytes and mostly faster.
MEDIA_SHARE = 2 / 3

# Bytes of a part, 16 MiB: an archive of 10 GiB, the most that fits on the disk, has 640 of the
# 10,000 allowed.
PART = 16 << 20

# Bytes up to which an archive is uploaded by one request instead of four and more, 64 MiB: one
# connection has 85 MB/s (S3 User Guide, "Performance guidelines"), as much as a function's network.
WHOLE = 4 * PART


@dataclass(frozen=True, slots=True)
class Begun:
    """An archive that S3 assembles: its upload has to be recorded before it is resumed."""

    upload_id: str


@dataclass(frozen=True, slots=True)
class ArchiveMaker:
    """Makes archives in `bucket`.

    An archive with more than `assemble_above` bytes of media in our bucket is assembled by S3.
    `concurrency`: media files that are fetched or asked for at a time. `assembler` makes the
    `Assembler`; called for large archives only. Methods raise `Unavailable` and what `report` and
    the contents raise.
    """

    s3: "S3Client"
    bucket: str
    source: MediaSource
    concurrency: int
    assembler: Callable[[], "Assembler"]
    assemble_above: int

    def begin(
        self, order: ArchiveOrder, contents: Contents, deadline: Deadline, report: Report
    ) -> Summary | Begun:
        """Make the archive if it is small; begin it if it is large.

        The bucket is asked for what can be large. Images are rarely too many: they are fetched
        without asking, and if they are, everything is asked for and the archive begins again.
        """
        try:
            return self._begin(order, contents, deadline, report, asks_for_images=False)
        except TooManyBytes:
            return self._begin(order, contents, deadline, report, asks_for_images=True)

    def _begin(
        self,
        order: ArchiveOrder,
        contents: Contents,
        deadline: Deadline,
        report: Report,
        *,
        asks_for_images: bool,
    ) -> Summary | Begun:
        with Archive(modified=order.modified) as archive:
            places = contents.read(archive)
            media_deadline = Deadline.after(MEDIA_SHARE * deadline.left)
            requested = contents.requested()
            asked = [one for one in requested if asks_for_images or not one.is_image]
            found = self._survey(places, asked, media_deadline)
            if sum(one.object.size for one in found if isinstance(one, Stored)) > (
                self.assemble_above
            ):
                if len(asked) < len(requested):
                    found = self._survey(places, requested, media_deadline)
                contents.complete()
                media = zip(requested, found, strict=True)
                return Begun(self.assembler().begin(order, archive, contents, places, media))
            fetcher = Fetcher(
                self.source,
                places,
                disk=archive,
                deadline=media_deadline,
                stored_bytes=None if asks_for_images else self.assemble_above,
            )
            addresses = [media.address for media in requested]
            with fetcher.fetching(addresses, concurrency=self.concurrency) as outcomes:
                contents.complete()
                contents.fill(outcomes)
            summary = contents.finish()
            report(Progress("upload", 0, 1, summary.size))
            self._upload(archive, order.key)
            return summary

    def _survey(
        self, places: Places, media: Sequence[RequestedMedia], deadline: Deadline
    ) -> list[Found]:
        addresses = [one.address for one in media]
        return list(
            survey(
                self.source.s3, places, addresses, concurrency=self.concurrency, deadline=deadline
            )
        )

    def resume(
        self, order: ArchiveOrder, contents: Contents, deadline: Deadline, report: Report
    ) -> Summary | None:
        """Continue an archive that was begun; return None if the `deadline` passed before its end.

        Raises `UploadGone` if the upload was aborted.
        """
        return self.assembler().resume(order, contents, deadline, report)

    def _upload(self, archive: Archive, key: str) -> None:
        if archive.path.stat().st_size > WHOLE:
            self._upload_in_parts(archive, key)
            return
        with storage_faults(), archive.path.open("rb") as content:
            self.s3.put_object(
                Bucket=self.bucket,
                Key=key,
                Body=content,
                ContentType="application/zip",
                ChecksumAlgorithm="CRC32",
            )

    def _upload_in_parts(self, archive: Archive, key: str) -> None:
        from boto3.s3.transfer import TransferConfig  # noqa: PLC0415 - large archives alone need it

        with storage_faults():
            self.s3.upload_file(
                str(archive.path),
                self.bucket,
                key,
                ExtraArgs={"ChecksumAlgorithm": "CRC32", "ContentType": "application/zip"},
                Config=TransferConfig(
                    multipart_threshold=WHOLE, multipart_chunksize=PART, max_concurrency=4
                ),
            )
