"""Change an invite: its role or address by the event's team, its status by its invitee."""

from dataclasses import dataclass

from openevent.adapters.commit import confirmed
from openevent.errors import Conflict, Invalid
from openevent.invites import audit, rules
from openevent.invites.answer_invite import Reply, Settled, conclude, settle
from openevent.invites.links import Ending
from openevent.invites.requests import InviteChange
from openevent.invites.rules import Changer, Invite, RoleRow, Status, Validity
from openevent.invites.services import Services
from openevent.invites.session import InviteSession, Subject
from openevent.rights.access import Action, Role
from openevent.rights.identity import Claims, database_id


@dataclass(frozen=True, slots=True)
class Changed:
    """An invite after its change, and why a mail about it was not sent; None if none is missing."""

    invite: Invite
    mail_fault: str | None = None


@dataclass(frozen=True, slots=True)
class _Edited:
    """An invite with another role or address, and a new `token` if it must be mailed again.

    `replaced`: the other owner invites that it replaces.
    """

    invite: Invite
    token: str | None = None
    replaced: tuple[Invite, ...] = ()


def change_invite(services: Services, claims: Claims, name: str, wanted: InviteChange) -> Changed:
    """Change the invite of the id `name`.

    Raises `NotFound`; `Invalid` by the rules of who may change what; what `settle` raises if the
    status changes; `Forbidden` if the change takes the owner's right; `Conflict` if the invite's
    state does not allow it, or the address already has an open invite or that very role;
    `TooManyRequests`.
    """
    if wanted.email is not None:
        services.limits.count_mail(claims.user_id)
    with confirmed(services.database) as session:
        call = InviteSession.begin(session, claims)
        found = call.find(name)
        _Editor(call, found, services.validity()).admit(wanted)
        locked = call.lock(found)
        done = _Editor(call, locked, services.validity()).change(wanted)
    if isinstance(done, Settled):
        answered = conclude(services, done)
        return Changed(answered.invite, answered.mail_fault)
    former, caller = locked.invite, call.caller
    if done.invite != former:
        audit.record("invite-changed", caller.id, done.invite, former_role=former.role_name)
    for other in done.replaced:
        audit.record("invite-replaced", caller.id, other)
        services.links.note_end(other, Ending.REPLACED)
    if done.token is None:
        return Changed(done.invite)
    services.links.note_end(former, Ending.READDRESSED)
    fault = services.send_invite(locked.event, caller, done.invite, done.token)
    return Changed(done.invite, fault)


@dataclass(frozen=True, slots=True)
class _Editor:
    """Changes an invite for a caller."""

    call: InviteSession
    subject: Subject
    validity: Validity

    def admit(self, wanted: InviteChange) -> int | None:
        """Raise `Invalid` if the caller may not change this; return the invitee's user id."""
        invite, caller = self.subject.invite, self.call.caller
        invitee_id = self.call.team.user_id_of_address(invite.email)
        rules.refuse_change(
            wanted.fields,
            Changer(
                is_invitee=invitee_id == caller.id,
                is_staff=caller.is_staff,
                is_organizer=self.call.may(self.subject, Action.CHANGE_INVITE),
            ),
            changes_status=wanted.status not in (None, invite.status),
            address_is_known=invitee_id is not None,
        )
        return invitee_id

    def change(self, wanted: InviteChange) -> Settled | _Edited:
        """Make the change to the locked invite, as far as the rules allow it to the caller."""
        invitee_id, invite = self.admit(wanted), self.subject.invite
        new_status = None if wanted.status == invite.status else wanted.status
        email = wanted.email
        if email is not None and rules.same_address(email, invite.email):
            email = None
        role = self._wanted_role(wanted)
        if role is not None and (role.id, role.name) == (invite.role_id, invite.role_name):
            role = None
        self._refuse_other_event(wanted.event)
        if new_status is not None:
            if email is not None or role is not None:
                raise Invalid(
                    "status-alone",
                    "The status can only be changed alone. Send the other changes separately.",
                )
            return self._answer(invite, new_status)
        if email is None and role is None:
            return _Edited(invite)
        if invite.status == Status.ACCEPTED and email is None and role is not None:
            return self._change_held_role(invite, invitee_id, role)
        return self._change_pending(invite, email, role)

    def _answer(self, invite: Invite, status: Status) -> Settled:
        if status is Status.PENDING:
            raise Invalid(
                "status-not-settable",
                "The status can become accepted or declined. To mail the invite again, resend it.",
                pointer="/data/attributes/status",
            )
        reply = Reply(self.subject.event, invite, self.call.caller, status, by_mail=False)
        return settle(self.call.store, self.call.team, reply, self.validity)

    def _change_pending(self, invite: Invite, email: str | None, role: RoleRow | None) -> _Edited:
        rules.refuse_unless_pending(invite)
        if email is not None:
            caller = self.call.caller
            rules.refuse_unless_verified(is_verified=caller.is_verified, is_staff=caller.is_staff)
        role = role or rules.promised_role(invite, self.call.team.role_of_id(invite.role_id))
        # To redirect an owner invite, or to make an invite one, is to create an owner invite.
        self.call.require(self.subject, rules.right_to_invite(role.name))
        address = email or invite.email
        others = self.call.store.others_of_address(invite, address)
        rules.refuse_second(address, others, self.validity)
        rules.refuse_held(role, is_held=self.call.team.holds(address, self.subject.event, role))
        values = {"role_id": role.id, "role_name": role.name}
        token = None
        if email is not None:
            token = rules.new_token()
            values |= {
                "email": email,
                "hash": rules.digest_of(token),
                "created_at": self.validity.now,
            }
        changed = self.call.store.update(invite, values)
        replaced = self.call.store.delete_rivals(changed) if role.name == Role.OWNER else []
        return _Edited(changed, token, tuple(replaced))

    def _change_held_role(self, invite: Invite, holder_id: int | None, new: RoleRow) -> _Edited:
        old = self.call.team.role_of_id(invite.role_id)
        rules.refuse_owner_by_change(invite.role_name, new.name, old.name if old else "")
        team, event = self.call.team, self.subject.event
        if old is None or holder_id is None or not team.has(holder_id, event, old):
            raise Conflict(
                "role-not-held", "This person no longer has that role, so it cannot be changed."
            )
        team.exchange(holder_id, event, old, new)
        return _Edited(self.call.store.update(invite, {"role_id": new.id, "role_name": new.name}))

    def _wanted_role(self, wanted: InviteChange) -> RoleRow | None:
        if wanted.role is not None:
            return self.call.team.agreed_role(wanted.role, wanted.role_id)
        if wanted.role_id is None:
            return None
        role = self.call.team.role_of_id(database_id(wanted.role_id))
        if role is None or role.name not in set(Role):
            raise Invalid(
                "role-unknown", "There is no such role.", pointer="/data/relationships/role"
            )
        return role

    def _refuse_other_event(self, name: str | None) -> None:
        if name not in (None, str(self.subject.event.id), self.subject.event.identifier):
            raise Invalid(
                "event-fixed",
                "An invite cannot be moved to another event. Create a new invite there.",
                pointer="/data/relationships/event",
            )
