"""Wiring of `doctor`."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from openevent.adapters import clients
from openevent.adapters.secrets import read_secret
from openevent.doctor.account import AccountArea
from openevent.doctor.asking import ask
from openevent.doctor.clocks import ClocksArea
from openevent.doctor.connecting import ConnectingArea
from openevent.doctor.export_bucket import ExportBucketArea
from openevent.doctor.finding import Area
from openevent.doctor.grants import GrantsArea
from openevent.doctor.mail import MailArea
from openevent.doctor.mail_events import MailEventsArea
from openevent.doctor.media import MediaArea
from openevent.doctor.opening import DatabaseOpening
from openevent.doctor.queues import QueueArea
from openevent.doctor.request import DoctorRequest
from openevent.doctor.routes import RoutesArea
from openevent.doctor.schema import SchemaArea
from openevent.doctor.token_key import TokenKeyArea
from openevent.doctor.versions import VersionsArea
from openevent.edge.settings import DoctorSettings
from openevent.export.job_store import Jobs
from openevent.importing.job_store import ImportJobs
from openevent.jobs.store import JobStore
from openevent.wiring.media import media_bucket


class DoctorWiring:
    """Builds the areas that are examined."""

    def __init__(self, settings: DoctorSettings) -> None:
        """Connect to nothing yet."""
        self._settings = settings

    def areas(self, request: DoctorRequest) -> Sequence[Area]:
        """Return all areas, the database first, because others read from it."""
        settings, opening = self._settings, DatabaseOpening()
        return (
            VersionsArea(settings.template_version),
            ConnectingArea(
                lambda: read_secret(settings.database_secret_arn), opening, self._given()
            ),
            GrantsArea(opening),
            SchemaArea(opening),
            TokenKeyArea(lambda: read_secret(settings.jwt_secret_arn), opening, request.token),
            MediaArea(clients.s3(), opening, media_bucket(settings), settings.media_root_url),
            self._export_bucket(),
            *self._queues(),
            MailArea(
                clients.ses(),
                settings.mail_sender,
                settings.mail_identity,
                settings.mail_configuration_set,
                request.mail_to,
            ),
            MailEventsArea(
                clients.ses(),
                clients.events(),
                settings.mail_configuration_set,
                settings.mail_events_rule,
                settings.mail_events_queue_arn,
            ),
            RoutesArea(ask, opening, settings.api_url, settings.media_root_url),
            ClocksArea(opening, clients.s3(), settings.export_bucket, lambda: datetime.now(UTC)),
            AccountArea(clients.lambda_().get_account_settings, settings.worker_concurrency),
        )

    def _given(self) -> dict[str, str | int]:
        """Return what is used instead of the values in the database's secret."""
        given = {
            "host": self._settings.database_host,
            "port": self._settings.database_port,
            "dbname": self._settings.database_name,
        }
        return {name: value for name, value in given.items() if value}

    def _export_bucket(self) -> Area:
        settings = self._settings
        return ExportBucketArea(
            clients.s3(),
            ask,
            settings.export_bucket,
            settings.allowed_origins,
            settings.archive_days,
        )

    def _queues(self) -> Iterator[Area]:
        settings, sqs = self._settings, clients.sqs()
        yield QueueArea(
            *("queue", "export", sqs),
            settings.export_queue_url,
            settings.dead_letter_queue_url,
            oldest=lambda: _oldest(Jobs(clients.dynamodb(), settings.jobs_table)),
        )
        yield QueueArea(
            *("import queue", "import", sqs),
            settings.import_queue_url,
            settings.import_dead_letter_queue_url,
            oldest=lambda: _oldest(ImportJobs(clients.dynamodb(), settings.jobs_table)),
        )


def _oldest(jobs: JobStore[Any]) -> datetime | None:
    """Return the start of the oldest job with unfinished work; None if there is none."""
    oldest = next(jobs.pending(), None)
    return None if oldest is None else datetime.fromisoformat(oldest.created_at)
