"""The examples of README and docs/: every `sh` block is executed, page by page and in order.

A `json` block that follows shows the output. Commands in other blocks (`console`) are not executed
here; those of first-export.md are in `test_first_export`.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from local.emulator import Access
from local.sam import STACK
from local.stack import Stack

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
BLOCK = re.compile(r"^```sh\n(.*?)^```\n(?:```json\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)

# Seconds for all examples of a page.
TIMEOUT = 1500

# Separates the outputs of the examples; no output contains it.
SEPARATOR = "\x1e"


@dataclass(frozen=True)
class Example:
    """Commands, and the JSON that the page shows as their output, if it does."""

    commands: str
    shown: str | None


def examples(page: Path) -> Iterator[Example]:
    for found in BLOCK.finditer(page.read_text()):
        yield Example(found[1], found[2])


def is_like(printed: object, shown: object) -> bool:
    """Whether keys and types are as shown.

    Of lists, the first elements are compared. A shown key `"…"` permits more keys.
    """
    match printed, shown:
        case dict(), dict():
            keys = shown.keys() - {"…"}
            enough = printed.keys() >= keys if "…" in shown else printed.keys() == keys
            return enough and all(is_like(printed[key], shown[key]) for key in keys)
        case [first, *_], [example, *_]:
            return is_like(first, example)
        case _:
            return type(printed) is type(shown)


def operators(stack: Stack) -> dict[str, str]:
    """Variables of an operator's shell: access to the cloud, and names of what is in it."""
    access = Access(
        stack.aws_endpoint_url,
        stack.aws_access_key_id,
        stack.aws_secret_access_key,
        stack.aws_region,
    )
    return {
        **access.environment(),
        "STACK": STACK,
        "REGION": stack.aws_region,
        "API": stack.api_url,
        "EVENT": str(stack.event["id"]),
        "TOKEN": stack.tokens["organizer"],
        "MAIL_SENDER": stack.mail_sender,
    }


def test_readme_and_the_page_of_the_api_have_examples() -> None:
    assert {"README.md", "api.md"} <= {page.name for page in PAGES if any(examples(page))}


@pytest.mark.skipif(shutil.which("curl") is None, reason="the examples are written for curl")
@pytest.mark.parametrize(
    "page", [page for page in PAGES if any(examples(page))], ids=lambda page: page.name
)
def test_the_examples_do_what_they_say(page: Path, stack: Stack, tmp_path: Path) -> None:
    found = list(examples(page))
    if shutil.which("aws") is None and any("aws " in example.commands for example in found):
        pytest.skip("the examples of this page need the AWS command line")
    (tmp_path / ".local").mkdir()
    stack.write(tmp_path / ".local" / "stack.json")
    script = "set -euo pipefail\n" + f"printf '{SEPARATOR}'\n".join(e.commands for e in found)

    done = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env={**os.environ, **operators(stack)},
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    printed = done.stdout.split(SEPARATOR)
    assert len(printed) == len(found)
    for example, output in zip(found, printed, strict=True):
        if example.shown is not None:
            assert is_like(json.loads(output), json.loads(example.shown)), output
