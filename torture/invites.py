"""Role invites under torture."""

import json
import re
from collections.abc import Callable
from functools import partial
from typing import Protocol

from openevent.adapters.commit import OUTCOME_UNKNOWN
from openevent.invites.rules import digest_of
from torture.injection import Plan
from torture.runner import Ended
from torture.stage import INVITEE, SECRET, Called, Stage
from torture.use_case import RETRIES, UseCase, again_until, nothing

Finish = Callable[[Stage, Ended], list[str]]


class Call(Protocol):
    """A call of the API."""

    def __call__(self, stage: Stage, plan: Plan | None = None, *, later: int = 0) -> Called:
        """Make it."""


JSON_API = {"Content-Type": "application/vnd.api+json"}
NEW = "new@example.com"


def invite(stage: Stage, plan: Plan | None = None, *, later: int = 0) -> Called:
    """Invite a person without an account."""
    role = stage.rows("SELECT id FROM roles WHERE name = 'organizer'")[0]["id"]
    data = {
        "type": "role-invite",
        "attributes": {"email": NEW, "role-name": "organizer"},
        "relationships": {
            "event": {"data": {"type": "event", "id": str(stage.event)}},
            "role": {"data": {"type": "role", "id": str(role)}},
        },
    }
    return stage.api(
        "POST", "/v1/role-invites", plan, body={"data": data}, headers=JSON_API, later=later
    )


def _one_invite(stage: Stage) -> list[str]:
    rows = stage.rows(f"SELECT status FROM role_invites WHERE email = '{NEW}'")  # noqa: S608 - ours
    found = [] if len(rows) == 1 else [f"invites: {len(rows)}"]
    if len(stage.mails()) > 1:
        found.append(f"mails: {len(stage.mails())}")
    return found


def _show_all(stage: Stage, plan: Plan | None = None, *, later: int = 0) -> Called:
    return stage.api("GET", f"/v1/events/{stage.event}/role-invites", plan, later=later)


def _show(stage: Stage, plan: Plan | None = None, *, later: int = 0) -> Called:
    return stage.api("GET", f"/v1/role-invites/{stage.invite}", plan, later=later)


def _change(stage: Stage, plan: Plan | None = None, *, later: int = 0) -> Called:
    """Send the invite to another address."""
    data = {"type": "role-invite", "id": str(stage.invite), "attributes": {"email": NEW}}
    path = f"/v1/role-invites/{stage.invite}"
    return stage.api("PATCH", path, plan, body={"data": data}, headers=JSON_API, later=later)


def _resend(stage: Stage, plan: Plan | None = None, *, later: int = 0) -> Called:
    path = f"/v1/role-invites/{stage.invite}/resend-invite"
    return stage.api("POST", path, plan, later=later)


def _delete(stage: Stage, plan: Plan | None = None, *, later: int = 0) -> Called:
    return stage.api("DELETE", f"/v1/role-invites/{stage.invite}", plan, later=later)


def _answer(stage: Stage, plan: Plan | None = None, *, answer: str, later: int = 0) -> Called:
    body = {"data": {"token": SECRET}}
    path = f"/v1/role_invites/{answer}-invite"
    return stage.api("POST", path, plan, user=stage.invitee, body=body, later=later)


def _unchanged(stage: Stage) -> list[str]:
    found = _pending(stage, INVITEE)
    if stage.mails():
        found.append(f"mails: {len(stage.mails())}")
    return found


def _pending(stage: Stage, email: str) -> list[str]:
    """Return what is wrong unless there is one invite, pending, which the last mail opens."""
    invites = stage.rows("SELECT email, status, hash FROM role_invites")
    if [(row["email"], row["status"]) for row in invites] != [(email, "pending")]:
        return [f"invites: {json.dumps(invites)}"]
    if stage.mails():
        token = re.search(r"token=([\w-]+)", stage.mails()[-1].body)
        if token is None or digest_of(token[1]) != invites[0]["hash"]:
            return ["the last mail does not open the invite"]
    return []


def _resent(stage: Stage) -> list[str]:
    # Each call that is made again sends another mail.
    found = _pending(stage, INVITEE)
    if len(stage.mails()) > 1 + RETRIES:
        found.append(f"mails: {len(stage.mails())}")
    return found


def _changed(stage: Stage) -> list[str]:
    found = _pending(stage, NEW)
    if len(stage.mails()) > 1:
        found.append(f"mails: {len(stage.mails())}")
    return found


def _deleted(stage: Stage) -> list[str]:
    count = len(stage.rows("SELECT id FROM role_invites"))
    return [f"invites: {count}"] if count or stage.mails() else []


def _answered(status: str, roles: int) -> Callable[[Stage], list[str]]:
    def problems(stage: Stage) -> list[str]:
        rows = stage.rows(
            f"SELECT id FROM users_events_roles WHERE user_id = {stage.invitee}"  # noqa: S608 - a number
        )
        found = [] if len(rows) == roles else [f"roles: {len(rows)}"]
        invites = stage.rows(f"SELECT status FROM role_invites WHERE email = '{INVITEE}'")  # noqa: S608 - ours
        if [row["status"] for row in invites] != [status]:
            found.append(f"invites: {json.dumps(invites)}")
        return found

    return problems


def _finish(call: Call, *accepted: int, uncertain: int | None = None) -> Finish:
    """Return what makes the call again.

    `uncertain`: status that is right too if no answer came before, or one that promised nothing.
    """

    def finish(stage: Stage, ended: Ended) -> list[str]:
        is_certain = ended.is_answered and OUTCOME_UNKNOWN not in ended.answer["body"]
        more = [] if is_certain or uncertain is None else [uncertain]
        return again_until(lambda later: call(stage, later=later), ended, [*accepted, *more])

    return finish


def _use_case(
    name: str, call: Call, finish: Finish, problems: Callable[[Stage], list[str]]
) -> UseCase:
    return UseCase(name, nothing, lambda stage, plan: call(stage, plan).ended, finish, problems)


ACCEPT, DECLINE = partial(_answer, answer="accept"), partial(_answer, answer="decline")

# A caller who does not know may learn by a conflict that the invite is there.
INVITES = [
    _use_case("invite: create", invite, _finish(invite, 201, uncertain=409), _one_invite),
    _use_case("invite: list", _show_all, _finish(_show_all, 200), _unchanged),
    _use_case("invite: show", _show, _finish(_show, 200), _unchanged),
    _use_case("invite: change", _change, _finish(_change, 200), _changed),
    _use_case("invite: resend", _resend, _finish(_resend, 200), _resent),
    _use_case("invite: delete", _delete, _finish(_delete, 200, 404), _deleted),
    _use_case("invite: accept", ACCEPT, _finish(ACCEPT, 200), _answered("accepted", 1)),
    _use_case("invite: decline", DECLINE, _finish(DECLINE, 200), _answered("declined", 0)),
]
