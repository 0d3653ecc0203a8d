"""Single files that a path asks for, as API Gateway passes it: it can end with a slash."""

import pytest

from openevent.export.job import TableFile
from openevent.export.options import schedule_of
from openevent.export.table_request import TableRequest
from openevent.programme.format import Format


@pytest.mark.parametrize("end", ["", "/", "//"])
def test_a_path_names_the_file_with_a_slash_at_its_end_or_without(end: str) -> None:
    assert schedule_of(f"/v1/events/1/export/ical{end}") is Format.ICAL
    request = TableRequest(status="accepted", excel=False)
    wanted = TableFile(name="speakers", status="accepted", excel=False)
    assert request.file(f"/v1/events/1/export/speakers/csv{end}") == wanted
