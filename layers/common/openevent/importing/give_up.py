"""The end of imports that cannot be done."""

from openevent.jobs.give_up import Endings

FAILURE = (
    "The archive could not be imported because of a problem on our side, which has been reported. "
    "Nothing was imported. Please start the import again later."
)
NOT_UPLOADED = (
    "The archive was not uploaded within an hour, so nothing was imported. Please start the import "
    "again."
)
DISPLACED = (
    "A newer import took the place of this one, whose archive was not uploaded yet. Nothing was "
    "imported. If you still need it, please start it again and upload its archive before you start "
    "others."
)
NO_USER = "Your account was deleted or blocked before the archive could be imported."
CHANGED = (
    "The uploaded file is not the one that was announced: its size or its SHA-256 differs. Nothing "
    "was imported. Please start the import again."
)

ENDINGS = Endings(failure=FAILURE, failed="ImportsFailed", refused="ImportsRefused")
