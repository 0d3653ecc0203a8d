"""Comparison of answers with docs/openapi.yaml."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from openapi_schema_validator import OAS31Validator, oas31_format_checker
from urllib3 import HTTPHeaderDict

FILE = Path(__file__).parents[1] / "docs" / "openapi.yaml"
METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})


@cache
def description() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load(FILE.read_text(), yaml.CSafeLoader)
    return loaded


@dataclass(frozen=True)
class Operation:
    """Description of one method of one path."""

    method: str
    path: str
    content: Mapping[str, Any]

    @property
    def responses(self) -> dict[str, Any]:
        """By status."""
        return {
            status: resolved(response) for status, response in self.content["responses"].items()
        }


def operations() -> Iterator[Operation]:
    for path, item in description()["paths"].items():
        for method in sorted(METHODS & item.keys()):
            yield Operation(method.upper(), path, item[method])


def resolved(part: Mapping[str, Any]) -> Mapping[str, Any]:
    """`part`, or what its `$ref` leads to."""
    if "$ref" not in part:
        return part
    found: Any = description()
    for step in part["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return resolved(found)


@dataclass(frozen=True)
class Exchange:
    """A call and its answer; `sent` is text, bytes or JSON's types."""

    method: str
    path: str
    sent: object
    status: int
    headers: Mapping[str, str]
    body: bytes

    def require_described(self) -> None:
        """Hold the answer, and what was accepted, against the description."""
        if self.method in ("OPTIONS", "HEAD"):
            return
        faults = faults_of_answer(self.method, self.path, self.status, self.headers, self.body)
        if self.status < 400:
            sent = self.sent if isinstance(self.sent, str | bytes) else json.dumps(self.sent or {})
            faults += faults_of_request(self.method, self.path, sent)
        assert not faults, (self.method, self.path, self.status, faults)


def faults_of_answer(
    method: str, path: str, status: int, headers: Mapping[str, str], body: bytes
) -> list[str]:
    """List what is not described in the answer to a call of `path`, which may have a query."""
    headers = HTTPHeaderDict(headers)
    response = _response(method, urlsplit(path).path, status)
    if response is None:
        return [f"{method} {path} is not described to answer {status}"]
    faults = [
        f"{name} is missing"
        for name, header in response.get("headers", {}).items()
        if resolved(header).get("required") and name not in headers
    ]
    contents = response.get("content", {})
    content_type = headers.get("Content-Type", "")
    if not contents and not body:
        return faults
    if content_type not in contents:
        return [*faults, f"{content_type!r} is none of {sorted(contents)}"]
    return faults + _faults_of_body(contents[content_type]["schema"], content_type, body)


def faults_of_request(method: str, path: str, body: str | bytes) -> list[str]:
    """List what is not described in the body of a call that was accepted."""
    operation = _operation(method, urlsplit(path).path)
    if operation is None or "requestBody" not in operation.content:
        return []
    contents = resolved(operation.content["requestBody"])["content"]
    if "application/json" not in contents:
        return []
    schema = contents["application/json"]["schema"]
    return _faults_of_body(schema, "application/json", body if body.strip() else "{}")


def _operation(method: str, path: str) -> Operation | None:
    """Return the operation of a call; that of the very path before those with variables."""
    found = [o for o in operations() if o.method == method and _matches(o.path, path)]
    return min(found, key=lambda o: o.path.count("{"), default=None)


def _response(method: str, path: str, status: int) -> Mapping[str, Any] | None:
    operation = _operation(method, path)
    if operation is not None:
        return operation.responses.get(str(status))
    known = any(_matches(other.path, path) for other in operations())
    common = description()["components"]["responses"]
    expected = {405: "MethodNotAllowed"} if known else {404: "NotFound"}
    response: Mapping[str, Any] | None = common.get(expected.get(status))
    return response


def _matches(template: str, path: str) -> bool:
    pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template))
    return re.fullmatch(pattern, path) is not None


def _faults_of_body(schema: Mapping[str, Any], content_type: str, body: str | bytes) -> list[str]:
    document = body.decode() if isinstance(body, bytes) else body
    if "json" in content_type and body:
        document = json.loads(body)
    return [f"{e.json_path}: {e.message}" for e in _validator(schema).iter_errors(document)]


# By the id of the schema, which is a part of the description and stays as long as that.
_validators: dict[int, Any] = {}


def _validator(schema: Mapping[str, Any]) -> Any:  # noqa: ANN401 - jsonschema has no types
    if id(schema) not in _validators:
        whole = {**schema, "components": description()["components"]}
        _validators[id(schema)] = OAS31Validator(whole, format_checker=oas31_format_checker)
    return _validators[id(schema)]
