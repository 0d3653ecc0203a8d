"""Files of the programme as the web client's export page makes them: started, polled, saved."""

import pytest
import urllib3

from local.stack import Stack
from tests.e2e.exporting import export, finished, mails_about, task_id_of
from tests.schedule_readers import (
    check_ics,
    check_xcs,
    check_xml,
    read_ics,
    read_schedules,
    read_xcs,
    read_xml,
)

ORGANIZER = "organizer@paperboats.example"

FILES = {
    "ical": ("ics", "text/calendar", check_ics, read_ics),
    "xcal": ("xcs", "application/calendar+xml", check_xcs, read_xcs),
    "pentabarf": ("xml", "application/xml", check_xml, read_xml),
}


@pytest.mark.parametrize("name", FILES)
def test_a_browser_saves_the_file(stack: Stack, name: str) -> None:
    ending, content_type, check, read = FILES[name]
    event = stack.event["id"]
    token = stack.tokens["organizer"]
    started = stack.request("GET", f"/v1/events/{event}/export/{name}", token=token)
    assert started.status == 200, started.body
    task_id = task_id_of(started)
    task = finished(stack, task_id)
    assert task["state"] == "SUCCESS", task

    # A plain link: no token, no script.
    saved = urllib3.request("GET", task["result"]["download_url"])

    assert saved.status == 200
    # The emulator of S3 drops the charset of XML, which says it itself.
    assert saved.headers["Content-Type"].partition(";")[0] == content_type
    disposition = f'attachment; filename="event{event}.{ending}"'
    assert saved.headers["Content-Disposition"] == disposition
    text = saved.data.decode()
    check(text)
    assert len(read(text)) == len(read_schedules(_archive(stack)))
    assert mails_about(stack, task_id, ORGANIZER) == []


def _archive(stack: Stack) -> dict[str, bytes]:
    opened = export(stack).zip
    return {name: opened.read(name) for name in opened.namelist() if name.startswith("schedule")}
