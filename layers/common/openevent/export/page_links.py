"""Links to the page of an export, each with a ticket for one person."""

from dataclasses import dataclass, field

from openevent.export import tickets
from openevent.export.job import Job
from openevent.export.tickets import Ticket


@dataclass(frozen=True, slots=True)
class PageLinks:
    """Makes the links. `api_url`: address of the API, without a slash at the end."""

    api_url: str
    ticket_key: str = field(repr=False)

    def page_url(self, job: Job, user_id: int) -> str:
        """Return the address of the job's page for a user.

        Its ticket is valid as long as the job's record, which outlives the archive, so that the
        page can say that the archive has expired (docs/decisions/0042).
        """
        page = f"{self.api_url}/v1/events/{job.event_id}/exports/page/{job.id}"
        return f"{page}?{self.query(Ticket(user_id, job.id, job.expires_at))}"

    def query(self, ticket: Ticket) -> str:
        """Return the query that has the ticket."""
        return f"ticket={tickets.issue(ticket, self.ticket_key)}"
