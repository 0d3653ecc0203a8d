"""docs/import-dialects.md names each code of reading, each limit and each dialect."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from openevent.importing.reading import dialects
from openevent.importing.reading.limits import DEFAULT

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "import-dialects.md"
READING = ROOT / "layers" / "common" / "openevent" / "importing" / "reading"

CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")

# Texts of the code that look like codes.
OTHERS = {"utf-8-sig", "starts-at"}

SINGLE_WORDS = {"withheld"}


def section(heading: str) -> str:
    return PAGE.read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]


def first_cells(heading: str) -> set[str]:
    cells = [line.split("|")[1] for line in section(heading).splitlines() if line.startswith("| `")]
    return {code for cell in cells for code in re.findall(r"`([^`]+)`", cell)}


def written_codes() -> Iterator[str]:
    for file in READING.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and CODE.fullmatch(text) and text not in OTHERS:
                yield text


def test_every_code_is_described() -> None:
    described = first_cells("Refused archives") | first_cells("Remarks") | first_cells("Media")

    assert described - SINGLE_WORDS == set(written_codes()) - {"open-event-serverless"}


def test_every_dialect_is_described() -> None:
    names = {
        dialects.of_keys(["start_time", "starts-at"], []).name,
        dialects.of_keys(["starts_at"], []).name,
        dialects.of_keys(["starts-at"], []).name,
        dialects.of_keys(["start_time"], []).name,
        dialects.of_keys(["starts-at"], ["start_time"]).name,
        *(
            dialects.of_manifest({"dialect": dialect, "privacy": "<privacy>"}).name.replace(
                "unknown", "<privacy>"
            )
            for dialect in ("server", "webapp")
        ),
    }

    assert first_cells("Dialects") == names


def test_the_limits_are_the_described_ones() -> None:
    refused = section("Refused archives")

    for text in (
        f"{DEFAULT.entries:,} entries",
        f"{DEFAULT.directory_bytes >> 20} MiB of directory",
        f"{DEFAULT.total_bytes >> 30} GiB uncompressed",
        f"{DEFAULT.name_bytes} bytes",
        f"{DEFAULT.depth} folders",
        f"{DEFAULT.ratio_from >> 20} MiB, compressed to less than 1/{DEFAULT.entry_ratio}",
        f"{DEFAULT.data_bytes >> 20} MiB in a JSON file",
        f"{DEFAULT.row_characters >> 20} Mi characters in a row",
        f"{DEFAULT.rows:,} rows",
        f"{DEFAULT.manifest_bytes >> 20} MiB",
    ):
        assert text in refused
    assert f"{DEFAULT.media_bytes >> 20} MiB" in section("Media")
