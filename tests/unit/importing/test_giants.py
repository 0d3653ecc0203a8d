"""Archives that are huge, or say so, take a worker neither memory nor disk."""

import json
import subprocess
import sys
from pathlib import Path

from tests.unit.importing import giants

ROOT = Path(__file__).resolve().parents[3]

# The most that all of them together add to the memory of a process, a quarter of it for the rows
# that the test keeps.
MEBIBYTES = 128


def test_they_are_refused_in_little_memory_and_without_a_disk(tmp_path: Path) -> None:
    expected = giants.write_all(tmp_path)

    done = subprocess.run(
        [sys.executable, "-m", giants.__name__, str(tmp_path)],
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'layers' / 'common'}"},
        capture_output=True,
        check=True,
    )

    report = json.loads(done.stdout)
    assert report["codes"] == expected
    assert report["kibibytes"] < MEBIBYTES * 1024
