"""Wiring of `export_status`."""

from openevent.adapters import clients
from openevent.adapters.secrets import read_secret
from openevent.edge.settings import ExportStatusSettings
from openevent.export import tickets
from openevent.export.job_store import Jobs
from openevent.export.leftovers import Leftovers
from openevent.export.status import ExportStatus
from openevent.export.tickets import Ticket
from openevent.wiring.shared import ApiWiring


class ExportStatusWiring(ApiWiring):
    """Builds the use cases about exports that were started."""

    settings: ExportStatusSettings

    def status(self) -> ExportStatus:
        """Return the use cases."""
        return ExportStatus(
            database=self.database,
            jobs=Jobs(clients.dynamodb(), self.settings.jobs_table),
            s3=clients.s3(),
            bucket=self.settings.export_bucket,
            leftovers=Leftovers(clients.s3(), self.settings.export_bucket),
            download_seconds=self.settings.download_url_seconds,
        )

    def verify_ticket(self, ticket: str) -> Ticket:
        """Return what a mail's `ticket` says. Raises `Unauthenticated`."""
        return tickets.verify(ticket, read_secret(self.settings.ticket_secret_arn))
