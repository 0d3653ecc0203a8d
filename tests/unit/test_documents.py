"""README and docs/, held against the code and the template they tell of."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml

from openevent.catalogue import files as contents
from tests import openapi

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
DOCUMENTS = sorted([README, ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
DECISIONS = ROOT / "docs" / "decisions"


@cache
def template() -> dict[str, dict[str, dict[str, str]]]:
    loader = type("Loader", (yaml.SafeLoader,), {})
    loader.add_multi_constructor("!", lambda *_: None)  # type: ignore[attr-defined]
    text = (ROOT / "template.yaml").read_text()
    loaded: dict[str, dict[str, dict[str, str]]] = yaml.load(text, loader)  # noqa: S506 - a safe one
    return loaded


def without_code(text: str) -> str:
    return re.sub(r"^```.*?^```$|`[^`\n]*`", "", text, flags=re.MULTILINE | re.DOTALL)


def links() -> Iterator[tuple[Path, str]]:
    for document in DOCUMENTS:
        for found in re.finditer(r"\]\(([^)\s]+)\)", without_code(document.read_text())):
            if not re.match(r"[a-z]+:", found[1]):
                yield document, found[1]


def anchors(document: Path) -> set[str]:
    """What GitHub calls the headings of `document`."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading.lower().strip()).replace(" ", "-") for heading in headings
    }


def rows(document: Path, heading: str) -> list[list[str]]:
    """The cells of the rows of the first table under the heading, without the table's head."""
    section = document.read_text().split(f"\n{heading}\n", 1)[1]
    lines = section[section.index("\n| ") + 1 :].split("\n\n", 1)[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def code(*names: str) -> str:
    return ", ".join(f"`{name}`" for name in names)


@pytest.mark.parametrize(("document", "link"), list(links()))
def test_a_link_leads_somewhere(document: Path, link: str) -> None:
    path, _, anchor = link.partition("#")
    target = (document.parent / path).resolve() if path else document

    assert target.exists()
    if anchor:
        assert anchor in anchors(target)


def test_the_index_of_decisions_names_them_all() -> None:
    index = (DECISIONS / "README.md").read_text()

    for decision in DECISIONS.glob("*.md"):
        if decision.name != "README.md":
            title = decision.read_text().splitlines()[0].removeprefix("# ")
            assert f"[{title}]({decision.name})" in index


@pytest.mark.parametrize(
    ("heading", "files"),
    [("## The nine files", contents.CONTRACT_FILES), ("## Beside them", contents.FURTHER_FILES)],
)
def test_the_archives_files_are_told(heading: str, files: tuple[contents.DataFile, ...]) -> None:
    told = rows(ROOT / "docs" / "archive.md", heading)

    expected = [[code(f.name), code(f.table), code(*f.first) or "none"] for f in files]
    assert told[:-1] == expected


def test_the_archives_media_is_told() -> None:
    assert rows(ROOT / "docs" / "archive.md", "## Media") == [
        [code(field.medium), f"`{file.name}`.`{field.column}`", f"`/{field.path}.<ext>`"]
        for file in contents.FILES
        for field in file.media
    ]


def test_what_no_archive_holds_is_told() -> None:
    told = rows(ROOT / "docs" / "archive.md", "## What no archive holds")

    assert {
        table: reason for tables, reason in told for table in re.findall(r"`(\w+)`", tables)
    } == contents.SKIPPED_TABLES


def test_every_parameter_is_told() -> None:
    told = {cells[0].strip("`"): cells[1:] for cells in rows(README, "### Parameters")}

    assert list(told) == list(template()["Parameters"])
    for name, parameter in template()["Parameters"].items():
        default, meaning = told[name]
        assert default == (code(str(parameter["Default"])) if parameter.get("Default") else "")
        assert meaning == parameter.get("Description", meaning).strip()


def test_every_alarm_is_told() -> None:
    told = [cells[0].strip("`") for cells in rows(README, "### Alarms")]

    kind = "AWS::CloudWatch::Alarm"
    assert told == [name for name, r in template()["Resources"].items() if r["Type"] == kind]


def test_every_metric_is_told() -> None:
    told = {
        name for cells in rows(README, "### Metrics") for name in re.findall(r"`(\w+)`", cells[0])
    }

    places = [*(ROOT / "layers").rglob("*.py"), *(ROOT / "functions").rglob("*.py")]
    counted = {
        name
        for place in places
        for name in re.findall(r'add_metric\(\s*"(\w+)"', place.read_text())
    }
    assert told == counted


def test_every_room_is_told() -> None:
    told = "".join(cells[0] for cells in rows(ROOT / "docs" / "architecture.md", "## The rooms"))

    package = ROOT / "layers" / "common" / "openevent"
    modules = {file.stem for file in package.glob("*.py")} - {"__init__"}
    packages = {f"{file.parent.name}/" for file in package.glob("*/__init__.py")}
    assert modules | packages <= set(re.findall(r"`(?:… )?([\w/]+)`", told))


def routed(path: str) -> bool:
    """Whether the README's nginx sends `path` to the functions."""
    locations = re.findall(r"^location ~ (\S+) {$", README.read_text(), re.MULTILINE)
    assert len(locations) == 2
    return any(re.search(location, path) for location in locations)


@pytest.mark.parametrize("operation", list(openapi.operations()))
def test_the_proxy_sends_us_what_is_ours(operation: openapi.Operation) -> None:
    assert routed(re.sub(r"{\w+}", "8f3c", operation.path))


@pytest.mark.parametrize(
    "path",
    [
        "/v1/events/1",
        "/v1/events/1/export/csv",
        "/v1/events/1/exports/csv/attendees.csv",
        "/v1/events/1/tickets",
        "/v1/tasks",
        "/v1/role_invites",
        "/v1/roles/1",
    ],
)
def test_the_proxy_leaves_the_server_what_is_its_own(path: str) -> None:
    assert not routed(path)
