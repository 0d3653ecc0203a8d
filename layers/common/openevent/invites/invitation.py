"""The page of an invitation: read it, and decline there. The mail's token is the only proof."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from openevent.adapters.commit import confirmed
from openevent.adapters.database import Rows
from openevent.errors import Conflict, NotFound
from openevent.invites import audit, rules
from openevent.invites.links import Link
from openevent.invites.rules import Invite, Status, Validity
from openevent.invites.services import Services
from openevent.invites.store import InviteStore
from openevent.invites.team import Team
from openevent.rights.access import Role
from openevent.rights.events import Event
from openevent.rights.identity import User, find_user


class Stage(StrEnum):
    """State of an invitation, for the person who holds its link."""

    OPEN = "open"
    EXPIRED = "expired"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    UNCLEAR = "unclear"
    RESENT = "resent"
    READDRESSED = "readdressed"
    TAKEN_BACK = "taken-back"
    REPLACED = "replaced"
    ENDED = "ended"
    EVENT_GONE = "event-gone"


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation as its link shows it; None for what is not known any more.

    `inviter`: the user who sent the link. `email`: the address that it was sent to. `until`: when
    it can no longer be accepted.
    """

    stage: Stage
    event: Event | None = None
    inviter: User | None = None
    role: Role | None = None
    email: str | None = None
    until: datetime | None = None


UseCase = Callable[[Services, str, str], Invitation]


def read_invitation(services: Services, token: str, caller: str) -> Invitation:
    """Return the invitation that `token` was mailed for; changes nothing.

    `caller`: the name under which the look-up is counted (`openevent.invites.limits`). Raises
    `NotFound` for a token that is not known, `TooManyRequests`, `Unavailable`.
    """
    with services.limits.looking_up(caller), services.database.snapshot() as session:
        try:
            invite = InviteStore(session).find_by_token(token)
        except NotFound:
            link = services.links.find_token(token)
            if link is None or link.ending is None:
                raise
            return _ended(session, link, Stage(link.ending.value))
        return _shown(session, invite, services.links.find(invite.digest), services.validity())


def decline_invitation(services: Services, token: str, caller: str) -> Invitation:
    """Decline the open invitation that `token` was mailed for, and return it as it is now.

    Declining again changes nothing, and neither does declining what is not open: the invitation
    that is returned says why. Raises as `read_invitation` does.
    """
    with services.limits.looking_up(caller), confirmed(services.database) as session:
        declined = _decline(session, token, services.validity())
    if declined is not None:
        audit.record("invite-declined", None, declined, by="link")
    return read_invitation(services, token, caller)


def _decline(session: Rows, token: str, validity: Validity) -> Invite | None:
    """Decline within the transaction; return the invite if that changed it."""
    store = InviteStore(session)
    try:
        _, invite = store.lock(store.find_by_token(token))
    except NotFound:
        return None
    if not rules.is_token_of(invite, token) or not validity.is_open(invite):
        return None
    return store.update(invite, {"status": Status.DECLINED.value})


def _ended(session: Rows, link: Link, stage: Stage) -> Invitation:
    try:
        event = InviteStore(session).event_of_id(link.event_id)
    except NotFound:
        return Invitation(Stage.EVENT_GONE)
    return Invitation(stage, event, _user(session, link.inviter_id))


def _shown(session: Rows, invite: Invite, link: Link | None, validity: Validity) -> Invitation:
    try:
        event = InviteStore(session).event_of(invite)
    except NotFound:
        return Invitation(Stage.EVENT_GONE)
    is_known = invite.role_name in set(Role)
    return Invitation(
        stage=_stage(session, invite, validity),
        event=event,
        inviter=_user(session, None if link is None else link.inviter_id),
        role=Role(invite.role_name) if is_known else None,
        email=invite.email.strip(),
        until=None if invite.created_at is None else invite.created_at + validity.lasts,
    )


def _stage(session: Rows, invite: Invite, validity: Validity) -> Stage:
    if invite.status in (Status.ACCEPTED, Status.DECLINED):
        return Stage(invite.status)
    if invite.status != Status.PENDING:
        return Stage.UNCLEAR
    if validity.is_over(invite):
        return Stage.EXPIRED
    try:
        rules.promised_role(invite, Team(session).role_of_id(invite.role_id))
    except Conflict:
        return Stage.UNCLEAR
    return Stage.OPEN


def _user(session: Rows, user_id: int | None) -> User | None:
    return None if user_id is None else find_user(session, user_id)
