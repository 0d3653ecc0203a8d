"""Files of an event's programme alone, each made by a job as an archive is."""

import hashlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openevent.adapters.database import Database
from openevent.adapters.storage import storage_faults
from openevent.archive.writer import Summary
from openevent.export.addresses import Addresses
from openevent.export.build import Result
from openevent.export.findings import Findings
from openevent.export.job import Job
from openevent.export.keys import archive_key
from openevent.export.schedules import read_schedule
from openevent.programme.format import Format
from openevent.programme.formats import FORMATS
from openevent.rights.events import find_event

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True, slots=True)
class ScheduleFiles:
    """Makes the files in `bucket`."""

    s3: "S3Client"
    bucket: str
    database: Database
    addresses: Addresses

    def make(self, job: Job, schedule: Format) -> Result:
        """Store the programme of the job's event, as anyone may see it.

        Raise `NotFound` if the event is gone, `Unavailable` if the database or S3 is away.
        """
        written = FORMATS[schedule]
        findings = Findings(io.BytesIO())
        with self.database.snapshot() as session:
            event = find_event(session, job.event_id)
            programme = read_schedule(session, event, job.options.privacy, self.addresses, findings)
        body = written.write(programme).encode()
        with storage_faults():
            self.s3.put_object(
                Bucket=self.bucket,
                Key=archive_key(job),
                Body=body,
                ContentType=written.content_type,
                ChecksumAlgorithm="CRC32",
            )
        summary = Summary(len(body), hashlib.sha256(body).hexdigest(), 1)
        return Result(summary, 0, (), findings.repairs, findings.warnings)
