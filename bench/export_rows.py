"""Benchmarks `export_rows` and `export_small`: rows without media.

`floor_ratio` is the time by PostgreSQL's own for the same statements. `export_rows` has 10,000
sessions, 5,000 speakers and 100 tracks; `growth` is the peak memory with ten times the rows by that
with these. `export_small` has 2,000 sessions, 1,000 speakers and 50 tracks.
"""

from collections.abc import Sequence

from bench import export_schedules
from bench.database import filled
from bench.measure import beside, compared, measured

TRACKS = """INSERT INTO tracks (name, color, event_id, position)
    SELECT 'Track ' || i, '#3f51b5', 1, i FROM generate_series(1, 100) i"""
SESSIONS = """INSERT INTO sessions (title, subtitle, short_abstract, long_abstract, language, level,
      starts_at, ends_at, event_id, track_id, state, created_at, is_locked)
    SELECT 'Session ' || i, 'About "something" and more', repeat('An abstract. ', 20),
      repeat('A longer abstract, with "quotes" and ümläuts. ', 20), 'en', 'beginner',
      now(), now(), 1, 1 + i % 100, 'accepted', now(), false FROM generate_series(1, {count}) i"""
SPEAKERS = """INSERT INTO speaker (name, email, short_biography, long_biography, organisation,
      country, website, event_id, "order")
    SELECT 'Speaker ' || i, 'speaker' || i || '@example.org', repeat('Short. ', 20),
      repeat('A longer biography, with "quotes" and ümläuts. ', 20), 'Example', 'Wonderland',
      'https://example.org/' || i, 1, i FROM generate_series(1, {count}) i"""

ROUNDS = 5


def rows() -> dict[str, float]:
    """Return seconds, peak memory in MB, and the ratios to the plain implementation and floor."""
    with filled(_statements(10_000)) as url:
        figures = compared(
            ours=lambda: measured("bench.export_ours", url),
            plain=lambda: measured("bench.export_plain", url),
        )
        figures |= _beside_floor(url)
    with filled(_statements(100_000)) as url:
        figures["growth"] = round(
            measured("bench.export_ours", url).peak_mb / figures["peak_mb"], 3
        )
    return figures


def small() -> dict[str, float]:
    """Return seconds, peak memory in MB, and the ratio to the floor."""
    with filled(export_schedules.STATEMENTS) as url:
        return _beside_floor(url)


def _beside_floor(url: str) -> dict[str, float]:
    return beside(
        ours=lambda: measured("bench.export_ours", url),
        floor=lambda: measured("bench.row_floor", url),
        rounds=ROUNDS,
    )


def _statements(sessions: int) -> Sequence[str]:
    return TRACKS, SESSIONS.format(count=sessions), SPEAKERS.format(count=sessions // 2)
