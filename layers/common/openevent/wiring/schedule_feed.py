"""Wiring of `schedule_feed`."""

import time

from openevent.adapters import clients
from openevent.edge.settings import ScheduleFeedSettings
from openevent.feed.serve import ScheduleFeed
from openevent.feed.store import ScheduleStore
from openevent.wiring.calling import open_plain


class ScheduleFeedWiring:
    """Builds the feed, which remembers schedules between calls."""

    def __init__(self, settings: ScheduleFeedSettings) -> None:
        """Connect to nothing yet."""
        self.settings = settings
        self._feed: ScheduleFeed | None = None

    @property
    def feed(self) -> ScheduleFeed:
        """The feed of this process."""
        if self._feed is None:
            settings = self.settings
            self._feed = ScheduleFeed(
                open_plain(settings),
                ScheduleStore(clients.s3(), settings.export_bucket),
                server=settings.media_root_url,
                frontend=settings.frontend_url,
                seconds=settings.schedule_check_seconds,
                now=time.time,
            )
        return self._feed
