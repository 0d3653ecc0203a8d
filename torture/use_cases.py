"""All use cases."""

from torture.copies import COPY
from torture.exports import EXPORT
from torture.feeds import FEED
from torture.imports import IMPORT
from torture.invites import INVITES
from torture.mail_events import MAIL_EVENTS
from torture.sweeps import SWEEP

ALL = [*INVITES, *MAIL_EVENTS, *SWEEP, *IMPORT, *FEED, *COPY, *EXPORT]
