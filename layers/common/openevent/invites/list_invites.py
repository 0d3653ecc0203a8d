"""List the invites of an event for its team."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from openevent.delivery.states import Delivery
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

    `roles`: the roles of the invites, if the query includes them. `deliveries`: states of their
    mails by the invites' ids, if known.
    """

    event: Event
    invites: Sequence[Invite]
    count: int
    roles: Sequence[RoleRow]
    deliveries: Mapping[int, Delivery]


def list_invites(services: Services, claims: Claims, event_name: str, query: InviteQuery) -> Listed:
    """Return the event's invites.

    The states of mails are in DynamoDB. A list that is filtered by them reads all invites of the
    event, and their states 100 at a time; an event has some dozens.

    Raises `NotFound` for the event, `Forbidden`; `Unavailable` if the list is filtered by states
    that cannot be read.
    """
    with services.database.snapshot() as session:
        event = admit(session, claims, event_name, Action.READ_INVITES).event
        store = InviteStore(session)
        if query.deliveries is None:
            invites, count = store.page(event, query.statuses, query.orders, query.page)
            deliveries = services.deliveries.shown_of(invites)
        else:
            found = store.all_of(event, query.statuses, query.orders)
            deliveries = services.deliveries.of_all(found)
            states = {id_: delivery.state for id_, delivery in deliveries.items()}
            matching = [one for one in found if states.get(one.id) in query.deliveries]
            page, count = query.page, len(matching)
            invites = matching[page.offset : page.offset + page.size]
        ids = {invite.role_id for invite in invites if invite.role_id is not None}
        roles = Team(session).roles_of_ids(ids) if "role" in query.included else ()
    return Listed(event, invites, count, roles, deliveries)
