"""A sample of the campaign that fails every call of every use case in turn."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

# Every 149th case of each use case is played here; `make torture` plays all.
EVERY = 149

# Their calls are those of other use cases, with other options; each takes a second of preparation.
KIN = (
    "export: dry run",
    "export: schedule",
    "export: table",
    "import: announce",
    "import: dry run",
)


def test_a_sample_of_all_faults_loses_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "torture.faults"),
            *("--every", str(EVERY), "--processes", "1"),
            *("--without", *KIN),
            *("--result", str(tmp_path / "torture.json")),
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'layers/common'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
