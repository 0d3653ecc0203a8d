"""README.md, done as it is written: every example of the API, one after the other."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from local.stack import Stack

README = Path(__file__).parents[2] / "README.md"

# Seconds for all of it.
PATIENCE = 280

# Between what one example prints and the next; no output of ours holds it.
MARK = "\x1e"


@dataclass(frozen=True)
class Example:
    """Commands, and what README.md says that they print, where it does."""

    commands: str
    shown: str | None


def examples() -> Iterator[Example]:
    block = re.compile(r"^```sh\n(.*?)^```\n(?:```json\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)
    for found in block.finditer(README.read_text()):
        yield Example(found[1], found[2])


def is_like(printed: object, shown: object) -> bool:
    """Whether keys and types are as shown; of lists the first. `"…"` as a key stands for more."""
    match printed, shown:
        case dict(), dict():
            keys = shown.keys() - {"…"}
            enough = printed.keys() >= keys if "…" in shown else printed.keys() == keys
            return enough and all(is_like(printed[key], shown[key]) for key in keys)
        case [first, *_], [example, *_]:
            return is_like(first, example)
        case _:
            return type(printed) is type(shown)


@pytest.mark.skipif(shutil.which("curl") is None, reason="the examples are written for curl")
def test_the_examples_do_what_they_say(stack: Stack, tmp_path: Path) -> None:
    found = list(examples())
    (tmp_path / ".local").mkdir()
    stack.write(tmp_path / ".local" / "stack.json")
    script = "set -euo pipefail\n" + f"printf '{MARK}'\n".join(e.commands for e in found)

    done = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    printed = done.stdout.split(MARK)
    assert len(printed) == len(found)
    for example, output in zip(found, printed, strict=True):
        if example.shown is not None:
            assert is_like(json.loads(output), json.loads(example.shown)), output
