"""Wiring of `import_start`."""

from openevent.adapters import clients
from openevent.adapters.counters import Counters
from openevent.adapters.queue import TaskQueue
from openevent.edge.settings import ImportStartSettings
from openevent.importing.admission import Importers
from openevent.importing.invite import SendProposed
from openevent.importing.job import InviteRecord
from openevent.importing.job_store import ImportJobs
from openevent.importing.limits import ImportLimits
from openevent.importing.start import ImportStart
from openevent.importing.starts import ImportStarts
from openevent.importing.uploads import ArchiveUploads
from openevent.invites.create_invite import create_invite
from openevent.invites.requests import proposed_invite
from openevent.rights.identity import Claims
from openevent.wiring.calling import Calling
from openevent.wiring.inviting import invite_services


class ImportStartWiring(Calling):
    """Builds the use cases that start an import, and send the invites that one proposes."""

    settings: ImportStartSettings

    def start(self) -> ImportStart:
        """Return the use case that starts imports."""
        settings = self.settings
        return ImportStart(
            database=self.database,
            starts=self._starts(),
            uploads=self.uploads(),
            queue=TaskQueue(clients.sqs(), settings.import_queue_url),
            allowed=Importers(settings.import_allowed),
            archive_days=settings.archive_days,
        )

    def uploads(self) -> ArchiveUploads:
        """Return what stores archives, and lets them be uploaded."""
        return ArchiveUploads(clients.s3(), self.settings.export_bucket)

    def send_proposed(self) -> SendProposed:
        """Return the use case that sends proposed invites, by means of the invites' own."""
        services = invite_services(self.settings, self.database)

        def send(claims: Claims, event_id: int, invite: InviteRecord) -> str | None:
            wanted = proposed_invite(invite.email, invite.role, event_id)
            return create_invite(services, claims, wanted).mail_fault

        return SendProposed(ImportJobs(clients.dynamodb(), self.settings.jobs_table), send)

    def _starts(self) -> ImportStarts:
        settings, client = self.settings, clients.dynamodb()
        return ImportStarts(
            client=client,
            table=settings.jobs_table,
            jobs=ImportJobs(client, settings.jobs_table),
            uploads=self.uploads(),
            counters=Counters(client, settings.jobs_table),
            limits=ImportLimits(
                per_hour=settings.imports_per_hour,
                running=settings.imports_running_per_user,
                megabytes_per_hour=settings.import_megabytes_per_hour,
                megabytes=settings.import_max_megabytes,
            ),
        )
