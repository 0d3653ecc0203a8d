"""Benchmarks `copy_100` and `copy_1000`: an event with 100 or 1,000 children of four kinds."""

from bench.database import filled
from bench.measure import compared, measured

STATEMENTS = (
    """INSERT INTO tickets (name, type, quantity, price, min_price, sales_starts_at, sales_ends_at,
      event_id)
    SELECT 'Ticket ' || i, 'paid', 100, 10, 0, now(), now(), 1 FROM generate_series(1, {n}) i""",
    """INSERT INTO sponsors (name, description, url, level, event_id)
    SELECT 'Sponsor ' || i, repeat('Good people. ', 10), 'https://example.org/' || i, 1, 1
    FROM generate_series(1, {n}) i""",
    """INSERT INTO tracks (name, description, color, event_id, position)
    SELECT 'Track ' || i, repeat('About it. ', 10), '#3f51b5', 1, i
    FROM generate_series(1, {n}) i""",
    """INSERT INTO microlocations (name, floor, hidden_in_scheduler, position, event_id)
    SELECT 'Room ' || i, 1, false, i, 1 FROM generate_series(1, {n}) i""",
)
OWNER = (
    """INSERT INTO users (_email, _password, is_blocked) VALUES ('owner@example.org', '', false)""",
    """INSERT INTO roles (name, title_name) VALUES ('owner', 'Owner')""",
    """INSERT INTO users_events_roles (event_id, user_id, role_id) VALUES (1, 1, 1)""",
)


def copy_100() -> dict[str, float]:
    """Copy 100 tickets, sponsors, tracks and rooms each."""
    return _run(100, rounds=3)


def copy_1000() -> dict[str, float]:
    """Copy 1,000 tickets, sponsors, tracks and rooms each."""
    return _run(1000, rounds=2)


def _run(rows: int, *, rounds: int) -> dict[str, float]:
    statements = [statement.format(n=rows) for statement in STATEMENTS]
    with filled([*OWNER, *statements]) as database_url:
        return compared(
            ours=lambda: measured("bench.copy_ours", database_url),
            plain=lambda: measured("bench.copy_plain", database_url),
            rounds=rounds,
        )
