"""Calculate exports of 1 GB to 1 TB at 10 to 10,000 per hour: `python -m bench.simulate_scale`.

A calculation, not a measurement: arithmetic on published figures and on the worker's own plan of
parts, and a simulated queue. The assumptions come first, with their sources. The output is in
docs/scale.md, and a test compares the two.
"""

import heapq
import math
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from openevent.archive.multipart.file_plan import STREAMED_PARTS
from openevent.archive.multipart.planned_parts import COPIES, GLUES, READS
from openevent.archive.multipart.zip_plan import MAX_PARTS, Copy, Member, Slice, length, plan
from openevent.jobs.work import MARGIN

MB, GB, TB = 10**6, 10**9, 10**12
HOUR = 3600

# The media of an event, assumed: videos (size in bytes, share of all bytes), and images (size in
# bytes, maximum number).
VIDEO, VIDEO_SHARE = 1 * GB, 0.97
IMAGE, MAX_IMAGES = 200_000, 1_000

# Seconds until S3 answers a small request: 0.1 to 0.2 (S3 User Guide, "Performance design
# patterns"). Bytes per second of one connection: 85 to 90 MB/s (S3 User Guide, "Performance
# guidelines").
LATENCY = 0.15
CONNECTION = 85 * MB

# Bytes per second that S3 copies within one UploadPartCopy. Not published; assumed to equal the
# rate of a connection.
COPYING = CONNECTION

# Bytes per second of a function's network, both directions together. AWS publishes no figure; about
# 600 Mbit/s are commonly observed.
NETWORK = 75 * MB

# Requests per second that S3 guarantees for a prefix (S3 User Guide, "Performance guidelines"):
# PUT, COPY, POST and DELETE; GET and HEAD.
PUTS_PER_SECOND, GETS_PER_SECOND = 3_500, 5_500

# Seconds to read the rows of a large event (`make bench`, export_rows) including a cold start;
# seconds per part to complete an upload ("several minutes" for a large one, S3 API Reference).
READING, COMPLETING_PART = 3.0, 0.02

# An account's default limit of concurrent invocations, and the maximum seconds of one invocation
# (Lambda quotas).
ACCOUNT_CONCURRENCY, INVOCATION = 1_000, 900

# Defaults of the template: memory of the worker in MB, concurrent exports, days until an archive
# expires, and bytes of media up to which archives are built in /tmp.
WORKER_MB, WORKERS, ARCHIVE_DAYS, ASSEMBLE_ABOVE = 1_769, 5, 7, 1_000 * MB

# Concurrent requests of the survey (MediaConcurrency).
SURVEY = 32

# US dollars in us-east-1, from the price lists of Lambda (x86: per GB-second, per request), S3 (per
# PUT, COPY or POST; per GET; per GB-month of Standard), DynamoDB on demand (per write), SQS (per
# message) and SES (per mail). Downloads (0.09 per GB) are not included.
LAMBDA_GB_SECOND, LAMBDA_REQUEST = 0.0000166667, 0.0000002
S3_PUT, S3_GET, S3_GB_MONTH = 0.000005, 0.0000004, 0.023
DYNAMODB_WRITE, SQS_MESSAGE, SES_MAIL = 0.000000625, 0.0000004, 0.0001
MONTH_DAYS = 30

SIZES = (1 * GB, 10 * GB, 100 * GB, 1 * TB)
RATES = (10, 100, 1_000, 10_000)

# Hours of simulated arrivals. Only the second half counts.
PLAYED = 4


@dataclass(frozen=True, slots=True)
class Export:
    """Resources of one export: seconds, invocations, S3 requests, bytes and US dollars."""

    seconds: float
    invocations: int
    puts: int
    gets: int
    worker_bytes: int
    running_cost: float
    storage_cost: float


def media(size: int) -> list[Member]:
    """Return the media of an event with `size` bytes."""
    images = min(MAX_IMAGES, int(size * (1 - VIDEO_SHARE) / IMAGE))
    rest = size - images * IMAGE
    videos = max(1, round(rest / VIDEO))
    data = Member(0, 500_000)
    return [data, *[Member(90, rest // videos)] * videos, *[Member(90, IMAGE)] * images]


def export(size: int) -> Export:
    """Return the resources of an export of `size` bytes of media without competing exports."""
    members = media(size)
    # Videos are asked for their sizes; then, if they are too large for the disk, everything is, and
    # its first bytes are read.
    videos = sum(member.size > IMAGE for member in members[1:])
    asked = [videos] if size <= ASSEMBLE_ABOVE else [videos, len(members), len(members)]
    survey = sum(math.ceil(files / SURVEY) for files in asked) * LATENCY
    made = assembled(members) if size > ASSEMBLE_ABOVE else fetched(members)
    seconds = READING + survey + made.seconds
    invocations = math.ceil(seconds / (INVOCATION - MARGIN))
    gets = made.gets + sum(asked)
    if invocations > 1:
        # Each further invocation reads the notes of all finished parts.
        seconds += (invocations - 1) * made.puts / 2 / SURVEY * LATENCY
        gets += (invocations - 1) * made.puts // 4
    running = (
        seconds * WORKER_MB / 1024 * LAMBDA_GB_SECOND
        + invocations * (LAMBDA_REQUEST + 3 * SQS_MESSAGE)
        + made.puts * S3_PUT
        + gets * S3_GET
        + (seconds / 1.5 + 10) * DYNAMODB_WRITE
        + SES_MAIL
    )
    storage = size / GB * S3_GB_MONTH * ARCHIVE_DAYS / MONTH_DAYS
    return Export(seconds, invocations, made.puts, gets, made.worker_bytes, running, storage)


@dataclass(frozen=True, slots=True)
class Making:
    """Resources of making the archive after the survey."""

    seconds: float
    puts: int
    gets: int
    worker_bytes: int


def fetched(members: list[Member]) -> Making:
    """Return the resources of an archive in /tmp: all bytes pass through the worker twice."""
    size = sum(member.size for member in members)
    parts = math.ceil(size / (16 << 20))
    seconds = 2 * size / NETWORK + math.ceil(len(members) / SURVEY) * LATENCY
    return Making(seconds, parts + 2, len(members), 2 * size)


def assembled(members: list[Member]) -> Making:
    """Return the resources of an archive that S3 assembles: copies first, then the glue."""
    made = plan(members, max_parts=MAX_PARTS - STREAMED_PARTS)
    copies = [part.range for part in made.parts if isinstance(part, Copy)]
    glue = [part.slices for part in made.parts if not isinstance(part, Copy)]
    pieces: list[Slice] = [piece for slices in [*glue, made.rest] for piece in slices]
    passing = sum(length(members, piece) for piece in pieces)
    longest = max((copy.stop - copy.start for copy in copies), default=0)
    # A part's note is one more request behind it.
    copying = math.ceil(len(copies) / COPIES) * (2 * LATENCY + longest / COPYING)
    gluing = max(
        2 * passing / NETWORK,
        math.ceil(len(glue) / GLUES) * 3 * LATENCY,
        len(pieces) / READS * LATENCY,
    )
    parts = len(made.parts) + 1
    seconds = copying + gluing + 2 + parts * COMPLETING_PART
    return Making(seconds, 2 * parts + 8, len(pieces) + 5, 2 * passing)


def until_ready(work: Export, rate: int, workers: int) -> float | None:
    """Return the 95th percentile of the seconds from start to end; None if the queue only grows.

    Exports start at random times, `rate` per hour. Each invocation occupies a worker; an unfinished
    export queues again behind the others.
    """
    if rate / HOUR * work.seconds >= workers:
        return None
    random = Random(1)  # noqa: S311 - no secret
    queue = [(came, came, work.invocations) for came in _arrivals(random, rate)]
    free = [0.0] * workers
    share = work.seconds / work.invocations
    taken: list[float] = []
    while queue:
        ready, came, left = heapq.heappop(queue)
        end = max(ready, free[0]) + share
        heapq.heapreplace(free, end)
        if left > 1:
            heapq.heappush(queue, (end, came, left - 1))
        elif came > PLAYED * HOUR / 2:
            taken.append(end - came)
    return sorted(taken)[int(len(taken) * 0.95)]


def _arrivals(random: Random, rate: int) -> Iterator[float]:
    now = random.expovariate(rate / HOUR)
    while now < PLAYED * HOUR:
        yield now
        now += random.expovariate(rate / HOUR)


def limits(work: Export, rate: int) -> list[str]:
    """Return the resources that `rate` exports per hour exhaust, the scarcest first."""
    busy = rate / HOUR * work.seconds
    # A fifth above the average plus one: with fewer workers the queue is stable but long.
    workers = math.ceil(busy * 1.2) + 1
    needs = [
        (busy / WORKERS, f"WorkerConcurrency: {workers:,}"),
        (workers / ACCOUNT_CONCURRENCY, f"concurrent invocations of the account: {workers:,}"),
        (rate / HOUR * work.puts / PUTS_PER_SECOND, "S3 PUT and COPY requests of a prefix"),
        (rate / HOUR * work.gets / GETS_PER_SECOND, "S3 GET and HEAD requests of a prefix"),
    ]
    return [name for share, name in sorted(needs, reverse=True) if share >= 1]


def tables() -> str:
    """Return both tables in Markdown."""
    works = {size: export(size) for size in SIZES}
    columns = ["media", "built", "time", "invocations", "S3 requests", "through the worker"]
    lines = _head([*columns, "cost of running", f"cost of storing {ARCHIVE_DAYS} days"])
    for size, work in works.items():
        cells = [
            _bytes(size),
            "by S3" if size > ASSEMBLE_ABOVE else "on disk",
            _seconds(work.seconds),
            f"{work.invocations}",
            f"{work.puts + work.gets:,}",
            f"{_bytes(work.worker_bytes)} ({work.worker_bytes / size:.1%})",
            f"${work.running_cost:.4f}",
            f"${work.storage_cost:.3f}",
        ]
        lines.append(_row(cells))
    columns = ["media", "exports per hour", "busy workers", f"ready with {WORKERS} workers"]
    columns += ["S3 requests per second", "cost per hour", "bottlenecks, in order"]
    lines += ["", *_head(columns)]
    for size, work in works.items():
        for rate in RATES:
            ready = until_ready(work, rate, WORKERS)
            cells = [
                _bytes(size),
                f"{rate:,}",
                f"{rate / HOUR * work.seconds:,.1f}",
                "never" if ready is None else _seconds(ready),
                f"{rate / HOUR * (work.puts + work.gets):,.1f}",
                f"${rate * work.running_cost:,.2f}",
                "; ".join(limits(work, rate)) or "nothing",
            ]
            lines.append(_row(cells))
    return "\n".join(lines) + "\n"


def _head(columns: list[str]) -> list[str]:
    return [_row(columns), _row(["---"] * len(columns))]


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _bytes(size: float) -> str:
    for unit, name in ((TB, "TB"), (GB, "GB"), (MB, "MB")):
        if size >= unit:
            return f"{size / unit:.3g} {name}"
    return f"{size / 1000:.3g} kB"


def _seconds(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 10 * 60 else f"{seconds / 60:.0f} min"


def main() -> None:
    """Print the tables."""
    print(tables(), end="")


if __name__ == "__main__":
    main()
