"""Creating, listing and reading invites, resending and deleting them."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import (
    delete_softly,
    give_role,
    join_group,
    make_event,
    make_group,
    make_role_invite,
    make_user,
    role_id,
)
from tests.integration.invites.driver import Function

LONG_AGO = "2026-01-01T00:00:00+00:00"


def days_ago(days: float) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).isoformat()


def test_the_answer_is_that_of_the_contract(function: Function) -> None:
    ada = make_user(function.connection)
    event = make_event(function.connection, ada)
    before = datetime.now(UTC)
    answer = function.invite(ada, event, "  bob@example.com ")
    assert answer.status == 201
    assert answer.headers["Location"] == "/v1/role-invites/1"
    assert answer.headers["Content-Type"] == "application/vnd.api+json"
    document = answer.json
    created_at = document["data"]["attributes"].pop("created-at")
    delivery = document["data"]["attributes"].pop("delivery")
    assert (delivery["state"], delivery["reason"]) == ("sent", None)
    assert before <= datetime.fromisoformat(created_at) <= datetime.now(UTC)
    assert created_at.endswith("+00:00")
    assert document == {
        "data": {
            "type": "role-invite",
            "id": "1",
            "attributes": {
                "email": "bob@example.com",
                "role-name": "organizer",
                "status": "pending",
            },
            "relationships": {
                name: {
                    "links": {
                        "self": f"/v1/role-invites/1/relationships/{name}",
                        "related": f"/v1/role-invites/1/{name}",
                    }
                }
                for name in ("event", "role")
            },
            "links": {"self": "/v1/role-invites/1"},
        },
        "links": {"self": "/v1/role-invites/1"},
        "jsonapi": {"version": "1.0"},
    }


def test_links_lead_somewhere(function: Function) -> None:
    ada = make_user(function.connection)
    event = make_event(function.connection, ada, name="PyCon")
    data = function.invite(ada, event).json["data"]
    links = data["relationships"]

    def follow(name: str, kind: str) -> object:
        answer = function.call("GET", links[name]["links"][kind], user=ada)
        assert (answer.status, answer.headers["Content-Type"]) == (200, "application/vnd.api+json")
        return answer.json["data"]

    organizer = str(role_id(function.connection, "organizer"))
    assert function.call("GET", data["links"]["self"], user=ada).json["data"] == data
    assert follow("event", "self") == {"type": "event", "id": str(event["id"])}
    assert follow("role", "self") == {"type": "role", "id": organizer}
    assert follow("event", "related") == {
        "type": "event",
        "id": str(event["id"]),
        "attributes": {"identifier": event["identifier"], "name": "PyCon"},
    }
    assert follow("role", "related") == {
        "type": "role",
        "id": organizer,
        "attributes": {"name": "organizer", "title-name": "Organizer"},
    }


def test_an_event_may_be_named_by_its_identifier(function: Function) -> None:
    ada = make_user(function.connection)
    event = make_event(function.connection, ada, identifier="934ebe39")
    body = function.creation(event, "bob@example.com", "moderator")
    body["data"]["relationships"]["event"]["data"]["id"] = "934ebe39"
    assert function.call("POST", "/v1/role-invites", user=ada, body=body).status == 201
    assert [row["event_id"] for row in function.invites()] == [event["id"]]


@pytest.mark.parametrize("content_type", ["application/json", "application/vnd.api+json"])
def test_both_content_types_are_taken(function: Function, content_type: str) -> None:
    ada = make_user(function.connection)
    body = function.creation(make_event(function.connection, ada), "bob@example.com", "organizer")
    headers = {"Content-Type": f"{content_type}; charset=utf-8"}
    answer = function.call("POST", "/v1/role-invites", user=ada, body=body, headers=headers)
    assert (answer.status, answer.headers["Content-Type"]) == (201, "application/vnd.api+json")


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        ("<xml/>", "text/xml", 415, "unsupported-media-type"),
        ("{", "application/json", 400, "body-not-json"),
        ("[]", "application/json", 400, "body-not-json"),
        ('{"data":"\\u0000"}', "application/json", 400, "body-not-text"),
        ("", "application/json", 422, "missing-field"),
        ("{}", "application/json", 422, "missing-field"),
        ('{"data":{"type":"event"}}', "application/json", 409, "wrong-type"),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_bodies_that_cannot_be(  # noqa: PLR0913, PLR0917
    function: Function, method: str, body: str, content_type: str, status: int, code: str
) -> None:
    ada = make_user(function.connection)
    path = "/v1/role-invites" if method == "POST" else "/v1/role-invites/1"
    headers = {"Content-Type": content_type}
    answer = function.call(method, path, user=ada, body=body, headers=headers)
    assert (answer.status, answer.code) == (status, code)


def test_role_and_name_have_to_agree(function: Function) -> None:
    ada = make_user(function.connection)
    body = function.creation(make_event(function.connection, ada), "bob@example.com", "organizer")
    body["data"]["relationships"]["role"]["data"]["id"] = str(role_id(function.connection, "owner"))
    answer = function.call("POST", "/v1/role-invites", user=ada, body=body)
    assert answer.status == 422
    assert answer.errors == [("roles-disagree", {"pointer": "/data/relationships/role"})]
    assert function.invites() == []


def test_what_is_not_there(function: Function) -> None:
    ada = make_user(function.connection, is_admin=True)
    event = make_event(function.connection)
    row = make_role_invite(function.connection, event, "bob@example.com", created_at=days_ago(1))
    delete_softly(function.connection, "events", event)
    answers = [
        function.invite(ada, event),
        function.call("GET", f"/v1/events/{event['id']}/role-invites", user=ada),
        function.read(ada, row["id"]),
        function.resend(ada, row["id"]),
        function.delete(ada, row["id"]),
        function.change(ada, row["id"], role_name="moderator"),
    ]
    assert [(answer.status, answer.code) for answer in answers] == [(404, "event-not-found")] * 6
    for name in ("0", "99", "-1", "2147483648", "9" * 40, "x", "1 OR 1=1", "\u0661"):
        answer = function.read(ada, name)
        assert (answer.status, answer.code) == (404, "invite-not-found"), name


def test_another_events_identifier_is_not_an_id(function: Function) -> None:
    eve = make_user(function.connection)
    gone = make_event(function.connection, make_user(function.connection))
    row = make_role_invite(function.connection, gone, "bob@example.com")
    delete_softly(function.connection, "events", gone)
    make_event(function.connection, eve, identifier=str(gone["id"]))
    for answer in (function.read(eve, row["id"]), function.delete(eve, row["id"])):
        assert (answer.status, answer.code) == (404, "invite-not-found")


def test_an_invite_of_no_event_is_none(function: Function) -> None:
    staff = make_user(function.connection, is_admin=True)
    event = make_event(function.connection)
    row = make_role_invite(function.connection, event, "bob@example.com", event_id=None)
    assert function.read(staff, row["id"]).code == "invite-not-found"


def test_one_open_invite_per_address_and_event(function: Function) -> None:
    ada = make_user(function.connection)
    event = make_event(function.connection, ada)
    sent = function.invite(ada, event, "bob@example.com")
    again = function.invite(ada, event, " BOB@Example.com", "moderator")
    assert (again.status, again.code) == (409, "invite-open")
    at = datetime.fromisoformat(sent.json["data"]["attributes"]["created-at"])
    assert again.json["errors"][0]["detail"] == (
        f"BOB@Example.com already has an open invite to this event, sent on "
        f"{at.day} {at:%B %Y, %H:%M} UTC (invite {sent.id}). Resend that invite, or delete it "
        "first."
    )
    assert len(function.invites()) == 1
    assert function.invite(ada, make_event(function.connection, ada)).status == 201


@pytest.mark.parametrize("status", ["pending", "declined", "accepted", "revoked", None])
@pytest.mark.parametrize("spelling", ["bob@example.com", "BOB@example.com"])
def test_what_is_over_is_taken_up_again(
    function: Function, status: str | None, spelling: str
) -> None:
    ada = make_user(function.connection)
    event = make_event(function.connection, ada)
    old = make_role_invite(function.connection, event, spelling, status=status, created_at=LONG_AGO)
    answer = function.invite(ada, event, "bob@example.com", "organizer")
    assert (answer.status, answer.id) == (201, str(old["id"]))
    (row,) = function.invites()
    assert (row["status"], row["email"]) == ("pending", "bob@example.com")
    assert row["created_at"] > datetime.now(UTC) - timedelta(minutes=1)
    token = function.outbox.token("bob@example.com")
    assert row["hash"] == hashlib.sha256(token.encode()).hexdigest()


def test_declined_for_one_role_is_free_for_another(function: Function) -> None:
    ada = make_user(function.connection)
    event = make_event(function.connection, ada)
    old = make_role_invite(function.connection, event, "bob@example.com", status="declined")
    assert function.invite(ada, event, "bob@example.com", "moderator").status == 201
    assert function.invites()[0] == old


def test_both_spellings_of_a_dead_invite(function: Function) -> None:
    ada = make_user(function.connection)
    event = make_event(function.connection, ada)
    for email in ("bob@example.com", "BOB@example.com"):
        make_role_invite(function.connection, event, email, status="declined")
    assert function.invite(ada, event, "bob@example.com").id == "1"


@pytest.mark.parametrize("through", ["event", "group"])
def test_who_has_the_role_is_not_invited_to_it(function: Function, through: str) -> None:
    ada = make_user(function.connection)
    bob = make_user(function.connection, "Bob@example.com")
    group = make_group(function.connection, ada)
    event = make_event(function.connection, ada, group_id=group["id"])
    if through == "event":
        give_role(function.connection, bob, event, "moderator")
    else:
        join_group(function.connection, bob, group, "moderator")
    answer = function.invite(ada, event, "bob@example.com", "moderator")
    assert (answer.status, answer.code) == (409, "role-held")
    assert function.invite(ada, event, "bob@example.com", "organizer").status == 201


def test_an_owner_invite_replaces_the_others(function: Function) -> None:
    ada = make_user(function.connection)
    event, other = make_event(function.connection, ada), make_event(function.connection, ada)
    make_role_invite(function.connection, event, "eve@example.com", "owner", created_at=LONG_AGO)
    make_role_invite(function.connection, event, "eve@example.com", "moderator")
    make_role_invite(function.connection, event, "kim@example.com", "owner", status="declined")
    make_role_invite(function.connection, other, "eve@example.com", "owner")
    function.invite(ada, event, "bob@example.com", "owner")
    first_token = function.outbox.token("bob@example.com")
    function.invite(ada, event, "cy@example.com", "owner")
    assert [(row["event_id"], row["email"], row["role_name"]) for row in function.invites()] == [
        (event["id"], "eve@example.com", "moderator"),
        (event["id"], "kim@example.com", "owner"),
        (other["id"], "eve@example.com", "owner"),
        (event["id"], "cy@example.com", "owner"),
    ]
    assert function.whose(first_token).code == "invite-not-found"


def test_the_token_is_in_the_mail_alone(function: Function) -> None:
    ada = make_user(function.connection, first_name="Ada", last_name="Lovelace")
    event = make_event(function.connection, ada, name="Ada & <Friends>")
    answer = function.invite(ada, event, "bob@example.com", "coorganizer")
    (mail,) = function.outbox.to("bob@example.com")
    token = function.outbox.token("bob@example.com")
    (row,) = function.invites()
    until = row["created_at"] + timedelta(days=7)
    assert mail["subject"] == "Invitation to Ada & <Friends>"
    for part in (mail["text"], mail["html"]):
        assert f"Ada Lovelace ({ada['_email']})" in part
        assert "co-organizer" in part
        assert "A co-organizer can change most of the event" in part
        assert f"https://api.example.com/v1/role-invites/invitation?token={token}" in part
        assert f"{until.day} {until:%B %Y, %H:%M} UTC" in part
    assert '"Ada & <Friends>"' in mail["text"]
    assert "<strong>Ada &amp; &lt;Friends&gt;</strong>" in mail["html"]
    assert token not in answer.text
    assert row["hash"] not in answer.text
    assert token not in str(row)


def test_names_cannot_write_the_mail(function: Function) -> None:
    ada = make_user(function.connection, first_name="Ada\n\nPS: pay here")
    name = "Conf\r\nBcc: eve@example.com\r\n\r\n" + "x" * 500
    event = make_event(function.connection, ada, name=name)
    function.invite(ada, event)
    (mail,) = function.outbox.to("bob@example.com")
    assert mail["subject"] == f"Invitation to Conf Bcc: {'x' * 89}…"
    assert "\nBcc" not in mail["text"]
    assert "\nPS" not in mail["text"]


def test_a_mail_that_does_not_go_fails_nothing(function: Function) -> None:
    ada = make_user(function.connection)
    event = make_event(function.connection, ada)
    function.outbox.fault = "ServiceUnavailable"
    created = function.invite(ada, event)
    assert created.status == 201
    assert created.json["meta"] == {
        "mail-sent": False,
        "reason": "mail-unavailable",
        "message": "The mail could not be sent. Resend the invite to try again.",
    }
    resent = function.resend(ada, created.id)
    assert (resent.status, resent.json["success"]) == (200, False)
    assert resent.json["meta"] == {"mail-sent": False, "reason": "mail-unavailable"}
    function.outbox.fault = None
    assert function.resend(ada, created.id).json == {
        "success": True,
        "message": "Invite resent successfully",
    }
    assert len(function.outbox.to("bob@example.com")) == 1


def test_mails_are_limited(function: Function, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = make_user(function.connection)
    event = make_event(function.connection, ada)
    changed = function.app.wiring.settings.model_copy(update={"invite_mails_per_hour": 1})
    monkeypatch.setattr(function.app.wiring, "settings", changed)
    assert function.invite(ada, event).status == 201
    refused = function.invite(ada, event, "cy@example.com")
    assert (refused.status, refused.code) == (429, "too-many-requests")
    assert 0 < int(refused.headers["Retry-After"]) <= 3600


def test_resending_makes_a_new_token(function: Function) -> None:
    ada = make_user(function.connection)
    event = make_event(function.connection, ada)
    invite = function.invite(ada, event)
    old = function.outbox.token("bob@example.com")
    function.run("UPDATE role_invites SET created_at = :at", at=days_ago(8))
    assert (function.whose(old).status, function.whose(old).code) == (410, "invite-expired")
    assert function.resend(ada, invite.id).status == 200
    new = function.outbox.token("bob@example.com")
    assert new != old
    assert function.whose(old).code == "invite-not-found"
    assert function.whose(new).json == {"email": "bob@example.com"}
    (row,) = function.invites()
    assert row["created_at"] > datetime.now(UTC) - timedelta(minutes=1)


@pytest.mark.parametrize("status", ["accepted", "declined", "revoked", None])
def test_only_pending_invites_are_resent(function: Function, status: str | None) -> None:
    ada = make_user(function.connection)
    event = make_event(function.connection, ada)
    row = make_role_invite(function.connection, event, "bob@example.com", status=status)
    answer = function.resend(ada, row["id"])
    assert (answer.status, answer.code) == (409, "invite-not-pending")
    assert function.invites() == [row]


def test_resending_does_not_make_a_second_open_invite(function: Function) -> None:
    ada = make_user(function.connection)
    event = make_event(function.connection, ada)
    old = make_role_invite(
        function.connection, event, "BOB@example.com", "moderator", created_at=LONG_AGO
    )
    function.invite(ada, event, "bob@example.com", "registrar")
    assert function.resend(ada, old["id"]).code == "invite-open"


@pytest.mark.parametrize("email", ["bob@example.com,eve@example.com", "bob", "böb@example.com"])
def test_what_is_no_address_gets_no_mail(function: Function, email: str) -> None:
    ada = make_user(function.connection)
    event = make_event(function.connection, ada)
    row = make_role_invite(function.connection, event, email)
    assert function.resend(ada, row["id"]).code == "address-unusable"
    assert function.outbox.mails == []


@pytest.mark.parametrize("status", ["pending", "declined", None])
def test_deleting(function: Function, status: str | None) -> None:
    ada = make_user(function.connection)
    event = make_event(function.connection, ada)
    row = make_role_invite(function.connection, event, "bob@example.com", status=status)
    answer = function.delete(ada, row["id"])
    assert answer.status == 200
    assert answer.json == {
        "meta": {"message": "Object successfully deleted"},
        "jsonapi": {"version": "1.0"},
    }
    assert function.invites() == []
    assert function.delete(ada, row["id"]).code == "invite-not-found"


def test_an_accepted_invite_is_not_deleted(function: Function) -> None:
    ada = make_user(function.connection)
    event = make_event(function.connection, ada)
    row = make_role_invite(function.connection, event, "bob@example.com", status="accepted")
    assert (function.delete(ada, row["id"]).status, function.invites()) == (409, [row])


def test_a_list_is_paged_sorted_and_filtered(function: Function) -> None:
    ada = make_user(function.connection)
    event = make_event(function.connection, ada)
    for number, status in enumerate(["pending", "declined", "pending", "accepted", None]):
        make_role_invite(
            function.connection, event, f"{9 - number}@example.com", "registrar", status=status
        )
    make_role_invite(function.connection, make_event(function.connection), "x@example.com")
    path = f"/v1/events/{event['id']}/role-invites"

    def ids(query: str) -> tuple[list[int], int]:
        answer = function.call("GET", f"{path}?{query}", user=ada)
        assert answer.status == 200
        return [int(row["id"]) for row in answer.json["data"]], answer.json["meta"]["count"]

    assert ids("") == ([1, 2, 3, 4, 5], 5)
    assert ids("sort=email") == ([5, 4, 3, 2, 1], 5)
    assert ids("sort=status,-email") == ([4, 2, 1, 3, 5], 5)
    assert ids("filter[status]=pending") == ([1, 3], 2)
    assert ids('filter=[{"name":"status","op":"ne","val":"pending"}]') == ([2, 4], 2)
    assert ids("page[size]=2&page[number]=2") == ([3, 4], 5)
    assert ids("page[size]=2&page[number]=9") == ([], 5)
    assert ids("page[size]=0&cache=true") == ([1, 2, 3, 4, 5], 5)
    links = function.call("GET", f"{path}?page[size]=2&sort=id", user=ada).json["links"]
    assert links["next"] == f"{path}?sort=id&page%5Bnumber%5D=2&page%5Bsize%5D=2"
    assert function.call("GET", links["next"], user=ada).json["data"][0]["id"] == "3"


@pytest.mark.parametrize("query", ["sort=hash", "filter[hash]=x", "include=user", "page[size]=-1"])
def test_lists_do_not_do_everything(function: Function, query: str) -> None:
    ada = make_user(function.connection)
    event = make_event(function.connection, ada)
    answer = function.call("GET", f"/v1/events/{event['id']}/role-invites?{query}", user=ada)
    assert answer.status == 422
    assert answer.errors == [("invalid-parameter", {"parameter": query.partition("=")[0]})]


def test_what_is_included(function: Function) -> None:
    ada = make_user(function.connection)
    event = make_event(function.connection, ada)
    path = f"/v1/events/{event['id']}/role-invites?include=role,event"
    assert function.call("GET", path, user=ada).json["included"] == []
    for role in ("organizer", "moderator"):
        function.invite(ada, event, f"{role}@example.com", role)
    make_role_invite(function.connection, event, "x@example.com", role_id=None)
    document = function.call("GET", path, user=ada).json
    named = [row["relationships"] for row in document["data"]]
    roles = [str(role_id(function.connection, role)) for role in ("organizer", "moderator")]
    assert [row["role"]["data"] for row in named] == [
        *({"type": "role", "id": role} for role in roles),
        None,
    ]
    assert [row["event"]["data"]["id"] for row in named] == [str(event["id"])] * 3
    assert {(row["type"], row["id"]) for row in document["included"]} == {
        ("event", str(event["id"])),
        *(("role", role) for role in roles),
    }
    one = function.call("GET", "/v1/role-invites/1?include=event", user=ada).json
    assert [row["type"] for row in one["included"]] == ["event"]
    assert "included" not in function.read(ada, 1).json
