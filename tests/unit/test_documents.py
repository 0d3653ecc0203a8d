"""README and docs/ agree with the code and the template that they describe."""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml

from openevent.catalogue import files as contents
from openevent.delivery import receive
from openevent.export.give_up import ENDINGS as EXPORT_ENDINGS
from openevent.export.repairs import RepairKind
from openevent.importing.give_up import ENDINGS as IMPORT_ENDINGS
from openevent.invites import audit
from openevent.media.skipped import Reason
from openevent.rights.access import RIGHTS, Action, Role
from tests import openapi

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
README = ROOT / "README.md"
CHANGELOG = ROOT / "CHANGELOG.md"
ARCHIVE = DOCS / "archive.md"
DEPLOY = DOCS / "deploy.md"
OPERATE = DOCS / "operate.md"
DOCUMENTS = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])


@cache
def template() -> dict[str, dict[str, dict[str, str]]]:
    loader = type("Loader", (yaml.CSafeLoader,), {})
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
    """The anchors that GitHub gives to the headings of `document`."""
    text = re.sub(r"^```.*?^```$", "", document.read_text(), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading.lower().strip()).replace(" ", "-") for heading in headings
    }


def rows(document: Path, heading: str) -> list[list[str]]:
    """The cells of the first table under the heading, without the table's head."""
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


def test_readme_is_short_enough_to_be_read() -> None:
    assert 900 <= len(README.read_text().split()) <= 1400


def test_readme_leads_to_every_document() -> None:
    linked = {(place.parent / link.partition("#")[0]).resolve() for place, link in links()}
    direct = {
        (README.parent / link.partition("#")[0]).resolve()
        for place, link in links()
        if place == README
    }

    assert {file for file in DOCS.glob("*") if file.is_file()} - direct <= {DOCS / "demo.txt"}
    assert set(DOCUMENTS) - linked <= {README}


def test_the_project_has_one_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    api = yaml.safe_load((DOCS / "openapi.yaml").read_text())["info"]["version"]
    releases = re.findall(
        r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$", CHANGELOG.read_text(), re.MULTILINE
    )

    assert project["version"] == api == releases[0]


def decisions() -> list[Path]:
    return sorted(file for file in (DOCS / "decisions").glob("*.md") if file.name != "README.md")


def test_decisions_are_numbered_without_gaps_and_listed_in_order() -> None:
    index = (DOCS / "decisions" / "README.md").read_text()

    numbers = [int(decision.name[:4]) for decision in decisions()]
    assert numbers == list(range(1, len(numbers) + 1))
    assert re.findall(r"^\| (\d+) \| \[(.+)\]\((.+)\) \| (\w+)", index, re.MULTILINE) == [
        (str(number), title(decision), decision.name, status(decision))
        for number, decision in zip(numbers, decisions(), strict=True)
    ]


def title(decision: Path) -> str:
    found = re.match(r"# (\d+)\. (.+)\n", decision.read_text())
    assert found is not None
    assert int(found[1]) == int(decision.name[:4])
    return found[2]


def status(decision: Path) -> str:
    found = re.search(r"^- Status: (\w+)", decision.read_text(), re.MULTILINE)
    assert found is not None
    return found[1].lower()


@pytest.mark.parametrize("decision", decisions(), ids=lambda decision: decision.stem)
def test_a_decision_has_a_date_a_status_and_what_lost(decision: Path) -> None:
    text = decision.read_text()

    assert re.search(r"^- Date: \d{4}-\d\d-\d\d$", text, re.MULTILINE)
    assert status(decision) in {"accepted", "superseded"}
    sections = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert sections == ["Context", "Decision", "Alternative"]


@pytest.mark.parametrize(
    ("heading", "files"),
    [("## The nine files", contents.CONTRACT_FILES), ("## Further files", contents.FURTHER_FILES)],
)
def test_the_files_of_archives_are_described(
    heading: str, files: tuple[contents.DataFile, ...]
) -> None:
    described = rows(ARCHIVE, heading)

    expected = [[code(f.name), code(f.table), code(*f.first) or "none"] for f in files]
    assert described[:-1] == expected


def test_the_media_of_archives_is_described() -> None:
    assert rows(ARCHIVE, "## Media") == [
        [code(field.kind), f"`{file.name}`.`{field.column}`", f"`/{field.path}.<ext>`"]
        for file in contents.FILES
        for field in file.media
    ]


def test_reasons_for_skipped_media_are_described() -> None:
    described = {cells[0].strip("`") for cells in rows(ARCHIVE, "## Reasons for skipped media")}

    assert described == {reason.value for reason in Reason}


def test_repairs_are_described() -> None:
    assert [cells[0] for cells in rows(ARCHIVE, "## Repairs")] == [
        code(kind) for kind in RepairKind
    ]


def test_each_finding_about_the_first_release_has_tests() -> None:
    findings = rows(DOCS / "defects.md", "## Findings about 1.0.0")

    assert [cells[0] for cells in findings] == [str(number) for number in range(1, 14)]
    for *_, tests in findings:
        files = re.findall(r"`([\w/]+\.py)`", tests)
        assert files
        assert all((ROOT / "tests" / file).exists() for file in files)


def test_decisions_that_the_code_names_exist() -> None:
    text = "\n".join(file.read_text() for file in (ROOT / "layers" / "common").rglob("*.py"))

    named = set(re.findall(r"docs/decisions(?:/(\d{4}))?", text))
    assert named <= {decision.name[:4] for decision in decisions()}


def test_tables_that_no_archive_contains_are_described() -> None:
    described = rows(ARCHIVE, "## Tables that no archive contains")

    assert {
        table: reason for tables, reason in described for table in re.findall(r"`(\w+)`", tables)
    } == contents.SKIPPED_TABLES


# The actions behind each row of the contract's table of rights; the last row is the invitee's own.
GRANTED = (
    {Action.EXPORT},
    {Action.COPY},
    {Action.CREATE_INVITE},
    {Action.CREATE_OWNER_INVITE},
    {Action.READ_INVITES, Action.RESEND_INVITE},
    {Action.DELETE_INVITE},
    {Action.CHANGE_INVITE},
)


def test_the_rights_of_the_contract_are_described() -> None:
    *described, _ = rows(DOCS / "contract.md", "## Rights")
    columns = (Role.OWNER, Role.ORGANIZER, Role.COORGANIZER)

    assert frozenset.union(*map(frozenset, GRANTED)) == RIGHTS.keys()
    for cells, actions in zip(described, GRANTED, strict=True):
        granted = {role for role, cell in zip(columns, cells[2:5], strict=True) if cell == "yes"}
        assert cells[1] == "yes"
        assert all(RIGHTS[action] == granted for action in actions)


def test_every_parameter_is_described() -> None:
    described = {cells[0].strip("`"): cells[1:] for cells in rows(DEPLOY, "## Parameters")}

    assert list(described) == list(template()["Parameters"])
    for name, parameter in template()["Parameters"].items():
        default, meaning = described[name]
        assert default == (code(str(parameter["Default"])) if parameter.get("Default") else "")
        assert meaning == parameter["Description"].strip()


def test_every_alarm_is_described() -> None:
    described = [cells[0].strip("`") for cells in rows(OPERATE, "## Alarms")]

    kind = "AWS::CloudWatch::Alarm"
    assert described == [name for name, r in template()["Resources"].items() if r["Type"] == kind]


def test_every_metric_is_described() -> None:
    described = {
        name for cells in rows(OPERATE, "## Metrics") for name in re.findall(r"`(\w+)`", cells[0])
    }

    places = [*(ROOT / "layers").rglob("*.py"), *(ROOT / "functions").rglob("*.py")]
    counted = {
        name
        for place in places
        for name in re.findall(r'add_metric\(\s*"(\w+)"', place.read_text())
    }
    counted |= {*audit.METRICS.values(), *receive.COUNTED.values()}
    for endings in (EXPORT_ENDINGS, IMPORT_ENDINGS):
        counted |= {endings.failed, endings.refused}

    assert described == counted


def test_every_package_is_described() -> None:
    described = "".join(cells[0] for cells in rows(DOCS / "architecture.md", "## Packages"))

    package = ROOT / "layers" / "common" / "openevent"
    modules = {file.stem for file in package.glob("*.py")} - {"__init__"}
    packages = {f"{file.parent.name}/" for file in package.glob("*/__init__.py")}
    assert modules | packages <= set(re.findall(r"`(?:… )?([\w/]+)`", described))


def routed(path: str) -> bool:
    """Whether the documented nginx rules send `path` to the functions (tests/e2e/test_nginx.py)."""
    rule = r'^rewrite "(.+)" /open-event/[$\w]+ last;$'
    rules = re.findall(rule, DEPLOY.read_text(), re.MULTILINE)
    assert len(rules) == 3
    return any(re.search(one, path) for one in rules)


@pytest.mark.parametrize("operation", list(openapi.operations()))
def test_the_proxy_routes_every_operation_to_the_functions(operation: openapi.Operation) -> None:
    assert routed(re.sub(r"{\w+}", "8f3c", operation.path))


@pytest.mark.parametrize(
    "path",
    [
        "/v1/events/1",
        "/v1/events/1/export/csv",
        "/v1/events/1/exports/csv/attendees.csv",
        "/v1/events/1/tickets",
        "/v1/tasks",
        "/v1/roles/1",
    ],
)
def test_the_proxy_routes_other_paths_to_the_server(path: str) -> None:
    assert not routed(path)
