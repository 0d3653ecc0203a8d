"""Documents about invites: the JSON:API answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from openevent.delivery.reasons import Reason, sentence_of
from openevent.delivery.states import Delivery, State
from openevent.edge import jsonapi
from openevent.invites.answer_invite import Answered
from openevent.invites.list_invites import Listed
from openevent.invites.requests import RELATIONSHIPS, TYPE
from openevent.invites.rules import Invite, RoleRow, Status
from openevent.rights.events import Event

# What to do if the mail of an invite was not sent, by the reason.
NOT_MAILED = {
    "mail-unavailable": "The mail could not be sent. Resend the invite to try again.",
    "mail-unconfirmed": (
        "The mail service did not confirm the mail. If it does not arrive, resend the invite."
    ),
    "mail-rejected": (
        "The mail service refused the mail. Check the address, and change it if it is wrong."
    ),
    "mail-invalid": (
        "The mail service refused the mail. Check the address, and change it if it is wrong."
    ),
    "mail-account-suspended": (
        "This installation cannot send mail at present. Please tell its operator, and resend the "
        "invite later."
    ),
    **{
        reason.value: sentence_of(State.NOT_SENT, reason)
        for reason in (Reason.EARLIER_BOUNCE, Reason.EARLIER_COMPLAINT, Reason.RECIPIENT_LIMIT)
    },
}


def path_of(invite: Invite) -> str:
    """Return the path of `invite`."""
    return f"/v1/role-invites/{invite.id}"


@dataclass(frozen=True, slots=True)
class Included:
    """The relationships to include (`names`), and the resources they can lead to."""

    names: frozenset[str]
    events: Sequence[Event]
    roles: Sequence[RoleRow]

    def resources(self) -> list[dict[str, Any]] | None:
        """Return the resources to include; None if no relationship was asked for."""
        if not self.names:
            return None
        return [
            *(_event(event) for event in self.events if "event" in self.names),
            *(_role(role) for role in self.roles if "role" in self.names),
        ]


NOTHING = Included(frozenset(), (), ())


def invite_document(
    invite: Invite,
    included: Included = NOTHING,
    *,
    delivery: Delivery | None,
    mail_fault: str | None = None,
) -> dict[str, Any]:
    """Make the document of `invite`.

    `delivery`: what became of its mail, None if nothing is known. `mail_fault`: why a mail about it
    was not sent, if so.
    """
    return jsonapi.document(
        _resource(invite, included.names, delivery),
        included=included.resources(),
        meta=None if mail_fault is None else _not_mailed(mail_fault),
        links={"self": path_of(invite)},
    )


def list_document(
    listed: Listed, names: frozenset[str], links: Mapping[str, str]
) -> dict[str, Any]:
    """Make the document of one page of invites, with the resources of the relationships `names`."""
    included = Included(names, [listed.event] if listed.invites else [], listed.roles)
    return jsonapi.document(
        [_resource(invite, names, listed.deliveries.get(invite.id)) for invite in listed.invites],
        included=included.resources(),
        meta={"count": listed.count},
        links=links,
    )


def related_document(
    invite: Invite, name: str, *, event: Event, role: RoleRow | None
) -> dict[str, Any]:
    """Make the document of the resource that the relationship `name` of `invite` leads to."""
    resources = {"event": _event(event), "role": None if role is None else _role(role)}
    return jsonapi.document(resources[name], links={"self": f"{path_of(invite)}/{name}"})


def relationship_document(invite: Invite, name: str) -> dict[str, Any]:
    """Make the document of the relationship `name` (`event` or `role`) of `invite`."""
    return {**_relationship(invite, name, with_data=True), "jsonapi": jsonapi.VERSION}


def resent(mail_fault: str | None) -> dict[str, Any]:
    """Make the answer to resending an invite. `mail_fault`: why the mail was not sent, if so."""
    if mail_fault is None:
        return {"success": True, "message": "Invite resent successfully"}
    meta = _not_mailed(mail_fault)
    return {"success": False, "message": meta.pop("message"), "meta": meta}


def answered(done: Answered) -> dict[str, Any]:
    """Make the answer to accepting or declining an invite."""
    invite, event, user, fault = done.invite, done.event, done.user, done.mail_fault
    return {
        "email": user.email,
        "event": event.id,
        "event_identifier": event.identifier,
        "name": user.name,
        "role": invite.role_name,
        **({"status": invite.status} if invite.status == Status.DECLINED else {}),
        **({} if fault is None else {"meta": {"mail-sent": False, "reason": fault}}),
    }


def _not_mailed(fault: str) -> dict[str, Any]:
    return {"mail-sent": False, "reason": fault, "message": NOT_MAILED[fault]}


def _resource(
    invite: Invite, included: frozenset[str], delivery: Delivery | None
) -> dict[str, Any]:
    # JSON:API requires that a relationship names the resources of it that are included.
    return {
        "type": TYPE,
        "id": str(invite.id),
        "attributes": {
            "email": invite.email,
            "role-name": invite.role_name,
            "status": invite.status,
            "created-at": invite.created_at and invite.created_at.astimezone(UTC).isoformat(),
            "delivery": None if delivery is None else delivery.document(),
        },
        "relationships": {
            name: _relationship(invite, name, with_data=name in included) for name in RELATIONSHIPS
        },
        "links": {"self": path_of(invite)},
    }


def _relationship(invite: Invite, name: str, *, with_data: bool) -> dict[str, Any]:
    path = path_of(invite)
    target = {"event": invite.event_id, "role": invite.role_id}[name]
    data = None if target is None else {"type": name, "id": str(target)}
    return {
        **({"data": data} if with_data else {}),
        "links": {"self": f"{path}/relationships/{name}", "related": f"{path}/{name}"},
    }


def _event(event: Event) -> dict[str, Any]:
    # An invitee has no right to the event yet and may know this much.
    return {
        "type": "event",
        "id": str(event.id),
        "attributes": {"identifier": event.identifier, "name": event.name},
    }


def _role(role: RoleRow) -> dict[str, Any]:
    return {
        "type": "role",
        "id": str(role.id),
        "attributes": {"name": role.name, "title-name": role.title},
    }
