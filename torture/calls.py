"""Calls that schemathesis generates from docs/openapi.yaml, sent by callers of every kind.

`python -m torture.calls` sends at least 10,000. The functions run in this process, on a real
PostgreSQL and an AWS that moto plays. Every answer must be described in docs/openapi.yaml, must not
be a failure of ours (500), must be small, and must not grant what the caller has no right to.
"""

import io
import json
import re
import sys
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import HypothesisWarning, Unsatisfiable
from schemathesis import Case
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.schemas import APIOperation
from sqlalchemy import Connection

from local import schema
from tests.database import engine, new_database, running_server
from tests.factories import give_role, make_full_event, make_role_invite, make_user, token
from tests.functions import JWT_KEY, Cloud, answer_of, function_of, proxy_event, running_cloud
from tests.openapi import Exchange, description

Operation = APIOperation[Any, Any, Any, Any]

# Calls of a whole campaign. Operations without parameters give fewer than their share, so that
# a little over 10,000 are sent.
CALLS = 11_000

# Bytes of an answer, at most: lists have pages, and errors name the first problems alone.
MAX_ANSWER = 300_000

# What an answer must never hold: parts of a stack trace, of a statement, of the installation.
SECRETS = ("Traceback", "sqlalchemy", "pg8000", "SELECT ", "psycopg", "site-packages", JWT_KEY)

# Callers who may do nothing to the event.
STRANGERS = ("no token", "forger", "stranger")


# Paths that need no right to an event: those for a mail's token, and the published schedule.
OPEN = re.compile(r"^/v1/role_invites|^/v1/role-invites/invitation$|/schedule\.\w+$")

# Users may also import an event of their own.
OPEN_TO_LOGINS = re.compile(rf"{OPEN.pattern}|^/v1/events/import")


@dataclass
class Campaign:
    """Sends calls to the functions and keeps count of the answers."""

    cloud: Cloud
    authorization: Mapping[str, str | None]
    names: Mapping[str, list[str]]
    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def run(self, operations: list[Operation], calls: int) -> None:
        """Send about `calls` calls: equally many of each operation, mode and caller."""
        each = -(-calls // (len(operations) * len(self.authorization) * len(GenerationMode)))
        for operation in operations:
            for mode in GenerationMode:
                for caller in self.authorization:
                    self._send_all(operation, mode, caller, each)

    def _send_all(self, operation: Operation, mode: GenerationMode, caller: str, each: int) -> None:
        @seed(1)
        @settings(
            max_examples=each,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def send(case: Case[Any]) -> None:
            self._send(case, caller)

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", HypothesisWarning)
            try:
                send()
            except Unsatisfiable:
                # All values of some operations are valid: nothing is to be negated.
                if mode is not GenerationMode.NEGATIVE:
                    raise

    def _send(self, case: Case[Any], caller: str) -> None:
        number = sum(self.answers.values())
        path = self._path(case, number)
        body = self._body(case, number)
        headers = {"Content-Type": case.media_type or "application/json"}
        if (authorization := self.authorization[caller]) is not None:
            headers["Authorization"] = authorization
        query = {str(name): str(value) for name, value in (case.query or {}).items()}
        event = proxy_event(case.method, path, headers=headers, query=query or None, body=body)
        with redirect_stdout(_Nowhere()):  # Metrics are printed.
            answer = answer_of(self.cloud.invoke(function_of(path), event))
        self.answers[caller, answer.status] += 1
        sent = answer.text.encode()
        called = f"{caller}: {case.method} {path}?{urlencode(query)} {body!r:.300}"
        try:
            exchange = Exchange(case.method, path, body, answer.status, answer.headers, sent)
            exchange.require_described()
        except AssertionError as error:
            self.faults.append(f"{called}: {error}")
        if answer.status >= 500:
            self.faults.append(f"{called}: {answer.status} {answer.text:.300}")
        if len(sent) > MAX_ANSWER:
            self.faults.append(f"{called}: {len(sent):,} bytes")
        if any(secret in answer.text for secret in SECRETS):
            self.faults.append(f"{called}: {answer.text:.300}")
        may = OPEN_TO_LOGINS if caller == "stranger" else OPEN
        if caller in STRANGERS and answer.status < 400 and not may.search(path):
            self.faults.append(f"{called}: granted, {answer.status} {answer.text:.300}")

    def _path(self, case: Case[Any], number: int) -> str:
        """Fill in the path: every other call names what exists, the others what is generated."""
        path: str = case.operation.path
        for name, value in (case.path_parameters or {}).items():
            known = self.names.get(name, [])
            chosen = known[number // 2 % len(known)] if known and number % 2 else str(value)
            path = path.replace(f"{{{name}}}", quote(chosen, safe="") or "-")
        return path

    def _body(self, case: Case[Any], number: int) -> str | None:
        """Return the body as text; every other one that names an event names the real one."""
        body: Any = case.body
        match body:
            case str():
                return body
            case bytes():
                return body.decode("latin-1")
            case {"data": {"relationships": {"event": {"data": {"id": _}}}}} if number % 2:
                (event_id, *_) = self.names["event_identifier"]
                body["data"]["relationships"]["event"]["data"]["id"] = event_id
        try:
            return json.dumps(body)
        except (TypeError, ValueError):
            return None


class _Nowhere(io.TextIOBase):
    """A file that keeps nothing."""

    def write(self, text: str, /) -> int:
        """Drop `text`."""
        return len(text)


@contextmanager
def campaign() -> Iterator[Campaign]:
    """A campaign against functions of its own, with an event that has everything."""
    with (
        running_server(schema.create) as server,
        new_database(server) as url,
        pytest.MonkeyPatch.context() as patch,
    ):
        for name, value in _UNLIMITED.items():
            patch.setenv(name, value)
        with engine(url).connect() as connection:
            owner, callers, names = _people(connection)
            connection.commit()
        with running_cloud(url, patch) as cloud:
            with redirect_stdout(_Nowhere()):
                task_id = cloud.start(owner, names["event_identifier"][0])
                cloud.work(task_id)
            yield Campaign(cloud, callers, {**names, "task_id": [task_id]})


# Limits high enough that calls meet more than a 429.
_UNLIMITED = {
    "EXPORT_STARTS_PER_HOUR": "1000000",
    "IMPORTS_PER_HOUR": "1000000",
    "IMPORTS_RUNNING_PER_USER": "1000000",
    "IMPORT_MEGABYTES_PER_HOUR": "1000000000",
    "TOKEN_LOOKUPS_PER_MINUTE": "1000000",
    "INVITE_MAILS_PER_HOUR": "1000000",
    "POWERTOOLS_LOG_LEVEL": "CRITICAL",
    "POWERTOOLS_METRICS_NAMESPACE": "OpenEvent",
}


def _people(
    connection: Connection,
) -> tuple[int, dict[str, str | None], dict[str, list[str]]]:
    """Make an event and callers.

    Return the owner's id, each caller's `Authorization`, and names that exist by path parameter.
    """
    full = make_full_event(connection)
    stranger, member = make_user(connection), make_user(connection)
    admin = make_user(connection, is_admin=True)
    give_role(connection, member, full.event, "coorganizer")
    invite = make_role_invite(connection, full.event, "invitee@example.com")
    callers: dict[str, str | None] = {
        "no token": None,
        "forger": f"JWT {token(full.owner['id'], 'another key, as long as the key of the server')}",
    }
    people = {"stranger": stranger, "coorganizer": member, "owner": full.owner, "staff": admin}
    for name, person in people.items():
        callers[name] = f"JWT {token(person['id'], JWT_KEY)}"
    names = {
        "event_identifier": [str(full.event["id"]), full.event["identifier"]],
        "role_invite_id": [str(invite["id"])],
    }
    return full.owner["id"], callers, names


def operations() -> list[Operation]:
    """Return all operations of docs/openapi.yaml."""
    found = schemathesis.openapi.from_dict(description()).get_all_operations()
    return [result.ok() for result in found if isinstance(result, Ok)]


def main(calls: int = CALLS) -> int:
    """Send the calls and print the answers by caller; return 1 if any answer was wrong."""
    with campaign() as made:
        made.run(operations(), calls)
    statuses = sorted({status for _, status in made.answers})
    print(f"{'':14}" + "".join(f"{status:>8}" for status in statuses))
    for caller in made.authorization:
        counts = "".join(f"{made.answers[caller, status]:>8,}" for status in statuses)
        print(f"{caller:14}{counts}")
    print(f"calls: {made.answers.total():,}, wrong answers: {len(made.faults)}")
    for fault in made.faults[:20]:
        print(f"  {fault}")
    return 1 if made.faults else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
