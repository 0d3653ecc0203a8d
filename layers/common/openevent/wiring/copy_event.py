"""Wiring of `copy_event`."""

from functools import cached_property

from openevent.adapters import clients
from openevent.adapters.counters import Counters
from openevent.adapters.storage import BucketAcls
from openevent.copying.answer import CopyAnswer
from openevent.copying.copy import CopyLimits, EventCopy
from openevent.edge.settings import CopySettings
from openevent.making.intents import Intents
from openevent.wiring.calling import Calling
from openevent.wiring.media import media_bucket


class CopyEventWiring(Calling):
    """Builds the use case that copies events."""

    settings: CopySettings

    @cached_property
    def _acls(self) -> BucketAcls:
        return BucketAcls(clients.s3(), self.settings.media_bucket)

    def copying(self, seconds_left: float) -> CopyAnswer:
        """Return the use case. `seconds_left`: until this invocation ends."""
        settings, s3 = self.settings, clients.s3()
        copying = EventCopy(
            database=self.database,
            bucket=media_bucket(settings, region=s3.meta.region_name),
            root_url=settings.media_root_url,
            s3=s3,
            acls=self._acls,
            intents=Intents(clients.dynamodb(), settings.copies_table),
            counters=Counters(clients.dynamodb(), settings.limits_table),
            limits=CopyLimits(settings.copies_per_hour, settings.copy_dry_runs_per_hour),
            concurrency=settings.copy_concurrency,
        )
        return CopyAnswer(copying, settings.copy_seconds, seconds_left)
