"""Wiring of `export_status`."""

from typing import Any

from openevent.adapters import clients
from openevent.adapters.secrets import read_secret
from openevent.delivery.store import DeliveryStore
from openevent.edge.settings import ExportStatusSettings
from openevent.errors import NotFound, Unauthenticated
from openevent.export import tickets
from openevent.export.download import Download, DownloadAddresses
from openevent.export.job_store import Jobs
from openevent.export.leftovers import Leftovers
from openevent.export.list_exports import ListExports
from openevent.export.page.show import ShowPage
from openevent.export.page_links import PageLinks
from openevent.export.remove_export import RemoveExport
from openevent.export.show_task import ShowTask
from openevent.export.tickets import Ticket
from openevent.export.visibility import TASK_NOT_FOUND
from openevent.importing.job_store import ImportJobs
from openevent.importing.show_task import ImportAddresses, ShowImport
from openevent.rights.identity import Claims
from openevent.wiring.calling import Calling


class ExportStatusWiring(Calling):
    """Builds the use cases about exports that were started."""

    settings: ExportStatusSettings

    def show_task(self, claims: Claims, task_id: str) -> dict[str, Any]:
        """Return the task of an export or an import. Raises what the use cases of both raise."""
        try:
            return self._show_export().show(claims, task_id)
        except NotFound as error:
            if error.code != TASK_NOT_FOUND:
                raise
            return self._show_import().show(claims, task_id)

    def _show_export(self) -> ShowTask:
        return ShowTask(self.database, self._jobs(), self._deliveries(), self._addresses())

    def _show_import(self) -> ShowImport:
        settings = self.settings
        addresses = ImportAddresses(
            clients.s3(),
            settings.export_bucket,
            settings.download_url_seconds,
            settings.frontend_url,
        )
        jobs = ImportJobs(clients.dynamodb(), settings.jobs_table)
        return ShowImport(self.database, jobs, self._deliveries(), addresses)

    def _deliveries(self) -> DeliveryStore:
        return DeliveryStore(clients.dynamodb(), self.settings.deliveries_table)

    def list_exports(self) -> ListExports:
        """Return the use case that lists an event's exports."""
        return ListExports(self.database, self._jobs())

    def download(self) -> Download:
        """Return the use case that hands out addresses of archives."""
        return Download(self.database, self._jobs(), self._addresses())

    def remove_export(self) -> RemoveExport:
        """Return the use case that removes an export."""
        leftovers = Leftovers(clients.s3(), self.settings.export_bucket)
        return RemoveExport(self.database, self._jobs(), leftovers)

    def page(self) -> ShowPage:
        """Return the use case that shows the page of an export."""
        return ShowPage(self.database, self._jobs(), self.page_links(), self.settings.frontend_url)

    def page_links(self) -> PageLinks:
        """Return the links to pages of exports."""
        return PageLinks(self.settings.api_url, self._ticket_key())

    def verify_ticket(self, ticket: str | None) -> Ticket:
        """Return the ticket in an address. Raises `Unauthenticated` or `Gone`."""
        if ticket is None:
            raise Unauthenticated("ticket-missing", "This link is not complete.")
        return tickets.verify(ticket, self._ticket_key())

    def _ticket_key(self) -> str:
        return read_secret(self.settings.ticket_secret_arn)

    def _jobs(self) -> Jobs:
        return Jobs(clients.dynamodb(), self.settings.jobs_table)

    def _addresses(self) -> DownloadAddresses:
        settings = self.settings
        return DownloadAddresses(
            clients.s3(), settings.export_bucket, settings.download_url_seconds
        )
