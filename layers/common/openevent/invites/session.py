"""One call about an invite: its caller, the tables, and the check of rights before any lock."""

from dataclasses import dataclass
from typing import Self

from openevent.adapters.database import Rows
from openevent.errors import NotFound
from openevent.invites.rules import Invite, invite_not_found, same_address
from openevent.invites.store import InviteStore
from openevent.invites.team import Team
from openevent.rights import access
from openevent.rights.access import Action
from openevent.rights.events import Event, roles_of
from openevent.rights.identity import Claims, User, load_user


@dataclass(frozen=True, slots=True)
class Subject:
    """An invite that the caller may read, its event, and the roles the caller holds there."""

    event: Event
    invite: Invite
    roles: frozenset[str]


@dataclass(frozen=True, slots=True)
class InviteSession:
    """A session of the database in which one caller reads or changes invites.

    A caller who may not read an invite gets the answer of an invite that does not exist, and locks
    nothing. Rights are checked twice: before the event is locked, and again when it is locked, as
    they may have changed in between.
    """

    session: Rows
    caller: User
    store: InviteStore
    team: Team

    @classmethod
    def begin(cls, session: Rows, claims: Claims) -> Self:
        """Begin to work for the holder of `claims`. Raises `Unauthenticated`."""
        caller = load_user(session, claims)
        return cls(session, caller, InviteStore(session), Team(session))

    def find(self, name: str) -> Subject:
        """Return the invite of the id `name`, unlocked.

        Raises `NotFound` if it or its event does not exist, or if the caller may not read it.
        """
        invite = self.store.find(name)
        return self._readable(self._event_of(invite), invite)

    def lock(self, subject: Subject) -> Subject:
        """Lock the event, then the invite, and return both as they are now. Raises `NotFound`."""
        return self._readable(*self.store.lock(subject.invite))

    def lock_for(self, name: str, action: Action) -> Subject:
        """Find the invite of the id `name` and lock it, if the caller may do `action` with it.

        Raises `NotFound`, `Forbidden`.
        """
        found = self.find(name)
        self.require(found, action)
        locked = self.lock(found)
        self.require(locked, action)
        return locked

    def may(self, subject: Subject, action: Action) -> bool:
        """Return whether the caller may do `action` at the event."""
        return access.may(action, is_staff=self.caller.is_staff, roles=subject.roles)

    def require(self, subject: Subject, action: Action) -> None:
        """Raise `Forbidden` unless the caller may do `action` at the event."""
        access.require(action, is_staff=self.caller.is_staff, roles=subject.roles)

    def _readable(self, event: Event, invite: Invite) -> Subject:
        is_staff = self.caller.is_staff
        roles = frozenset[str]() if is_staff else roles_of(self.session, self.caller, event)
        may_read = access.may(Action.READ_INVITES, is_staff=is_staff, roles=roles)
        if not (may_read or self._is_invitee(invite)):
            raise invite_not_found()
        return Subject(event, invite, roles)

    def _event_of(self, invite: Invite) -> Event:
        try:
            return self.store.event_of(invite)
        except NotFound as gone:
            if self.caller.is_staff or self._is_invitee(invite):
                raise
            raise invite_not_found() from gone

    def _is_invitee(self, invite: Invite) -> bool:
        return same_address(invite.email, self.caller.email)
