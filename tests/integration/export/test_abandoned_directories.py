"""Directories that killed workers leave on a disk that the next worker gets."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Connection

from openevent.archive.work_directory import PREFIX, WorkDirectory
from tests.factories import make_event, make_user
from tests.functions import ROOT, Cloud

MAKE_AND_WAIT = """
import sys
from datetime import UTC, datetime
from openevent.archive.writer import Archive
with Archive(modified=datetime.now(UTC)) as archive:
    archive.path.write_bytes(b"0" * 1000)
    print(archive.path, flush=True)
    sys.stdin.read()
"""


def directories(disk: Path) -> list[str]:
    return sorted(path.name for path in disk.glob(f"{PREFIX}*"))


def worker(disk: Path) -> "subprocess.Popen[str]":
    """A worker with an archive on the disk."""
    process = subprocess.Popen(
        [sys.executable, "-c", MAKE_AND_WAIT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": str(ROOT / "layers" / "common"), "TMPDIR": str(disk)},
    )
    assert process.stdout is not None
    assert Path(process.stdout.readline().strip()).stat().st_size == 1000
    return process


def test_8_a_worker_removes_the_directories_of_those_that_were_killed(
    cloud: Cloud, connection: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A killed worker left them; they took the room of the next job, which skipped its media."""
    owner = make_user(connection, "owner@example.com")
    event = make_event(connection, owner)
    connection.commit()
    task = cloud.start(owner, event["id"])
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with worker(tmp_path) as killed:
        killed.kill()
    left = directories(tmp_path)
    with worker(tmp_path) as living:
        assert len(directories(tmp_path)) == 2
        assert cloud.work(task)
        kept = directories(tmp_path)
        living.communicate()
    assert len(left) == len(kept) == 1
    assert kept != left
    assert directories(tmp_path) == []


def test_8_a_directory_in_use_by_the_same_process_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    first = WorkDirectory()
    second = WorkDirectory()
    second.remove()
    assert directories(tmp_path) == [first.path.name]
    first.remove()
    assert directories(tmp_path) == []
