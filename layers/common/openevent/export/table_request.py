"""Requests for CSV files of an event's sessions and speakers: the options, and the body."""

from collections.abc import Collection, Mapping
from typing import Any

from openevent.edge.validation import StrictModel
from openevent.export.job import TableFile
from openevent.export.options import Options

# Such files hold what the tables of a full archive do.
TABLE_OPTIONS = Options()

# Speakers without a session.
WITHOUT_SESSION = "without_session"

_STATES = ("pending", "accepted", "confirmed", "rejected", "withdrawn", "canceled")

# By table, the values that select some of its rows. Open Event Server takes all others for `all`.
_STATUSES: Mapping[str, Collection[str]] = {
    "sessions": _STATES,
    "speakers": (*_STATES, WITHOUT_SESSION),
}


class TableRequest(StrictModel):
    """The body of a request.

    `status`: which rows; any value that is not a status selects all. `excel`: whether the file
    begins with a byte-order mark. That is the default, as the web client cannot ask for it and its
    users open the file with Excel.
    """

    status: Any = None
    excel: bool = True

    def file(self, path: str) -> TableFile:
        """Return the file that a path asks for: `…/export/sessions/csv`."""
        name = path.rstrip("/").split("/")[-2]
        known = isinstance(self.status, str) and self.status in _STATUSES[name]
        return TableFile(name=name, status=self.status if known else None, excel=self.excel)
