"""Show an event's team whom it has invited."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from openevent.edge.jsonapi import Order, Page
from openevent.invites.rules import Invite, RoleRow
from openevent.invites.services import Services
from openevent.invites.store import InviteStore
from openevent.invites.team import Team
from openevent.rights.access import Action
from openevent.rights.admission import admit
from openevent.rights.events import Event
from openevent.rights.identity import Claims


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which invites are wanted, in which order. `statuses` None: any."""

    statuses: Collection[str] | None
    orders: Sequence[Order]
    page: Page
    with_roles: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of an event's invites, and how many there are on all pages.

    `roles`: those of the invites, when they were asked for.
    """

    event: Event
    invites: Sequence[Invite]
    count: int
    roles: Sequence[RoleRow]


def list_invites(services: Services, claims: Claims, event_name: str, wanted: Wanted) -> Listed:
    """The event's invites. Raises `NotFound` for the event, `Forbidden`."""
    with services.database.snapshot() as session:
        event = admit(session, claims, event_name, Action.READ_INVITES).event
        store = InviteStore(session)
        invites, count = store.page(event, wanted.statuses, wanted.orders, wanted.page)
        ids = {invite.role_id for invite in invites if invite.role_id is not None}
        roles = Team(session).roles_of_ids(ids) if wanted.with_roles else ()
    return Listed(event, invites, count, roles)
