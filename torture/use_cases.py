"""All use cases."""

from torture.copies import COPY
from torture.exports import EXPORT
from torture.feeds import FEED
from torture.imports import IMPORT
from torture.invites import INVITES
from torture.sweeps import SWEEP

ALL = [*INVITES, *SWEEP, *IMPORT, *FEED, *COPY, *EXPORT]
