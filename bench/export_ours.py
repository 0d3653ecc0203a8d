"""Build an archive with the worker's code: `python -m bench.export_ours URL [MEDIA_HOST [part …]]`.

Measures from the first query to the finished archive, without AWS services.
"""

import sys
import time
from datetime import datetime

from bench.measure import report
from openevent.adapters import clients
from openevent.adapters.credentials import Credentials
from openevent.adapters.database import Database
from openevent.adapters.storage import MediaBucket
from openevent.archive.writer import Archive
from openevent.export.addresses import Addresses
from openevent.export.build import Build
from openevent.export.job import new_job
from openevent.export.options import Options
from openevent.media.deadline import Deadline
from openevent.media.fetch import Fetcher
from openevent.media.source import MediaLimits, MediaSource
from openevent.media.web import Web

CONCURRENCY = 32

# Options for files besides the data files.
PARTS = Options.model_fields.keys() & {"schedules", "pages", "tables"}

ADDRESSES = Addresses(server="https://example.org", frontend="https://example.org")


def main(database_url: str, media_host: str = "", *parts: str) -> None:
    """Build the archive of event 1 and report the time.

    It has images if there is a media host, and of `PARTS` those in `parts`.
    """
    job = new_job(
        task_id="bench",
        event_id=1,
        event_identifier="be4c0001",
        event_name="Benchmark",
        user_id=1,
        user_email="bench@example.org",
        options=Options.model_validate(
            {"image": bool(media_host), **{part: part in parts for part in PARTS}}
        ),
        archive_days=1,
    )
    database = Database(lambda: Credentials.from_url(database_url))
    web = Web(trusted_hosts=[media_host], connections=CONCURRENCY)
    bucket = MediaBucket("bench", [], [])
    # A warm worker has its S3 client already; here it counts towards the memory too.
    s3 = clients.s3()
    limits = MediaLimits(file_bytes=1 << 30, file_seconds=60, total_bytes=1 << 34)
    source = MediaSource(s3, web, limits, bucket, "https://example.org")
    with database.snapshot():
        pass
    started, processor = time.perf_counter(), time.process_time()
    with Archive(modified=datetime.fromisoformat(job.created_at)) as archive:
        build = Build(archive, job, addresses=ADDRESSES, report=lambda _: None)
        event = build.read(database)
        build.complete()
        fetcher = Fetcher(
            source,
            source.places_of(event),
            disk=archive,
            deadline=Deadline.after(600),
        )
        addresses = [media.address for media in build.requested()]
        build.fill(fetcher.fetch_all(addresses, concurrency=CONCURRENCY))
        result = build.finish(event)
    seconds, processor = time.perf_counter() - started, time.process_time() - processor
    if result.skipped_count:
        sys.exit(f"{result.skipped_count} media files skipped: {result.skipped[:3]}")
    report(seconds, processor)


if __name__ == "__main__":
    main(*sys.argv[1:])
