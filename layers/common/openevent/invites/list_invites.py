"""List the invites of an event for its team."""

from collections.abc import Sequence
from dataclasses import dataclass

from openevent.invites.requests import InviteQuery
from openevent.invites.rules import Invite, RoleRow
from openevent.invites.services import Services
from openevent.invites.store import InviteStore
from openevent.invites.team import Team
from openevent.rights.access import Action
from openevent.rights.admission import admit
from openevent.rights.events import Event
from openevent.rights.identity import Claims


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of an event's invites, and the number of invites on all pages.

    `roles`: the roles of the invites, if the query includes them.
    """

    event: Event
    invites: Sequence[Invite]
    count: int
    roles: Sequence[RoleRow]


def list_invites(services: Services, claims: Claims, event_name: str, query: InviteQuery) -> Listed:
    """Return the event's invites. Raises `NotFound` for the event, `Forbidden`."""
    with services.database.snapshot() as session:
        event = admit(session, claims, event_name, Action.READ_INVITES).event
        invites, count = InviteStore(session).page(event, query.statuses, query.orders, query.page)
        ids = {invite.role_id for invite in invites if invite.role_id is not None}
        roles = Team(session).roles_of_ids(ids) if "role" in query.included else ()
    return Listed(event, invites, count, roles)
