"""Copies through the deployed API, and what they left in the database and the bucket."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from local.stack import Answer, Stack
from openevent.adapters.credentials import Credentials
from tests.cutting import SOCKET, CuttingProxy, cutting_proxy
from tests.integration.copying.snapshot import Snapshot


def call(
    stack: Stack,
    event: object,
    *,
    role: str = "owner",
    body: Mapping[str, object] | None = None,
    headers: dict[str, str] | None = None,
) -> Answer:
    """Ask for a copy."""
    path = f"/v1/events/{event}/copy"
    return stack.request("POST", path, token=stack.tokens[role], body=body or {}, headers=headers)


def copied(stack: Stack, event: object, **options: Any) -> dict[str, Any]:  # noqa: ANN401
    """Copy the event, which must succeed; the answer."""
    answer = call(stack, event, **options)
    assert answer.status == 200, answer.body
    document: dict[str, Any] = answer.json()
    assert document["copied"] is True
    return document


def event_of(stack: Stack, logos: Iterable[str]) -> int:
    """A new event with a sponsor for each logo; returns its id."""
    event_id: int = copied(stack, stack.event["empty_id"])["id"]
    for logo in logos:
        add_sponsor(stack, event_id, logo)
    return event_id


def add_sponsor(stack: Stack, event_id: int, logo: str) -> None:
    """Give the event a sponsor with this logo."""
    statement = "INSERT INTO sponsors (event_id, name, logo_url) VALUES (%s, %s, %s)"
    run(stack, statement, event_id, "A sponsor", logo)


@dataclass(frozen=True)
class State:
    """All rows of the database, and all objects of the media bucket (key → tag of the content)."""

    rows: Snapshot
    objects: Mapping[str, str]

    @classmethod
    def now(cls, stack: Stack) -> "State":
        """Read both."""
        engine = create_engine(
            "postgresql+pg8000://",
            creator=_credentials(stack).connect,
            poolclass=NullPool,
        )
        with engine.connect() as connection:
            rows = Snapshot.take(connection)
        return cls(rows, objects(stack))


def objects(stack: Stack) -> dict[str, str]:
    """All objects of the media bucket: key → tag of the content."""
    pages = stack.client("s3").get_paginator("list_objects_v2").paginate(Bucket=stack.media_bucket)
    return {item["Key"]: item["ETag"] for page in pages for item in page.get("Contents", [])}


def key_of(stack: Stack, address: str) -> str:
    """The key of an address in the media bucket."""
    assert address.startswith(f"{stack.media_url}/"), address
    return unquote(address.removeprefix(f"{stack.media_url}/"))


def run(stack: Stack, statement: str, *values: object) -> list[list[Any]]:
    """Run a statement as Open Event, its next version, or an accident could; its rows."""
    with stack.connect() as connection:
        cursor = connection.cursor()
        cursor.execute(statement, values)
        rows = [list(row) for row in cursor.fetchall()] if cursor.description else []
        connection.commit()
    return rows


def event_row(stack: Stack, event_id: int) -> dict[str, Any]:
    """The event, as JSON."""
    ((row,),) = run(stack, "SELECT row_to_json(e)::text FROM events e WHERE id = %s", event_id)
    document: dict[str, Any] = json.loads(row)
    return document


@contextmanager
def cut_line(stack: Stack) -> Iterator[CuttingProxy]:
    """A proxy in the place of the database, which is moved behind it meanwhile."""
    directory = Path(parse_qs(urlsplit(stack.database_url).query)["host"][0])
    hidden = directory / "behind"
    hidden.mkdir()
    (directory / SOCKET).rename(hidden / SOCKET)
    try:
        with cutting_proxy(hidden, directory) as proxy:
            yield proxy
    finally:
        (directory / SOCKET).unlink(missing_ok=True)
        (hidden / SOCKET).rename(directory / SOCKET)
        hidden.rmdir()


def _credentials(stack: Stack) -> Credentials:
    return Credentials.from_url(stack.database_url)
