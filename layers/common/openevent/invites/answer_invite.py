"""Accept or decline an invite: the one way to a role, whichever route leads here."""

from dataclasses import dataclass

from openevent.errors import Forbidden, NotFound
from openevent.invites import audit, rules
from openevent.invites.rules import Invite, Status, Validity
from openevent.invites.services import Services
from openevent.invites.store import InviteStore
from openevent.invites.team import Handover, Team
from openevent.rights.access import Role
from openevent.rights.events import Event
from openevent.rights.identity import Claims, User, load_user


@dataclass(frozen=True, slots=True)
class Reply:
    """What `user` says to an invite that is locked: accepted or declined.

    `by_mail`: with the invite's token, which reached him by mail alone.
    """

    event: Event
    invite: Invite
    user: User
    answer: Status
    by_mail: bool


@dataclass(frozen=True, slots=True)
class Settled:
    """A reply that is written down, and the invite as it is now.

    `changed`: whether it was not answered so before. `handover`: when that made a new owner;
    `withdrawn`: the former owner's other invites to become owner, which went with it.
    """

    reply: Reply
    invite: Invite
    changed: bool = True
    handover: Handover | None = None
    withdrawn: tuple[Invite, ...] = ()


@dataclass(frozen=True, slots=True)
class Answered:
    """An answered invite, its event, by whom, and whether everybody was told who had to be."""

    invite: Invite
    event: Event
    user: User
    mail_sent: bool


def answer_invite(
    services: Services, claims: Claims, token: str, answer: Status, source_ip: str
) -> Answered:
    """Accept or decline (`answer`) the invite that `token` was mailed for.

    Raises `TooManyRequests`, `NotFound`, and what `settle` raises.
    """
    services.limits.count_token_lookup(source_ip)
    with services.database.transaction() as session:
        user = load_user(session, claims)
        store, team = InviteStore(session), Team(session)
        event, invite = store.lock(store.find_by_token(token))
        if not rules.is_token_of(invite, token):
            raise NotFound("invite-not-found", "There is no such invite.")
        reply = Reply(event, invite, user, answer, by_mail=True)
        settled = settle(store, team, reply, services.validity())
    return conclude(services, settled)


def settle(store: InviteStore, team: Team, reply: Reply, validity: Validity) -> Settled:
    """Write the reply down and, when it accepts, give the role: within the transaction.

    Raises `Forbidden` when the invite is another's, or when neither its mail nor Open Event has
    shown that the address is the user's; `Conflict` when it is answered otherwise, or contradicts
    itself; `Gone` when it has expired.
    """
    rules.refuse_unless_own(reply.invite, reply.user.email)
    if rules.is_answered(reply.invite, reply.answer, validity):
        return Settled(reply, reply.invite, changed=False)
    if not reply.by_mail and not team.is_verified(reply.user):
        # Anybody can register with an address that is not his.
        raise Forbidden("address-unverified", "Use the link in the mail that invited you.")
    if reply.answer is Status.DECLINED:
        return Settled(reply, _marked(store, reply))
    role = rules.promised_role(reply.invite, team.role_of_id(reply.invite.role_id))
    handover, withdrawn = None, list[Invite]()
    if role.name == Role.OWNER:
        handover = team.hand_over(reply.event, role, reply.user)
        withdrawn = store.delete_rivals(reply.invite)
    else:
        team.give(reply.user.id, reply.event, role)
    if reply.by_mail:
        team.mark_verified(reply.user)
    return Settled(reply, _marked(store, reply), handover=handover, withdrawn=tuple(withdrawn))


def conclude(services: Services, settled: Settled) -> Answered:
    """What follows once the reply is committed: the audit lines, and mails about a new owner."""
    reply, invite, handover = settled.reply, settled.invite, settled.handover
    if settled.changed:
        audit.record(f"invite-{reply.answer}", reply.user.id, invite)
    for other in settled.withdrawn:
        audit.record("invite-withdrawn", reply.user.id, other)
    mail_sent = True
    if handover is not None:
        audit.record(
            "owner-changed",
            reply.user.id,
            invite,
            former_owner_ids=list(handover.former_owner_ids),
            left_group_id=handover.left_group_id,
        )
        mail_sent = services.letters.tell_of_handover(
            reply.event, reply.user, handover.former_owners
        )
    return Answered(invite, reply.event, reply.user, mail_sent)


def _marked(store: InviteStore, reply: Reply) -> Invite:
    return store.update(reply.invite, {"status": reply.answer.value})
