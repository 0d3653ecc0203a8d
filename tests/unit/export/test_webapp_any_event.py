"""Documents of any event pass the rules of the `webapp` dialect."""

import json
from collections.abc import Iterator

from hypothesis import HealthCheck, given, settings

from openevent.export.dialects.webapp import META, Webapp, levels
from openevent.export.dialects.webapp_cells import Cells, Values
from openevent.export.dialects.webapp_documents import Document
from openevent.export.dialects.webapp_event import EventDocument
from openevent.export.dialects.webapp_files import MICROLOCATIONS, SESSION_TYPES, TRACKS
from openevent.export.dialects.webapp_programme import make_programme
from openevent.export.dialects.webapp_rules import Rules
from openevent.export.repairs import Repair, RepairKind
from tests.generated_events import Generated, generated_events


def documents(generated: Generated, repairs: list[Repair]) -> Iterator[tuple[str, Document | None]]:
    """Every document of the event by the name of its file; None for rows that don't go in."""
    rows = generated.living()
    rows["sessions"].sort(key=lambda row: (str(row["starts_at"]), row["id"]))
    event: Values = {"id": 1, **generated.event}
    cells = Cells(event["timezone"], repairs.append)
    programme = make_programme(
        cells,
        sessions=rows["sessions"],
        speakers=rows["speaker"],
        links=rows["speakers_sessions"],
        named={file: rows[file.table] for file in (TRACKS, MICROLOCATIONS, SESSION_TYPES)},
    )
    made = Webapp(cells, programme, "https://api.example.org")
    yield (
        "event",
        EventDocument(cells).make(
            event,
            social_links=rows["social_links"],
            copyrights=rows["event_copyrights"],
            speakers_calls=rows["speakers_calls"],
            page_url="https://events.example.org/e/1",
        ),
    )
    written = levels(row["level"] for row in rows["sponsors"])
    for row in rows["sponsors"]:
        yield "sponsors", made.sponsor(row, written[row["level"]])
    for name, table, make in (
        ("sessions", "sessions", made.session),
        ("speakers", "speaker", made.speaker),
        ("tracks", "tracks", made.track),
        ("microlocations", "microlocations", made.microlocation),
        ("session_types", "session_types", made.session_type),
    ):
        for row in rows[table]:
            yield name, make(row)
    yield "tracks", made.placeholder_track()
    yield "microlocations", made.placeholder_room()
    yield "meta", META


@given(generated_events())
@settings(suppress_health_check=list(HealthCheck))
def test_documents_of_any_event_pass_the_rules(generated: Generated) -> None:
    rules, repairs = Rules(), list[Repair]()
    placeholders = set()
    for name, document in documents(generated, repairs):
        if document is not None:
            rules.check_row(name, json.loads(json.dumps(document, allow_nan=False)))
            if name in ("tracks", "microlocations") and document["id"] == 0:
                placeholders.add(name)
    rules.check_references()
    kinds = {repair.kind for repair in repairs}
    assert ("tracks" in placeholders) == (RepairKind.TRACK_REPLACED in kinds)
    assert ("microlocations" in placeholders) == (RepairKind.ROOM_REPLACED in kinds)
