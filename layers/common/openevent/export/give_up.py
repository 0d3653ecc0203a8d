"""The end of exports that cannot be made."""

from openevent.jobs.give_up import Endings

FAILURE = (
    "The archive could not be made because of a problem on our side, which has been reported. "
    "Please start the export again later."
)

EVENT_GONE = "The event was deleted before its export could be made."
TOO_LONG = (
    "The archive could not be made within a day, which is the limit. Please export fewer kinds of "
    "media at a time."
)

ENDINGS = Endings(failure=FAILURE, failed="ExportsFailed", refused="ExportsRefused")
