"""Schedules in S3, by event and fingerprint: each is made once, whatever function asks for it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger

from openevent.adapters.storage import Changed, Missing, open_object, storage_faults
from openevent.errors import Unavailable
from openevent.feed.files import Schedule, packed, unpacked

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

logger = Logger(child=True)

PREFIX = "schedules/"


@dataclass(frozen=True, slots=True)
class ScheduleStore:
    """Keeps schedules in `bucket`, whose lifecycle removes them after some days."""

    s3: "S3Client"
    bucket: str

    def find(self, event_id: int, fingerprint: str) -> Schedule | None:
        """Return the schedule that was kept; None if there is none. Raises `Unavailable`."""
        try:
            with open_object(self.s3, self.bucket, _key(event_id, fingerprint)) as body:
                return unpacked(b"".join(body.chunks))
        except (Missing, ValueError):
            return None

    def keep(self, event_id: int, fingerprint: str, schedule: Schedule) -> Schedule:
        """Keep the schedule, unless there is one already; return the one that is kept.

        If S3 does not answer, the schedule is returned as well: another call will keep it.
        """
        try:
            with storage_faults():
                self.s3.put_object(
                    Bucket=self.bucket,
                    Key=_key(event_id, fingerprint),
                    Body=packed(schedule),
                    ContentType="application/gzip",
                    IfNoneMatch="*",
                )
        except Changed:
            return self.find(event_id, fingerprint) or schedule
        except Unavailable:
            logger.warning("A schedule could not be kept", exc_info=True)
        return schedule


def _key(event_id: int, fingerprint: str) -> str:
    return f"{PREFIX}{event_id}/{fingerprint}"
