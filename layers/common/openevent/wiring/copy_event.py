"""Wiring of `copy_event`."""

from openevent.adapters import clients
from openevent.copying.answer import CopyAnswer
from openevent.copying.copy import EventCopy
from openevent.copying.once import Once
from openevent.edge.settings import CopySettings
from openevent.wiring.shared import ApiWiring, media_bucket


class CopyEventWiring(ApiWiring):
    """Builds the use case that copies events."""

    settings: CopySettings

    def copy(self) -> CopyAnswer:
        """Return the use case."""
        settings = self.settings
        return CopyAnswer(
            EventCopy(
                database=self.database,
                bucket=media_bucket(settings),
                root_url=settings.media_root_url,
                s3=clients.s3(),
                concurrency=settings.copy_concurrency,
            ),
            Once(clients.dynamodb(), settings.copies_table),
            seconds=settings.copy_seconds,
        )
