"""Programs in JavaScript that tests run; Node.js and npm are there, or the tests are skipped."""

import fcntl
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

SOURCES = Path(__file__).parent / "javascript"
HOME = Path(__file__).parent.parent / ".local" / "javascript"
SECONDS = 120


def read_calendars(texts: list[str]) -> Any:  # noqa: ANN401 - decoded JSON
    """Return the events of each calendar as ical.js reads them."""
    program = _installed() / "read_calendar.mjs"
    run = subprocess.run(
        [_found("node"), str(program)],
        input=json.dumps(texts).encode(),
        capture_output=True,
        timeout=SECONDS,
        check=True,
    )
    return json.loads(run.stdout)


def _installed() -> Path:
    """Return the folder of the programs and their library, in the version of the lock file."""
    npm = _found("npm")
    HOME.mkdir(parents=True, exist_ok=True)
    with (HOME / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for source in SOURCES.iterdir():
            shutil.copy(source, HOME)
        wanted = (SOURCES / "package-lock.json").read_bytes()
        marker = HOME / "installed"
        if not marker.exists() or marker.read_bytes() != wanted:
            command = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
            run = subprocess.run(
                command, cwd=HOME, capture_output=True, timeout=SECONDS, check=False
            )
            if run.returncode:
                pytest.skip("npm cannot install ical.js from here")
            marker.write_bytes(wanted)
    return HOME


def _found(program: str) -> str:
    path = shutil.which(program)
    if path is None:
        pytest.skip(f"{program} is not installed")
    return path
