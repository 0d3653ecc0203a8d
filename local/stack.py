"""A running cloud as its clients see it: addresses, names, keys, and calls."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pg8000.dbapi
import urllib3

from local.emulator import PATIENCE, Access
from local.tokens import token
from openevent.adapters.credentials import Credentials


@dataclass(frozen=True)
class Answer:
    """An answer of the API."""

    status: int
    headers: urllib3.HTTPHeaderDict
    body: bytes

    def json(self) -> Any:  # noqa: ANN401 (any JSON)
        """Return the body, parsed as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Mail:
    """A sent mail."""

    sender: str
    to: list[str]
    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class Stack:
    """The running cloud.

    `api_url`: address to which clients append `/v1/…`. `functions`: names of the functions by
    folder. `event`: the sample event, with the ids of an empty event and of one in a group. `users`
    and `tokens`: ids and tokens of the sample's people by role. With an existing database, `event`
    is empty, and `users` and `tokens` are those of the requested users.
    """

    api_url: str
    aws_endpoint_url: str
    aws_region: str
    aws_access_key_id: str
    aws_secret_access_key: str
    database_url: str
    jwt_secret: str
    jobs_table: str
    export_bucket: str
    media_bucket: str
    media_url: str
    export_queue: str
    export_queue_url: str
    dead_letter_queue: str
    dead_letter_queue_url: str
    functions: dict[str, str]
    inbox_url: str
    mail_sender: str
    event: dict[str, int | str]
    users: dict[str, int]
    tokens: dict[str, str]

    @classmethod
    def read(cls, file: Path) -> "Stack":
        """Read a file that `write` has written."""
        return cls(**json.loads(file.read_text()))

    def write(self, file: Path) -> None:
        """Write all values atomically, readable by this user only, because they include keys."""
        partial = file.with_suffix(".partial")
        partial.unlink(missing_ok=True)
        with os.fdopen(
            os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w"
        ) as output:
            json.dump(asdict(self), output, indent=2)
        partial.replace(file)

    def request(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        body: object = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Call the API without following redirects.

        `path` begins with `/v1/` or is a complete address. A `body` of bytes is sent unchanged, any
        other body except None as JSON.
        """
        sent = {"Authorization": f"JWT {token}"} if token else {}
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        response = urllib3.request(
            method,
            self.api_url + path if path.startswith("/") else path,
            body=body,
            headers=sent | (headers or {}),
            redirect=False,
            retries=False,
            timeout=PATIENCE,
        )
        return Answer(response.status, response.headers, response.data)

    def token(self, user_id: int, **claims: object) -> str:
        """Return a token of any user; `claims` replace the usual ones."""
        return token(user_id, self.jwt_secret, **claims)

    def mails(self, to: str | None = None) -> list[Mail]:
        """Return the mails sent since the cloud started, oldest first; `to` selects one address."""
        accounts = json.loads(urllib3.request("GET", self.inbox_url).data)["messages"]
        sent = [message for messages in accounts.values() for message in messages]
        return [
            Mail(
                sender=message["Source"],
                to=message["To"],
                subject=message["Subject"],
                text=message["BodyText"],
                html=message["BodyHtml"] or "",
            )
            for message in sorted(sent, key=lambda message: float(message["Timestamp"]))
            if to is None or to in message["To"]
        ]

    def connect(self) -> pg8000.dbapi.Connection:
        """Open a connection to the database."""
        return Credentials.from_url(self.database_url).connect()

    def client(self, service: str) -> Any:  # noqa: ANN401 (as Access.client)
        """Return the boto3 client of an AWS service, with all rights."""
        access = Access(
            self.aws_endpoint_url,
            self.aws_access_key_id,
            self.aws_secret_access_key,
            self.aws_region,
        )
        return access.client(service)
