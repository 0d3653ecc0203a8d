"""docs/openapi.yaml, compared with the functions, the template and the errors they raise."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
import yaml
from openapi_spec_validator import validate

from openevent import errors
from openevent.archive.progress import STAGES
from openevent.catalogue.files import Dialect, Purpose
from openevent.catalogue.privacy import Privacy
from openevent.catalogue.table import Kind
from openevent.copying.request import CopyRequest
from openevent.copying.resolve import EXCLUDABLE, INCLUDABLE
from openevent.edge import http
from openevent.export.options import ExportRequest, Options
from openevent.export.repairs import RepairKind
from openevent.importing.invite import InviteRequest
from openevent.importing.job import RemarkRecord
from openevent.importing.options import ImportOptions, UploadRequest
from openevent.importing.source import RemarkKind
from openevent.invites.rules import Status
from openevent.jobs.record import State
from openevent.media.skipped import Reason
from openevent.rights.access import Role
from tests import openapi

ROOT = Path(__file__).parents[2]
CODE = ROOT / "layers" / "common" / "openevent"

# What API Gateway answers without asking a function; see GatewayResponses in the template.
GATEWAY = {
    400: {"bad-request"},
    404: {"not-found"},
    413: {"too-large"},
    429: {"too-many-requests"},
    503: {"unavailable"},
}

# Codes that are not written where the error is raised: they are worked out, or the error's own.
INDIRECT = {
    405: {"method-not-allowed"},
    409: {"invite-declined"},
    422: {"invalid-field", "missing-field", "unknown-field"},
    429: {"too-many-bytes", "too-many-exports", "too-many-imports"},
    503: {"outcome-unknown"},
}

# What makes a worker try again; no answer has it.
WITHIN = {
    503: {
        *("import-in-progress", "import-not-in-time", "import-outcome-unknown"),
        *("mail-unavailable", "no-time", "upload-gone"),
    }
}


def folders() -> list[Path]:
    return sorted(file.parent for file in (ROOT / "functions").glob("*/app.py"))


def routes(folder: Path) -> set[tuple[str, str]]:
    """The methods and paths that a function's app.py registers, their variables without a name."""
    code = (folder / "app.py").read_text()
    found = re.findall(r"^@api\.(\w+)\(\"(.+)\"\)$", code, re.MULTILINE)
    return {(method.upper(), "/v1" + re.sub(r"<\w+>", "{}", path)) for method, path in found}


def deployed_paths() -> dict[str, set[str]]:
    """The paths that the template sends to the function in each folder."""
    loader = type("Loader", (yaml.CSafeLoader,), {})
    loader.add_multi_constructor("!", lambda *_: None)  # type: ignore[attr-defined]
    template = yaml.load((ROOT / "template.yaml").read_text(), loader)  # noqa: S506 - a safe loader
    paths = {}
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            events = resource["Properties"].get("Events", {}).values()
            apis = [event["Properties"] for event in events if event["Type"] == "Api"]
            assert all(api["Method"] == "any" for api in apis)
            name = Path(resource["Properties"]["CodeUri"]).name
            paths[name] = {f"/v1{api['Path']}" for api in apis}
    return paths


def takes(deployed: str, path: str) -> bool:
    """Whether API Gateway sends calls of `path` where it sends those of `deployed`."""
    pattern = re.escape(deployed)
    pattern = re.sub(r"\\{\w+\\\+\\}", ".+", pattern)
    pattern = re.sub(r"\\{\w+\\}", "[^/]+", pattern)
    return re.fullmatch(pattern, path) is not None


@cache
def raised_codes() -> dict[int, set[str]]:
    """The codes of all errors in the code, by status."""
    statuses = {kind.__name__: status for kind, status in http.STATUS.items()}
    codes: dict[int, set[str]] = {status: set() for status in statuses.values()}
    for file in CODE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            match node:
                case ast.Call(ast.Name(name), [ast.Constant(str(code)), *_]) | ast.Call(
                    ast.Attribute(_, name), [ast.Constant(str(code)), *_]
                ) if name in statuses:
                    codes[statuses[name]].add(code)
    return codes


def described_codes(status: int) -> set[str]:
    schema = openapi.description()["components"]["schemas"][f"Errors{status}"]
    properties = schema["allOf"][1]["properties"]["errors"]["items"]["properties"]
    assert properties["status"] == {"const": str(status)}
    return set(properties["code"]["enum"])


def test_it_is_valid() -> None:
    validate(openapi.description())


def test_it_describes_the_routes_of_the_functions_and_no_others() -> None:
    described = {
        (operation.method, re.sub(r"{\w+}", "{}", operation.path))
        for operation in openapi.operations()
    }

    assert described == set().union(*map(routes, folders()))


@pytest.mark.parametrize(("name", "paths"), deployed_paths().items())
def test_the_template_sends_a_function_its_own_routes_and_no_others(
    name: str, paths: set[str]
) -> None:
    registered = {path for _, path in routes(ROOT / "functions" / name)}

    for path in registered:
        assert [deployed for deployed in paths if takes(deployed, path)], path
    for deployed in paths:
        assert [path for path in registered if takes(deployed, path)], deployed


def test_no_two_functions_are_sent_the_same_path() -> None:
    all_paths = [path for paths in deployed_paths().values() for path in paths]

    assert len(all_paths) == len(set(all_paths))


def test_each_operation_has_a_name_of_its_own() -> None:
    names = [operation.content["operationId"] for operation in openapi.operations()]

    assert len(names) == len(set(names))


@pytest.mark.parametrize("status", http.STATUS.values())
def test_it_names_the_codes_that_are_raised_and_no_others(status: int) -> None:
    expected = raised_codes()[status] - WITHIN.get(status, set())

    assert described_codes(status) == (
        expected | GATEWAY.get(status, set()) | INDIRECT.get(status, set())
    )


def test_every_error_has_a_status() -> None:
    kinds = {kind for kind in vars(errors).values() if _is_error(kind)}

    assert kinds - {errors.OpenEventError} == set(http.STATUS)


def _is_error(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, errors.OpenEventError)


def test_it_names_states_stages_and_reasons() -> None:
    schemas = openapi.description()["components"]["schemas"]

    assert schemas["Export"]["properties"]["attributes"]["properties"]["state"]["enum"] == [
        state.value for state in State
    ]
    assert schemas["Progress"]["properties"]["stage"]["enum"] == list(STAGES)
    assert set(schemas["SkippedMedia"]["properties"]["reason"]["enum"]) == set(Reason)
    assert set(schemas["Change"]["enum"]) == set(RepairKind)
    withheld = schemas["ExportDryRun"]["properties"]["withheld"]["items"]["properties"]
    assert withheld["reason"]["enum"] == list(Kind)


def test_it_describes_what_may_be_asked_of_an_export() -> None:
    schemas = openapi.description()["components"]["schemas"]
    described = schemas["ExportChoices"]["properties"]
    beside = schemas["ExportRequest"]["properties"]

    named = {field.alias or name: field for name, field in ExportRequest.model_fields.items()}
    assert {**described, **beside}.keys() == named.keys()
    assert beside.keys() == ExportRequest.model_fields.keys() - Options.model_fields.keys()
    assert described["dialect"]["enum"] == list(Dialect)
    assert described["privacy"]["enum"] == list(Privacy)
    assert described["for"]["enum"] == [*Purpose, None]
    for name, description in described.items():
        assert description["default"] == named[name].default


def test_it_describes_what_may_be_asked_of_a_copy() -> None:
    schemas = openapi.description()["components"]["schemas"]

    assert schemas["CopyOptions"]["properties"].keys() == CopyRequest.model_fields.keys()
    assert tuple(schemas["CopiedByDefault"]["enum"]) == EXCLUDABLE
    assert tuple(schemas["CopyOptions"]["properties"]["include"]["items"]["enum"]) == INCLUDABLE
    assert schemas["Role"]["enum"] == list(Role)
    assert schemas["Status"]["enum"] == list(Status)


def test_it_describes_what_may_be_asked_of_an_import() -> None:
    schemas = openapi.description()["components"]["schemas"]

    assert schemas["ImportOptions"]["properties"].keys() == ImportOptions.model_fields.keys()
    assert schemas["ImportAnnouncement"]["properties"].keys() == UploadRequest.model_fields.keys()
    assert schemas["ImportInvites"]["properties"].keys() == InviteRequest.model_fields.keys()
    assert set(schemas["RemarkKind"]["enum"]) == set(RemarkKind)
    remark = schemas["ImportRemark"]
    assert (
        remark["properties"].keys() == RemarkRecord.model_fields.keys() == set(remark["required"])
    )


def test_every_operation_may_be_too_much_or_fail() -> None:
    for operation in openapi.operations():
        assert {"429", "500", "503"} <= operation.responses.keys(), operation
