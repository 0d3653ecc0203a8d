"""Benchmark `export_schedules`: 2,000 sessions, with and without the programme's four files.

`ratio` is the time with them by the time without.
"""

from bench.export_parts import with_and_without

STATEMENTS = (
    """INSERT INTO tracks (name, color, event_id, position)
    SELECT 'Track ' || i, '#3f51b5', 1, i FROM generate_series(1, 50) i""",
    """INSERT INTO sessions (title, short_abstract, long_abstract, language, starts_at, ends_at,
      event_id, track_id, state, created_at, is_locked)
    SELECT 'Session ' || i, repeat('An abstract. ', 20),
      repeat('A longer abstract, with "quotes" and ümläuts. ', 20), 'en',
      now() + i % 400 * interval '15 minutes', now() + (i % 400 + 2) * interval '15 minutes',
      1, 1 + i % 50, 'accepted', now(), false FROM generate_series(1, 2000) i""",
    """INSERT INTO speaker (name, short_biography, long_biography, website, event_id, "order")
    SELECT 'Speaker ' || i, repeat('Short. ', 20), repeat('A longer biography. ', 40),
      'https://example.org/' || i, 1, i FROM generate_series(1, 1000) i""",
    """INSERT INTO speakers_sessions (speaker_id, session_id)
    SELECT 1 + i % 1000, i FROM generate_series(1, 2000) i""",
)


def run() -> dict[str, float]:
    """Return seconds, peak memory in MB and the ratio, with and without the files."""
    return with_and_without("schedules", STATEMENTS)
