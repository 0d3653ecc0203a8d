"""Archives of every dialect and with every oddity that was seen, each made here."""

from datetime import UTC, datetime

from tests.unit.importing.archives import Json, read, zipped

EVENT: Json = {
    "id": 7,
    "name": "Lake Days",
    "starts_at": "2027-04-16T09:00:00+05:45",
    "ends_at": "2027-04-18T18:00:00+05:45",
    "timezone": "Asia/Kathmandu",
}


def test_an_archive_of_the_server() -> None:
    made = read(
        zipped(
            {
                "event": EVENT,
                "sessions": [{"id": 3, "title": "Boats", "track_id": 2}],
                "tracks": [{"id": 2, "name": "Water", "color": "#123456", "font_color": "#fff"}],
                "speakers": [{"id": 5, "name": "Ada", "photo_url": "/images/speakers/Ada_5.png"}],
                "images/speakers/Ada_5.png": b"\x89PNG\r\n\x1a\n",
            }
        )
    )

    assert made.archive.dialect == "server"
    assert made.event.values["starts_at"] == datetime(2027, 4, 16, 3, 15, tzinfo=UTC)
    assert made.values("sessions", "id", "title", "track_id") == [(3, "Boats", 2)]
