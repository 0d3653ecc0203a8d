"""The end of exports that cannot be made."""

from openevent.jobs.give_up import Endings

FAILURE = (
    "The archive could not be made because of a problem on our side, which has been reported. "
    "Please start the export again later."
)

ENDINGS = Endings(failure=FAILURE, failed="ExportsFailed", refused="ExportsRefused")
