"""Hostile media servers, about 400 of them, asked for the photos of one event's speakers.

`python -m torture.servers` exports the event twice, each time in a process of its own: once from
honest servers, once from hostile ones. The export must succeed, its archive must be valid and hold
each honest photo, every other photo must be skipped with a reason, a canary inside must not be
asked, and the peak of the worker's memory must stay within a few megabytes a connection.
"""

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from local import schema
from tests.database import engine, new_database, running_server
from tests.factories import make_event, make_speaker, make_user
from tests.functions import running_cloud
from torture.behaviours import Behaviour, honest, hostile, serve, stop

CONNECTIONS = 8

# Bytes by which hostile servers may move the worker's peak, for each connection.
ROOM = 3 << 20

LIMITS = {
    "MEDIA_MAX_FILE_SECONDS": "3",
    "MEDIA_MAX_FILE_MEGABYTES": "1",
    "MEDIA_CONCURRENCY": str(CONNECTIONS),
    "EXPORT_STARTS_PER_HOUR": "100",
    "POWERTOOLS_LOG_LEVEL": "CRITICAL",
}


@dataclass(frozen=True)
class Result:
    """An export: its state, the reason for each skipped speaker, and the peak memory in bytes."""

    state: str
    stored: list[int]
    skipped: dict[int, str]
    peak: int


def export(addresses: Sequence[str], trusted: Sequence[str]) -> Result:
    """Export an event whose speakers have their photos at `addresses`, in this process.

    Speaker 1 has the first address, and so on. `trusted`: hosts that need not be public.
    """
    with (
        running_server(schema.create) as server,
        new_database(server) as url,
        pytest.MonkeyPatch.context() as patch,
    ):
        for name, value in {**LIMITS, "MEDIA_TRUSTED_HOSTS": ",".join(trusted)}.items():
            patch.setenv(name, value)
        with engine(url).connect() as connection:
            owner = make_user(connection)
            event = make_event(connection, owner)
            for number, address in enumerate(addresses, 1):
                make_speaker(connection, event, id=number, name="A", photo_url=address)
            connection.commit()
        with running_cloud(url, patch) as cloud:
            task_id = cloud.start(owner, event["id"], image=True)
            cloud.work(task_id)
            job = cloud.job(task_id)
            archive = cloud.archive(task_id)
            manifest = json.loads(archive.read("manifest.json"))
            stored = [
                int(name.rpartition("_")[2].partition(".")[0])
                for name in archive.namelist()
                if name.startswith("images/speakers/")
            ]
    skipped = {entry["id"]: entry["reason"] for entry in manifest["skipped"]}
    return Result(job.state, stored, skipped, _peak())


def _peak() -> int:
    """Return this process's peak of resident memory, in bytes.

    Not `ru_maxrss`, which begins with what the parent had when it started this process.
    """
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    (peak,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(peak) * 1024


def in_a_process(addresses: Sequence[str], trusted: Sequence[str]) -> Result:
    """Run `export` in a process of its own, so that its peak is that of nothing else."""
    done = subprocess.run(
        [sys.executable, "-m", "torture.servers", "export"],
        input=json.dumps([addresses, trusted]),
        capture_output=True,
        check=True,
        text=True,
        env=dict(os.environ),
    )
    fields = json.loads(done.stdout.splitlines()[-1])
    return Result(**{**fields, "skipped": {int(k): v for k, v in fields["skipped"].items()}})


@contextmanager
def running(behaviours: Sequence[Behaviour]) -> Iterator[tuple[list[str], list[int]]]:
    """Serve each behaviour on a port of its own; the hosts, and the canary's calls so far."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    canary: list[int] = []
    try:
        yield asyncio.run_coroutine_threadsafe(serve(behaviours, canary), loop).result(), canary
    finally:
        asyncio.run_coroutine_threadsafe(stop(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def main(most: int | None = None) -> int:
    """Run both exports, print what came of them; return 1 if anything was lost."""
    behaviours = hostile()[:most]
    with running(behaviours) as (hosts, canary):
        found = in_a_process([f"http://{host}/photo.png" for host in hosts], hosts)
        asked_inside = len(canary)
    with running([honest()] * len(behaviours)) as (hosts, _):
        calm = in_a_process([f"http://{host}/photo.png" for host in hosts], hosts)
    lost = _lost(behaviours, found, calm, asked_inside)
    outcomes: dict[str, Counter[str]] = {}
    for number, behaviour in enumerate(behaviours, 1):
        outcome = found.skipped.get(number, "stored")
        outcomes.setdefault(behaviour.kind, Counter())[outcome] += 1
    for kind, counts in outcomes.items():
        said = ", ".join(f"{outcome} {count}" for outcome, count in counts.most_common())
        print(f"{kind:12} {counts.total():4}  {said}")
    moved = (found.peak - calm.peak) / 1e6
    print(f"peak: {found.peak / 1e6:.0f} MB, {moved:+.0f} MB beside honest servers")
    print(f"servers: {len(behaviours)}, lost: {len(lost)}")
    for line in lost[:20]:
        print(f"  {line}")
    return 1 if lost else 0


def _lost(
    behaviours: Sequence[Behaviour], found: Result, calm: Result, asked_inside: int
) -> list[str]:
    lost = []
    if found.state != "SUCCESS":
        lost.append(f"the export ended as {found.state}")
    for number, behaviour in enumerate(behaviours, 1):
        if (number in found.stored) == (number in found.skipped):
            lost.append(f"{behaviour.kind} {behaviour.name}: neither stored nor skipped, or both")
        if behaviour.is_honest is not None and behaviour.is_honest != (number in found.stored):
            outcome = found.skipped.get(number, "stored")
            lost.append(f"{behaviour.kind} {behaviour.name}: {outcome}")
    if asked_inside:
        lost.append(f"the canary was asked {asked_inside} times")
    if found.peak - calm.peak > CONNECTIONS * ROOM:
        lost.append(f"the peak moved by {(found.peak - calm.peak) / 1e6:.0f} MB")
    return lost


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["export"]:
            print(json.dumps(vars(export(*json.load(sys.stdin)))))
        case arguments:
            sys.exit(main(*map(int, arguments)))
