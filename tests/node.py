"""Programs in JavaScript that tests run; Node.js and npm are there, or the tests are skipped."""

import fcntl
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

SOURCES = Path(__file__).parent / "javascript"
HOME = Path(__file__).parent.parent / ".local" / "javascript"
SECONDS = 1200


def read_calendars(texts: list[str]) -> Any:  # noqa: ANN401 - decoded JSON
    """Return the events of each calendar as ical.js reads them."""
    run = subprocess.run(
        program("read_calendar"),
        input=json.dumps(texts).encode(),
        capture_output=True,
        timeout=SECONDS,
        check=True,
    )
    return json.loads(run.stdout)


def program(name: str) -> list[str]:
    """Return the command that runs tests/javascript/<name>.mjs."""
    return [found("node"), str(_installed() / f"{name}.mjs")]


def chromium() -> Path:
    """Return the path of Chromium, unpacked from its package."""
    return _installed() / "chromium" / "chromium"


def found(name: str) -> str:
    """Return the path of the program `name`; skip the test if it is not there."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path


def _installed() -> Path:
    """Return the folder of the programs and their libraries, in the versions of the lock file."""
    npm, node = found("npm"), found("node")
    HOME.mkdir(parents=True, exist_ok=True)
    with (HOME / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for source in SOURCES.iterdir():
            shutil.copy(source, HOME)
        wanted = (SOURCES / "package-lock.json").read_bytes()
        marker = HOME / "installed"
        if not marker.exists() or marker.read_bytes() != wanted:
            _install(npm, node)
            marker.write_bytes(wanted)
    return HOME


def _install(npm: str, node: str) -> None:
    command = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    run = subprocess.run(command, cwd=HOME, capture_output=True, timeout=SECONDS, check=False)
    if run.returncode:
        pytest.skip("npm cannot install the programs of the tests from here")
    # The package unpacks Chromium into the folder for temporary files, unless it is there.
    unpacked = HOME / "chromium"
    shutil.rmtree(unpacked, ignore_errors=True)
    unpacked.mkdir()
    subprocess.run(
        [node, "unpack_chromium.mjs"],
        cwd=HOME,
        env={**os.environ, "TMPDIR": str(unpacked)},
        capture_output=True,
        timeout=SECONDS,
        check=True,
    )
