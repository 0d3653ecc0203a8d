"""Moments, as the driver reads them from PostgreSQL."""

from datetime import UTC, datetime

from openevent.adapters.credentials import Credentials
from openevent.adapters.database import run

MOMENTS: dict[str, object] = {
    "2027-03-28 09:00:00+00": datetime(2027, 3, 28, 9, tzinfo=UTC),
    "2027-03-28 09:00:00.5+05:30": datetime(2027, 3, 28, 3, 30, 0, 500_000, tzinfo=UTC),
    "0001-01-01 00:00:00+00": datetime(1, 1, 1, tzinfo=UTC),
    "9998-12-31 23:59:59.999999+00": datetime(9998, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    # Python has no moment for these.
    "infinity": "infinity",
    "12000-01-01 00:00:00+00": "12000-01-01 00:00:00+00",
}


def test_a_moment_is_read_in_any_zone(database_url: str) -> None:
    connection = Credentials.from_url(database_url).connect()
    try:
        for written, expected in MOMENTS.items():
            run(connection, "SET TimeZone TO 'UTC'")
            [[moment]] = run(connection, f"SELECT timestamptz '{written}'")
            assert moment == expected
            if isinstance(expected, datetime):
                clock = expected.replace(tzinfo=None)
                assert run(connection, f"SELECT timestamp '{clock}'")[0][0] == clock
                run(connection, "SET TimeZone TO 'Asia/Kolkata'")
                [[moment]] = run(connection, f"SELECT timestamptz '{written}'")
                assert moment == expected
    finally:
        connection.close()
