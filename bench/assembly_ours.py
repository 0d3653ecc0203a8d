"""Export event 1 with the worker's code: `python -m bench.assembly_ours DATABASE_URL HOW`.

`HOW` is `assembled` (by S3) or `fetched` (through the worker's disk). The job runs from its claim
to its end with the S3 that the environment names. DynamoDB, the queue and mail are fakes that do
nothing.
"""

import json
import socket
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from threading import Event as Flag
from threading import Lock, Thread
from typing import Any

from bench.measure import peak_mb
from openevent.adapters import clients
from openevent.adapters.counters import RateLimit
from openevent.adapters.credentials import Credentials
from openevent.adapters.database import Database
from openevent.adapters.storage import MediaBucket
from openevent.archive.maker import ArchiveMaker
from openevent.archive.multipart.assembler import Assembler
from openevent.archive.progress import Progress
from openevent.export.addresses import Addresses
from openevent.export.give_up import ENDINGS
from openevent.export.job import ArchiveRecord, Job, UploadRecord, new_job
from openevent.export.leftovers import Leftovers
from openevent.export.options import Options
from openevent.export.run import ExportRun
from openevent.jobs.give_up import GiveUp
from openevent.jobs.record import State
from openevent.media.source import MediaLimits, MediaSource
from openevent.media.web import Web

EXPORTS, MEDIA = "bench-exports", "bench-media"
BASE_URL = "https://media.example.org"
ADDRESSES = Addresses(server="https://example.org", frontend="https://example.org")
CONCURRENCY = 32
MEGABYTE = 1_000_000

# Bytes of media up to which an archive is made on the disk.
ABOVE = {"assembled": 0, "fetched": 1 << 60}


class Counted:
    """Counter of the bytes that this process's sockets receive and send."""

    def __init__(self) -> None:
        """Start counting; it does not stop."""
        self.received = 0
        self.sent = 0
        self._lock = Lock()
        for name in ("recv", "recv_into", "send", "sendall"):
            setattr(socket.socket, name, self._counting(name, getattr(socket.socket, name)))

    def _counting(self, name: str, method: Any) -> Any:  # noqa: ANN401 - any buffer or size
        def counting(of: socket.socket, data: Any, *more: Any) -> Any:  # noqa: ANN401
            answer = method(of, data, *more)
            if of.family == socket.AF_INET:
                self._add(name, data, answer)
            return answer

        return counting

    def _add(self, name: str, data: Any, answer: Any) -> None:  # noqa: ANN401
        with self._lock:
            match name:
                case "recv":
                    self.received += len(answer)
                case "recv_into":
                    self.received += answer
                case "send":
                    self.sent += answer
                case "sendall":
                    self.sent += memoryview(data).nbytes


class Disk:
    """Monitor of the peak size of the temporary files."""

    def __init__(self) -> None:
        """Start monitoring."""
        self.peak = 0
        self._directory = Path(tempfile.gettempdir())
        self._stop = Flag()
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop monitoring."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(0.1):
            size = 0
            for path in self._directory.rglob("*"):
                with suppress(OSError):
                    size += path.stat().st_size
            self.peak = max(self.peak, size)


class OneJob:
    """Fake job store with one job in memory."""

    def __init__(self, job: Job) -> None:
        """Store a waiting job."""
        self.job = job

    def claim(self, task_id: str, owner: str, *, seconds: int) -> Job:
        """Return the job."""
        del task_id, owner, seconds
        return self.job

    def advance(self, job: Job, owner: str, progress: Progress) -> None:
        """Ignore the progress."""

    def begin_upload(self, job: Job, owner: str, upload: UploadRecord) -> Job:
        """Return the job with its upload."""
        del owner
        return job.model_copy(update={"upload": upload})

    def succeed(self, job: Job, owner: str, archive: ArchiveRecord) -> Job:
        """Finish the job with its archive."""
        del owner
        self.job = job.model_copy(update={"state": State.SUCCESS, "archive": archive})
        return self.job

    def release(self, task_id: str, owner: str) -> None:
        """Ignore the release."""


class Silent:
    """Fake notifier, queue and counters."""

    def notify(self, job: Job, owner: str) -> None:
        """Ignore the end of the job."""

    def send(self, task_id: str, *, group: str) -> None:
        """End the benchmark."""
        del task_id, group
        sys.exit("The export did not finish in one invocation")

    def add(self, limit: RateLimit, key: object, amount: int) -> None:
        """Ignore the count."""


def source() -> MediaSource:
    """Return the source of the media."""
    return MediaSource(
        clients.s3(),
        Web(),
        MediaLimits(file_bytes=1 << 40, file_seconds=600, total_bytes=1 << 40),
        MediaBucket(MEDIA, [BASE_URL], ["events/{event_id}/"]),
        "https://example.org",
    )


def main(database_url: str, how: str) -> None:
    """Run the export and print the figures as JSON."""
    counted = Counted()
    disk = Disk()
    job = new_job(
        task_id="bench",
        event_id=1,
        event_identifier="be4c0001",
        event_name="Benchmark",
        user_id=1,
        user_email="bench@example.org",
        options=Options(video=True),
        archive_days=1,
    )
    jobs = OneJob(job)
    leftovers = Leftovers(clients.s3(), EXPORTS)
    run = ExportRun(
        database=Database(lambda: Credentials.from_url(database_url)),
        jobs=jobs,  # type: ignore[arg-type]
        archive_days=1,
        addresses=ADDRESSES,
        places=source().places_of,
        maker=ArchiveMaker(
            s3=clients.s3(),
            bucket=EXPORTS,
            source=source(),
            concurrency=CONCURRENCY,
            assembler=lambda: Assembler(clients.s3_for_copies(), EXPORTS, source()),
            assemble_above=ABOVE[how],
        ),
        queue=Silent(),  # type: ignore[arg-type]
        give_up=GiveUp(jobs, leftovers, Silent(), ENDINGS),  # type: ignore[arg-type]
        leftovers=leftovers,
        counters=Silent(),  # type: ignore[arg-type]
        schedules=Silent(),  # type: ignore[arg-type]
        tables=Silent(),  # type: ignore[arg-type]
    )
    started = time.perf_counter()
    run.run(job.id, "bench", 3600)
    seconds = time.perf_counter() - started
    disk.stop()
    archive = jobs.job.archive
    if archive is None or archive.skipped_count:
        sys.exit(f"The export is incomplete: {archive}")
    figures = {
        "key": archive.key,
        "size": archive.size,
        "seconds": seconds,
        "peak_mb": peak_mb(),
        "disk_mb": disk.peak / MEGABYTE,
        "received": counted.received,
        "sent": counted.sent,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main(*sys.argv[1:])
