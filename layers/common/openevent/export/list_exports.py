"""The exports of an event."""

from dataclasses import dataclass
from itertools import islice

from openevent.adapters.database import Snapshots
from openevent.edge.jsonapi import Page
from openevent.export.job import Job
from openevent.export.job_store import Jobs
from openevent.rights.access import Action
from openevent.rights.admission import admit
from openevent.rights.identity import Claims


@dataclass(frozen=True, slots=True)
class ListExports:
    """Lists the exports of events."""

    database: Snapshots
    jobs: Jobs

    def page(self, claims: Claims, event_name: str, page: Page) -> tuple[list[Job], int]:
        """Return one page of the event's exports, newest first, and the number of all.

        Raises `Unauthenticated`, `NotFound`, `Forbidden` or `Unavailable`.
        """
        with self.database.snapshot() as session:
            event = admit(session, claims, event_name, Action.EXPORT).event
        jobs = list(self.jobs.of_event(event.id))
        return list(islice(jobs, page.offset, page.offset + page.size)), len(jobs)
