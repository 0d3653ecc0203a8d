"""Admission of a call to an event: from its token to the user, the event and the right."""

from dataclasses import dataclass

from openevent.adapters.database import Rows
from openevent.rights.access import Action
from openevent.rights.events import Event, authorize, find_event
from openevent.rights.identity import Claims, User, load_user


@dataclass(frozen=True, slots=True)
class Admission:
    """The caller, and the event to which they may do what they asked for."""

    user: User
    event: Event


def admit(session: Rows, claims: Claims, event_name: str | int, action: Action) -> Admission:
    """Admit the holder of `claims` to `action` on the event of the id or identifier `event_name`.

    Raises `Unauthenticated`, `NotFound` or `Forbidden`, in this order.
    """
    user = load_user(session, claims)
    event = find_event(session, event_name)
    authorize(session, user, event, action)
    return Admission(user, event)
