"""Change an invite: its role or address by the event's team, its status by its invitee."""

from dataclasses import dataclass

from openevent.errors import Conflict, Invalid
from openevent.invites import audit, rules
from openevent.invites.answer_invite import Reply, Settled, conclude, settle
from openevent.invites.documents import Change
from openevent.invites.rules import Changer, Invite, RoleRow, Status, Validity
from openevent.invites.services import Services
from openevent.invites.store import InviteStore
from openevent.invites.team import Team
from openevent.rights import access
from openevent.rights.access import Action, Role
from openevent.rights.events import Event, roles_of
from openevent.rights.identity import Claims, User, database_id, load_user


@dataclass(frozen=True, slots=True)
class Changed:
    """An invite as it is now, and whether the mails went that had to."""

    invite: Invite
    mail_sent: bool = True


@dataclass(frozen=True, slots=True)
class _Edited:
    """An invite with another role or address: with a new `token` when it has to be mailed anew.

    `replaced`: the other owner invites that it replaces.
    """

    invite: Invite
    token: str | None = None
    replaced: tuple[Invite, ...] = ()


def change_invite(services: Services, claims: Claims, name: str, wanted: Change) -> Changed:
    """Change the invite of the id `name`.

    Raises `NotFound`; `Invalid` by the rules of who may change what; what `settle` raises when the
    status changes; `Forbidden` where the owner's right is needed; `Conflict` when the invite's
    state does not allow it, or the address has an open invite or that very role;
    `TooManyRequests`.
    """
    if wanted.email is not None:
        services.limits.count_invite_mail(claims.user_id)
    with services.database.transaction() as session:
        caller = load_user(session, claims)
        store, team = InviteStore(session), Team(session)
        event, invite = store.lock(store.find(name))
        editor = _Editor(
            store=store,
            team=team,
            event=event,
            caller=caller,
            roles=roles_of(session, caller, event),
            validity=services.validity(),
        )
        done = editor.change(invite, wanted)
    if isinstance(done, Settled):
        answered = conclude(services, done)
        return Changed(answered.invite, answered.mail_sent)
    if done.invite != invite:
        audit.record("invite-changed", caller.id, done.invite, former_role=invite.role_name)
    for other in done.replaced:
        audit.record("invite-replaced", caller.id, other)
    if done.token is None:
        return Changed(done.invite)
    return Changed(done.invite, services.send_invite(event, caller, done.invite, done.token))


@dataclass(frozen=True, slots=True)
class _Editor:
    """Who changes an invite of which event, and the roles he holds there; the event is locked."""

    store: InviteStore
    team: Team
    event: Event
    caller: User
    roles: frozenset[str]
    validity: Validity

    def change(self, invite: Invite, wanted: Change) -> Settled | _Edited:
        """Do what is wanted with the locked `invite`, where the rules let the caller."""
        new_status = None if wanted.status == invite.status else wanted.status
        invitee_id = self.team.user_id_of_address(invite.email)
        rules.refuse_change(
            wanted.fields,
            Changer(
                is_invitee=invitee_id == self.caller.id,
                is_staff=self.caller.is_staff,
                is_organizer=self._may(Action.CHANGE_INVITE),
            ),
            changes_status=new_status is not None,
            address_is_known=invitee_id is not None,
        )
        email = wanted.email
        if email is not None and rules.same_address(email, invite.email):
            email = None
        role = self._wanted_role(wanted)
        if role is not None and (role.id, role.name) == (invite.role_id, invite.role_name):
            role = None
        self._refuse_other_event(wanted.event)
        if new_status is not None:
            if email is not None or role is not None:
                raise Invalid("status-alone", "Change the status alone, or all but the status.")
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
                "An invite can be accepted or declined; to send it again, resend it.",
                pointer="/data/attributes/status",
            )
        reply = Reply(self.event, invite, self.caller, status, by_mail=False)
        return settle(self.store, self.team, reply, self.validity)

    def _change_pending(self, invite: Invite, email: str | None, role: RoleRow | None) -> _Edited:
        rules.refuse_unless_pending(invite)
        role = role or rules.promised_role(invite, self.team.role_of_id(invite.role_id))
        # Whoever sends an owner invite elsewhere, or makes one of another, creates an owner invite.
        self._require(rules.right_to_invite(role.name))
        address = email or invite.email
        others = self.store.others_of_address(invite, address)
        rules.refuse_second(address, others, self.validity)
        rules.refuse_held(role, is_held=self.team.holds(address, self.event, role))
        values = {"role_id": role.id, "role_name": role.name}
        token = None
        if email is not None:
            token = rules.new_token()
            values |= {
                "email": email,
                "hash": rules.digest_of(token),
                "created_at": self.validity.now,
            }
        changed = self.store.update(invite, values)
        replaced = self.store.delete_rivals(changed) if role.name == Role.OWNER else []
        return _Edited(changed, token, tuple(replaced))

    def _change_held_role(self, invite: Invite, holder_id: int | None, new: RoleRow) -> _Edited:
        old = self.team.role_of_id(invite.role_id)
        rules.refuse_owner_by_change(invite.role_name, new.name, old.name if old else "")
        if old is None or holder_id is None or not self.team.has(holder_id, self.event, old):
            raise Conflict("role-not-held", "This person does not have that role any more.")
        self.team.exchange(holder_id, self.event, old, new)
        return _Edited(self.store.update(invite, {"role_id": new.id, "role_name": new.name}))

    def _wanted_role(self, wanted: Change) -> RoleRow | None:
        if wanted.role is not None:
            return self.team.agreed_role(wanted.role, wanted.role_id)
        if wanted.role_id is None:
            return None
        role = self.team.role_of_id(database_id(wanted.role_id))
        if role is None or role.name not in set(Role):
            raise Invalid(
                "role-unknown", "There is no such role.", pointer="/data/relationships/role"
            )
        return role

    def _refuse_other_event(self, name: str | None) -> None:
        if name not in (None, str(self.event.id), self.event.identifier):
            raise Invalid(
                "event-fixed",
                "An invite stays with its event.",
                pointer="/data/relationships/event",
            )

    def _may(self, action: Action) -> bool:
        return access.may(action, is_staff=self.caller.is_staff, roles=self.roles)

    def _require(self, action: Action) -> None:
        access.require(action, is_staff=self.caller.is_staff, roles=self.roles)
