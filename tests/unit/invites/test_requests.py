"""Requests: the bodies that are understood, and the problems that are named in the others."""

from typing import Any

import pytest

from openevent.errors import Conflict, Invalid
from openevent.invites import requests
from openevent.invites.requests import InviteChange, NewInvite
from openevent.invites.rules import Status
from openevent.rights.access import Role


def creation(**attributes: object) -> dict[str, Any]:
    return {
        "data": {
            "type": "role-invite",
            "attributes": {"email": "bob@example.com", "role-name": "organizer", **attributes},
            "relationships": {
                "event": {"data": {"type": "event", "id": "1"}},
                "role": {"data": {"type": "role", "id": "2"}},
            },
        }
    }


def without(document: dict[str, Any], *path: str) -> dict[str, Any]:
    *parents, last = path
    inner = document
    for step in parents:
        inner = inner[step]
    del inner[last]
    return document


def pointers(body: dict[str, Any]) -> list[tuple[str, str | None]]:
    with pytest.raises(Invalid) as caught:
        requests.new_invite(body)
    return [(problem.code, problem.pointer) for problem in caught.value.problems]


def test_a_creation() -> None:
    body = creation(email="  Bob@example.com ")
    assert requests.new_invite(body) == NewInvite("Bob@example.com", Role.ORGANIZER, "2", "1")


def test_what_is_ours_to_say_is_not_obeyed() -> None:
    body = creation(status="accepted", hash="abc", **{"created-at": "2099-01-01T00:00:00Z"})
    body["data"]["id"] = "77"
    assert requests.new_invite(body) == requests.new_invite(creation())


@pytest.mark.parametrize(
    ("body", "problems"),
    [
        ({}, [("missing-field", "/data")]),
        ({"data": []}, [("invalid-field", "/data")]),
        (
            {"data": {"type": "role-invite"}},
            [
                ("missing-field", "/data/attributes/email"),
                ("missing-field", "/data/attributes/role-name"),
                ("missing-field", "/data/relationships/event"),
                ("missing-field", "/data/relationships/role"),
            ],
        ),
        (without(creation(), "data", "type"), [("missing-field", "/data/type")]),
        (
            without(creation(), "data", "attributes", "role-name"),
            [("missing-field", "/data/attributes/role-name")],
        ),
        (
            without(creation(), "data", "relationships", "event"),
            [("missing-field", "/data/relationships/event")],
        ),
        (
            without(creation(), "data", "relationships", "role", "data", "id"),
            [("missing-field", "/data/relationships/role/data/id")],
        ),
        (creation(email="bob"), [("invalid-field", "/data/attributes/email")]),
        (creation(email=None), [("invalid-field", "/data/attributes/email")]),
        (creation(email=["bob@example.com"]), [("invalid-field", "/data/attributes/email")]),
        (
            creation(**{"role-name": "admin"}),
            [("invalid-field", "/data/attributes/role-name")],
        ),
        (creation(**{"role-name": 1}), [("invalid-field", "/data/attributes/role-name")]),
        (creation(rolename="x"), [("unknown-field", "/data/attributes/rolename")]),
    ],
)
def test_what_is_wrong_is_pointed_at(body: dict[str, Any], problems: list[tuple[str, str]]) -> None:
    assert pointers(body) == problems


@pytest.mark.parametrize("id_", ["", "1/2", "\ud800", "a" * 65, "1\n"])
def test_ids_are_plain(id_: str) -> None:
    body = creation()
    body["data"]["relationships"]["event"]["data"]["id"] = id_
    assert pointers(body) == [("invalid-field", "/data/relationships/event/data/id")]


@pytest.mark.parametrize("type_", ["role-invites", "roleInvite", "event", ""])
def test_another_type_is_a_conflict(type_: str) -> None:
    body = creation()
    body["data"]["type"] = type_
    with pytest.raises(Conflict) as caught:
        requests.new_invite(body)
    assert caught.value.problems[0].source == {"pointer": "/data/type"}


def test_a_change() -> None:
    body = {
        "data": {
            "type": "role-invite",
            "id": "7",
            "attributes": {"role-name": "moderator", "status": "pending", "hash": None},
            "relationships": {"role": {"data": {"type": "role", "id": "5"}}},
        }
    }
    assert requests.change(body, "7") == InviteChange(
        fields=frozenset({"role_name", "status", "hash", "role"}),
        email=None,
        role=Role.MODERATOR,
        role_id="5",
        event=None,
        status=Status.PENDING,
    )


def test_a_change_of_another_invite() -> None:
    with pytest.raises(Conflict) as caught:
        requests.change({"data": {"type": "role-invite", "id": "8"}}, "7")
    assert caught.value.problems[0].source == {"pointer": "/data/id"}


def test_a_change_to_an_unknown_status() -> None:
    body = {"data": {"type": "role-invite", "attributes": {"status": "open"}}}
    with pytest.raises(Invalid) as caught:
        requests.change(body, "7")
    assert caught.value.problems[0].source == {"pointer": "/data/attributes/status"}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/data"),
        ({"data": {}}, "/data/token"),
        ({"data": {"token": None}}, "/data/token"),
        ({"data": {"token": {"$ne": ""}}}, "/data/token"),
    ],
)
def test_an_invalid_token(body: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Invalid) as caught:
        requests.token(body)
    assert [problem.pointer for problem in caught.value.problems] == [pointer]
