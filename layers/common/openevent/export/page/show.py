"""Opening of an export's page, by the holder of a ticket."""

import time
from dataclasses import dataclass, replace
from itertools import islice
from urllib.parse import quote
from zoneinfo import ZoneInfo

from openevent.adapters.database import Rows, Snapshots
from openevent.catalogue.zones import find_zone
from openevent.export.holder import admit_holder, job_of_holder
from openevent.export.job import Job
from openevent.export.job_store import Jobs
from openevent.export.page.model import PageView
from openevent.export.page.view import Opening, page_view, removal_view
from openevent.export.page_links import PageLinks
from openevent.export.tickets import Ticket
from openevent.export.visibility import is_available
from openevent.rights.events import Event

# Earlier exports that a page lists.
EARLIER = 10


@dataclass(frozen=True, slots=True)
class ShowPage:
    """Shows pages of exports. `frontend_url`: address of the web client.

    Methods raise `Unauthenticated`, `NotFound`, `Forbidden` or `Unavailable`.
    """

    database: Snapshots
    jobs: Jobs
    links: PageLinks
    frontend_url: str

    def show(self, ticket: Ticket, event_name: str, task_id: str) -> PageView:
        """Return the page of the task for the holder of `ticket`, who needs the right now."""
        job, opening = self._opened(ticket, event_name, task_id)
        earlier = [] if job.is_waiting else self._earlier(job, ticket)
        return page_view(job, opening, earlier)

    def ask(self, ticket: Ticket, event_name: str, task_id: str) -> PageView:
        """Return the page that asks before the removal; the task's page if nothing is left."""
        job, opening = self._opened(ticket, event_name, task_id)
        above = replace(
            opening,
            download=f"../{opening.download}",
            remove=f"../{opening.remove}",
            page=f"../{opening.page}",
        )
        return removal_view(job, above) or page_view(job, above)

    def page_after_removal(self, ticket: Ticket) -> str:
        """Return the address of the page, relative to that of the question."""
        return f"../{self._page(ticket)}"

    def _opened(self, ticket: Ticket, event_name: str, task_id: str) -> tuple[Job, Opening]:
        job = job_of_holder(self.jobs, ticket, task_id)
        with self.database.snapshot() as session:
            user, event = admit_holder(session, ticket, job, event_name)
            zone = _zone_of(session, event)
        query = self.links.query(ticket)
        path = "" if job.archive is None else quote(job.archive.path)
        return job, Opening(
            now=int(time.time()),
            is_own=user.id == job.user_id,
            others=len((job.joined_by | {job.user_id}) - {user.id}),
            zone=zone,
            download=f"../{path}?{query}",
            remove=f"{quote(job.id)}/remove?{query}",
            page=self._page(ticket),
            web_client=f"{self.frontend_url}/events/{quote(event.identifier)}",
        )

    def _earlier(self, job: Job, ticket: Ticket) -> list[tuple[Job, str]]:
        """Return earlier exports of the event with archives, newest first, and their pages.

        A link leads to nothing that was made after its own export, and its tickets end no later
        than its own (docs/decisions/0042).
        """
        found = (
            other
            for other in self.jobs.of_event(job.event_id)
            if other.created_at < job.created_at and other.archive and is_available(other)
        )
        return [(other, self._page(_like(ticket, other))) for other in islice(found, EARLIER)]

    def _page(self, ticket: Ticket) -> str:
        return f"{quote(ticket.task_id)}?{self.links.query(ticket)}"


def _like(ticket: Ticket, other: Job) -> Ticket:
    return Ticket(ticket.user_id, other.id, min(ticket.expires_at, other.expires_at))


def _zone_of(session: Rows, event: Event) -> ZoneInfo | None:
    if not session.schema.has("events", "timezone"):
        return None
    [[zone]] = session.rows("SELECT timezone FROM events WHERE id = %s", event.id)
    return find_zone(zone)[0]
