"""The function as API Gateway calls it."""

import json
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from botocore.exceptions import ClientError, ReadTimeoutError
from sqlalchemy import Connection, text

from tests import openapi
from tests.factories import Row, role_id, token

SECRET = "the key that Open Event's server signs its tokens with"

_LINK = re.compile(r"https://api\.example\.com/v1/role-invites/invitation\?token=([\w-]+)")


@dataclass
class Outbox:
    """An SES that keeps its mails, and fails with an error of SES's where `fault` names one.

    With the fault "lost answer" it keeps the mail, and the client does not hear of it.
    `suppressed`: addresses on the account's suppression list, each with the reason.
    """

    mails: list[dict[str, Any]] = field(default_factory=list)
    fault: str | None = None
    suppressed: dict[str, str] = field(default_factory=dict)

    def get_suppressed_destination(self, *, EmailAddress: str) -> dict[str, Any]:  # noqa: N803
        """Answer as SES does, with an error for an address that is not on the list."""
        if EmailAddress not in self.suppressed:
            raise ClientError({"Error": {"Code": "NotFoundException"}}, "GetSuppressedDestination")
        reason = self.suppressed[EmailAddress]
        return {"SuppressedDestination": {"EmailAddress": EmailAddress, "Reason": reason}}

    def send_email(self, **mail: Any) -> dict[str, str]:  # noqa: ANN401 (as the client has it)
        if self.fault not in (None, "lost answer"):
            raise ClientError({"Error": {"Code": str(self.fault)}}, "SendEmail")
        self.mails.append(mail)
        if self.fault is not None:
            raise ReadTimeoutError(endpoint_url="https://email.eu-central-1.amazonaws.com")
        return {"MessageId": f"message-{len(self.mails)}"}

    def to(self, address: str) -> list[dict[str, str]]:
        """The mails to `address`: subject, text and HTML of each."""
        return [
            {
                "subject": mail["Content"]["Simple"]["Subject"]["Data"],
                "text": mail["Content"]["Simple"]["Body"]["Text"]["Data"],
                "html": mail["Content"]["Simple"]["Body"]["Html"]["Data"],
            }
            for mail in self.mails
            if mail["Destination"] == {"ToAddresses": [address]}
        ]

    def token(self, address: str) -> str:
        """The token in the latest invite to `address`."""
        return str(_LINK.findall(self.to(address)[-1]["text"])[-1])


@dataclass(frozen=True)
class Answer:
    """Answer of the function."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:  # noqa: ANN401 (whatever JSON holds)
        return json.loads(self.text)

    @property
    def id(self) -> str:
        return str(self.json["data"]["id"])

    @property
    def errors(self) -> list[tuple[str, dict[str, str]]]:
        """The code and source of each error."""
        return [(error["code"], error.get("source", {})) for error in self.json["errors"]]

    @property
    def code(self) -> str:
        """The code of the one error."""
        ((code, _),) = self.errors
        return code


@dataclass
class Function:
    """The function, and what it works on."""

    app: ModuleType
    outbox: Outbox
    connection: Connection

    def call(  # noqa: PLR0913 - the parts of a request
        self,
        method: str,
        path: str,
        *,
        user: Row | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        source_ip: str = "192.0.2.7",
    ) -> Answer:
        """Call it as `user`, with `body` as JSON (or unchanged, if it is text).

        Fails when the answer is not as docs/openapi.yaml describes it.
        """
        # It works through connections of its own: what the test prepared must be there.
        self.connection.commit()
        parts = urlsplit(path)
        query = parse_qs(parts.query, keep_blank_values=True)
        sent = {"Content-Type": "application/vnd.api+json", **(headers or {})}
        if user is not None:
            sent["Authorization"] = f"JWT {token(user['id'], SECRET)}"
        event = {
            "httpMethod": method,
            "path": parts.path,
            "headers": sent,
            "multiValueHeaders": {name: [value] for name, value in sent.items()},
            "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
            "multiValueQueryStringParameters": query or None,
            "body": body if body is None or isinstance(body, str) else json.dumps(body),
            "isBase64Encoded": False,
            "requestContext": {
                "stage": "v1",
                "path": f"/v1{parts.path}",
                "identity": {"sourceIp": source_ip},
            },
        }
        context = SimpleNamespace(aws_request_id="a-request")
        with warnings.catch_warnings():
            # Not every call has something to count.
            warnings.filterwarnings("ignore", "No application metrics to publish")
            answer = self.app.handler(event, context)
        headers = {name: values[0] for name, values in answer["multiValueHeaders"].items()}
        if method == "HEAD":
            # Answered as GET is; the description has no operation of its own for it.
            return Answer(answer["statusCode"], headers, answer["body"])
        body_sent = answer["body"].encode()
        faults = openapi.faults_of_answer(method, path, answer["statusCode"], headers, body_sent)
        assert not faults, (method, path, answer, faults)
        return Answer(answer["statusCode"], headers, answer["body"])

    def invite(
        self, user: Row | None, event: Row, email: str = "bob@example.com", role: str = "organizer"
    ) -> Answer:
        """Invite `email`."""
        body = self.creation(event, email, role)
        return self.call("POST", "/v1/role-invites", user=user, body=body)

    def creation(self, event: Row, email: str, role: str) -> dict[str, Any]:
        """The body of a creation, as the contract has it."""
        return {
            "data": {
                "type": "role-invite",
                "attributes": {"email": email, "role-name": role},
                "relationships": {
                    "event": {"data": {"type": "event", "id": str(event["id"])}},
                    "role": {"data": {"type": "role", "id": str(role_id(self.connection, role))}},
                },
            }
        }

    def change(self, user: Row, invite_id: int | str, **attributes: object) -> Answer:
        """Change an invite's attributes (`role_name` for `role-name`)."""
        named = {name.replace("_", "-"): value for name, value in attributes.items()}
        data = {"type": "role-invite", "id": str(invite_id), "attributes": named}
        return self.call("PATCH", f"/v1/role-invites/{invite_id}", user=user, body={"data": data})

    def accept(self, user: Row | None, secret: str) -> Answer:
        """Accept with a token."""
        body = {"data": {"token": secret}}
        return self.call("POST", "/v1/role_invites/accept-invite", user=user, body=body)

    def decline(self, user: Row | None, secret: str) -> Answer:
        """Decline with a token."""
        body = {"data": {"token": secret}}
        return self.call("POST", "/v1/role_invites/decline-invite", user=user, body=body)

    def whose(self, secret: str, user: Row | None = None, source_ip: str = "192.0.2.7") -> Answer:
        """Ask for the address that a token was mailed to."""
        body = {"data": {"token": secret}}
        return self.call("POST", "/v1/role_invites/user", user=user, body=body, source_ip=source_ip)

    def resend(self, user: Row, invite_id: int | str) -> Answer:
        """Resend an invite."""
        return self.call("POST", f"/v1/role-invites/{invite_id}/resend-invite", user=user)

    def delete(self, user: Row, invite_id: int | str) -> Answer:
        """Delete an invite."""
        return self.call("DELETE", f"/v1/role-invites/{invite_id}", user=user)

    def read(self, user: Row | None, invite_id: int | str) -> Answer:
        """Read an invite."""
        return self.call("GET", f"/v1/role-invites/{invite_id}", user=user)

    def roles(self, event: Row) -> list[tuple[int, str]]:
        """Return the user ids and roles of the event itself."""
        self.connection.commit()
        rows = self.connection.execute(
            text("""
                SELECT e.user_id, r.name FROM users_events_roles e JOIN roles r ON r.id = e.role_id
                WHERE e.event_id = :event ORDER BY e.user_id, r.name
            """),
            {"event": event["id"]},
        )
        return [(row.user_id, row.name) for row in rows]

    def invites(self) -> list[Row]:
        """The table."""
        self.connection.commit()
        rows = self.connection.execute(text("SELECT * FROM role_invites ORDER BY id"))
        return [dict(row) for row in rows.mappings()]

    def run(self, statement: str, **values: object) -> None:
        """Change the database as Open Event's server, or an accident, could."""
        self.connection.execute(text(statement), values)
        self.connection.commit()
