"""The whole way of an invite, through the deployed template and the mail."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest
from sqlalchemy import Connection, text

from local.stack import Answer, Mail, Stack
from tests.browser import PHONE, Browser
from tests.database import engine
from tests.e2e.exporting import export, until
from tests.factories import Row, make_event, make_user, role_id

JSON_API = "application/vnd.api+json"

_LINK = re.compile(r"https?://\S+/role-invites/invitation\?token=([\w-]{43})\b")


@contextmanager
def open_event(stack: Stack) -> Iterator[Connection]:
    """The database as Open Event's server writes it: who registers there, and who makes events."""
    with engine(stack.database_url).begin() as connection:
        yield connection


def somebody(name: str) -> str:
    """An address that no other test has."""
    return f"{name}-{uuid4().hex[:8]}@example.com"


def register(stack: Stack, email: str, **values: object) -> Row:
    with open_event(stack) as connection:
        return make_user(connection, email, **values)


def new_event(stack: Stack, owner: Row, name: str = "Kites") -> Row:
    with open_event(stack) as connection:
        return make_event(connection, owner, name=name)


def invite(stack: Stack, email: str, role: str, event: object, token: str | None = None) -> Answer:
    with open_event(stack) as connection:
        number = role_id(connection, role)
    body = {
        "data": {
            "type": "role-invite",
            "attributes": {"email": email, "role-name": role},
            "relationships": {
                "event": {"data": {"type": "event", "id": str(event)}},
                "role": {"data": {"type": "role", "id": str(number)}},
            },
        }
    }
    return stack.request(
        "POST", "/v1/role-invites", token=token, body=body, headers={"Content-Type": JSON_API}
    )


def latest_mail(stack: Stack, to: str) -> Mail:
    return stack.mails(to)[-1]


def token_in(mail: Mail) -> str:
    found = set(_LINK.findall(mail.text)) & set(_LINK.findall(mail.html))
    assert len(found) == 1
    return str(found.pop())


def use(stack: Stack, what: str, secret: str, token: str | None = None) -> Answer:
    body = {"data": {"token": secret}}
    return stack.request("POST", f"/v1/role_invites/{what}", token=token, body=body)


def team(stack: Stack, event_id: object) -> set[tuple[str, str]]:
    with open_event(stack) as connection:
        rows = connection.execute(
            text("""
                SELECT u._email, r.name FROM users_events_roles e
                JOIN users u ON u.id = e.user_id JOIN roles r ON r.id = e.role_id
                WHERE e.event_id = :event
            """),
            {"event": event_id},
        )
        return {(row[0], row[1]) for row in rows}


def test_from_the_mail_to_the_role(stack: Stack) -> None:
    """Create, read the mail, take the link, register, accept, export with the new role."""
    email = somebody("newcomer")
    event = stack.event["id"]

    created = invite(stack, f" {email} ", "coorganizer", event, stack.tokens["organizer"])
    assert created.status == 201
    assert created.headers["Content-Type"] == JSON_API
    assert created.json()["data"]["attributes"]["email"] == email
    assert "meta" not in created.json()

    mail = latest_mail(stack, email)
    assert mail.sender == stack.mail_sender
    assert mail.subject == "Invitation to Paper Boats 2027"
    assert "Rasmus Bjørnstad (organizer@paperboats.example) invites you" in mail.text
    assert "as co-organizer" in mail.text
    secret = token_in(mail)
    assert secret.encode() not in created.body

    assert use(stack, "user", secret).json() == {"email": email}
    assert use(stack, "accept-invite", secret).status == 401
    # Registered with that address, which is not verified yet.
    user = register(stack, email, is_verified=False, first_name="New", last_name="Comer")
    token = stack.token(user["id"])
    assert stack.request("POST", f"/v1/events/{event}/export/json", token=token).status == 403

    accepted = use(stack, "accept-invite", secret, token)
    assert (accepted.status, accepted.json()) == (
        200,
        {
            "email": email,
            "event": event,
            "event_identifier": stack.event["identifier"],
            "name": "New Comer",
            "role": "coorganizer",
        },
    )
    assert (email, "coorganizer") in team(stack, event)
    with open_event(stack) as connection:
        verified = text("SELECT is_verified FROM users WHERE id = :id")
        assert connection.scalar(verified, {"id": user["id"]}) is True
    assert export(stack, event, token=token).json("event")["name"] == "Paper Boats 2027"


def test_declining_and_inviting_again(stack: Stack) -> None:
    email = somebody("reluctant")
    user = register(stack, email)
    event = stack.event["id"]
    invite(stack, email, "moderator", event, stack.tokens["owner"])
    secret = token_in(latest_mail(stack, email))
    declined = use(stack, "decline-invite", secret, stack.token(user["id"]))
    assert (declined.status, declined.json()["status"]) == (200, "declined")
    assert use(stack, "accept-invite", secret, stack.token(user["id"])).status == 409
    assert invite(stack, email, "moderator", event, stack.tokens["owner"]).status == 201
    again = use(
        stack, "accept-invite", token_in(latest_mail(stack, email)), stack.token(user["id"])
    )
    assert again.status == 200
    assert (email, "moderator") in team(stack, event)


def test_the_owner_changes_and_both_get_a_mail(stack: Stack) -> None:
    former, new = register(stack, somebody("former")), register(stack, somebody("new"))
    event = new_event(stack, former)
    invite(stack, new["_email"], "owner", event["id"], stack.token(former["id"]))
    secret = token_in(latest_mail(stack, new["_email"]))
    assert use(stack, "accept-invite", secret, stack.token(new["id"])).status == 200
    assert team(stack, event["id"]) == {(former["_email"], "organizer"), (new["_email"], "owner")}
    for user in (former, new):
        assert latest_mail(stack, user["_email"]).subject == "Kites has a new owner"


def test_a_list_of_invites(stack: Stack) -> None:
    owner = register(stack, somebody("owner"))
    event = new_event(stack, owner)
    token = stack.token(owner["id"])
    for number in range(3):
        invite(stack, f"{number}-{somebody('guest')}", "registrar", event["id"], token)
    path = f"/v1/events/{event['identifier']}/role-invites"
    query = "sort=-email&page[size]=2&include=role,event&filter[status]=pending"
    answer = stack.request("GET", f"{path}?{query}", token=token)
    assert (answer.status, answer.headers["Content-Type"]) == (200, JSON_API)
    document = answer.json()
    assert [row["attributes"]["email"][0] for row in document["data"]] == ["2", "1"]
    assert document["meta"] == {"count": 3}
    assert {row["type"] for row in document["included"]} == {"role", "event"}
    rest = stack.request("GET", document["links"]["next"], token=token).json()
    assert [row["attributes"]["email"][0] for row in rest["data"]] == ["0"]
    for relationship in document["data"][0]["relationships"].values():
        for link in relationship["links"].values():
            assert stack.request("GET", link, token=token).status == 200


def test_changing_resending_and_deleting(stack: Stack) -> None:
    owner = register(stack, somebody("owner"))
    event = new_event(stack, owner)
    token = stack.token(owner["id"])
    email, other = somebody("guest"), somebody("other")
    made = invite(stack, email, "registrar", event["id"], token).json()["data"]
    first = token_in(latest_mail(stack, email))
    path = made["links"]["self"]
    resent = stack.request("POST", f"{path}/resend-invite", token=token)
    assert resent.json() == {"success": True, "message": "Invite resent successfully"}
    second = token_in(latest_mail(stack, email))
    assert use(stack, "user", first).status == 404
    assert use(stack, "user", second).status == 200
    data = {"type": "role-invite", "id": made["id"], "attributes": {"email": other}}
    changed = stack.request("PATCH", path, token=token, body={"data": data})
    assert (changed.status, changed.headers["Content-Type"]) == (200, JSON_API)
    assert use(stack, "user", second).status == 404
    assert use(stack, "user", token_in(latest_mail(stack, other))).json() == {"email": other}
    assert stack.request("DELETE", path, token=token).json() == {
        "meta": {"message": "Object successfully deleted"},
        "jsonapi": {"version": "1.0"},
    }
    assert stack.request("GET", path, token=token).status == 404


def test_the_attack_on_todays_server_fails_at_each_step(stack: Stack) -> None:
    eve, mallory = register(stack, somebody("eve")), register(stack, somebody("mallory"))
    own, target = new_event(stack, eve), stack.event["id"]
    before = team(stack, target)
    made = invite(stack, mallory["_email"], "owner", own["id"], stack.token(eve["id"])).json()
    path = made["data"]["links"]["self"]
    secret = token_in(latest_mail(stack, mallory["_email"]))
    # Read it without a login, for its secret; with one, there is none in it.
    assert stack.request("GET", path).status == 401
    assert secret.encode() not in stack.request("GET", path, token=stack.token(eve["id"])).body
    # Move it to another's event.
    link = {"data": {"type": "event", "id": str(target)}}
    data = {"type": "role-invite", "id": made["data"]["id"], "relationships": {"event": link}}
    for user in (None, eve, mallory):
        token = stack.token(user["id"]) if user else None
        moved = stack.request("PATCH", f"{path}/relationships/event", token=token, body=link)
        assert (moved.status, moved.headers["Allow"]) == (405, "GET")
        changed = stack.request("PATCH", path, token=token, body={"data": data})
        assert changed.status == (422 if user else 401)
    # Invite there outright.
    refused = invite(stack, mallory["_email"], "owner", target, stack.token(eve["id"]))
    assert refused.status == 403
    # Accept without a login, with another's, and with what the database holds.
    assert use(stack, "accept-invite", secret).status == 401
    assert use(stack, "accept-invite", secret, stack.token(eve["id"])).status == 403
    with open_event(stack) as connection:
        kept = connection.scalar(
            text("SELECT hash FROM role_invites WHERE id = :id"), {"id": made["data"]["id"]}
        )
    assert use(stack, "accept-invite", kept, stack.token(mallory["id"])).status == 404
    # What is left is what was meant.
    assert use(stack, "accept-invite", secret, stack.token(mallory["id"])).status == 200
    assert team(stack, target) == before
    assert (mallory["_email"], "owner") in team(stack, own["id"])


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/role-invites", "POST"),
        ("PUT", "/v1/role-invites/1", "DELETE, GET, PATCH"),
        ("GET", "/v1/role-invites/1/resend-invite", "POST"),
        ("PUT", "/v1/role-invites/invitation", "DELETE, GET, PATCH, POST"),
        ("DELETE", "/v1/role-invites/1/relationships/role", "GET"),
        ("POST", "/v1/role-invites/1/event", "GET"),
        ("POST", "/v1/role-invites/1/role", "GET"),
        ("POST", "/v1/events/1/role-invites", "GET"),
        ("GET", "/v1/role_invites/user", "POST"),
        ("GET", "/v1/role_invites/accept-invite", "POST"),
        ("GET", "/v1/role_invites/decline-invite", "POST"),
    ],
)
def test_every_route_is_deployed(stack: Stack, method: str, path: str, allowed: str) -> None:
    answer = stack.request(method, path, token=stack.tokens["owner"])
    assert (answer.status, answer.headers["Allow"]) == (405, allowed)
    asked = stack.request(
        "OPTIONS",
        path,
        headers={"Origin": "https://events.example", "Access-Control-Request-Method": "POST"},
    )
    assert (asked.status, asked.headers["Access-Control-Allow-Origin"]) == (204, "*")


def test_the_log_tells_who_did_what_and_no_token(stack: Stack) -> None:
    owner, guest = register(stack, somebody("owner")), register(stack, somebody("guest"))
    event = new_event(stack, owner)
    invite(stack, guest["_email"], "registrar", event["id"], stack.token(owner["id"]))
    secret = token_in(latest_mail(stack, guest["_email"]))
    use(stack, "accept-invite", secret, stack.token(guest["id"]))
    logs = stack.client("logs")
    group = f"/aws/lambda/{stack.functions['role_invite']}"

    def lines() -> list[str]:
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group)
        return [line["message"] for page in pages for line in page["events"]]

    def audited(found: list[str]) -> list[str]:
        mine = [line for line in found if f'"event_id":{event["id"]},' in line]
        return [m[1] for line in mine if (m := re.search(r'"action":"([\w-]+)"', line))]

    found = until(lines, lambda found: len(audited(found)) >= 2)
    assert audited(found) == ["invite-created", "invite-accepted"]
    assert not any(secret in line for line in found)


def test_declining_on_the_page_of_the_mail(stack: Stack, browser: Browser) -> None:
    """A person opens the link in a browser without scripts or a login, and presses the button."""
    owner, guest = register(stack, somebody("owner")), somebody("guest")
    event = new_event(stack, owner, "Kites <2027>")
    made = invite(stack, guest, "moderator", event["id"], stack.token(owner["id"])).json()
    token = token_in(latest_mail(stack, guest))
    link = f"{stack.api_url}/v1/role-invites/invitation?token={token}"
    assert link in latest_mail(stack, guest).text

    opened = stack.request("GET", link)
    assert opened.status == 200
    assert opened.headers["Content-Type"] == "text/html; charset=utf-8"
    assert opened.headers["Referrer-Policy"] == "no-referrer"
    assert stack.request("HEAD", link).status == 200
    visit = browser.visit(link, width=PHONE, screenshot="invitation/deployed")
    assert "Join the team of Kites <2027> as moderator" in visit.text
    path = f"/v1/role-invites/{made['data']['id']}"
    read = stack.request("GET", path, token=stack.token(owner["id"]))
    assert read.json()["data"]["attributes"]["status"] == "pending"

    declined = browser.visit(link, clicks=["Decline"])
    assert (declined.status, declined.title) == (200, "You have declined the invitation")
    for seen in (visit, declined):
        assert (seen.invalid, seen.violations, seen.errors, seen.foreign()) == ([], [], [], [])
    read = stack.request("GET", path, token=stack.token(owner["id"]))
    assert read.json()["data"]["attributes"]["status"] == "declined"
    assert stack.request("GET", f"{link}x").status == 404


def test_lookups_of_tokens_are_limited(stack: Stack) -> None:
    # The last test of this file: the address of this machine is refused for a minute after it.
    for _ in range(130):
        answer = use(stack, "user", "guessed")
        if answer.status == 429:
            break
        assert answer.status == 404
    assert answer.status == 429
    assert answer.json()["errors"][0]["code"] == "too-many-requests"
    seconds = int(answer.headers["Retry-After"])
    assert 0 < seconds <= 60
    # A second run of the tests begins with an unused limit.
    time.sleep(seconds)
    assert use(stack, "user", "guessed").status == 404
