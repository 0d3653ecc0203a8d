"""Benchmark `export_tables`: 10,000 sessions of 5,000 speakers, with and without the tables.

`ratio` is the time with them by the time without.
"""

from bench.export_parts import with_and_without

STATEMENTS = (
    """INSERT INTO tracks (name, color, event_id, position)
    SELECT 'Track ' || i, '#3f51b5', 1, i FROM generate_series(1, 100) i""",
    """INSERT INTO sessions (title, subtitle, short_abstract, long_abstract, language, level,
      starts_at, ends_at, event_id, track_id, state, created_at, is_locked)
    SELECT 'Session ' || i, 'About "something" and more', repeat('An abstract. ', 20),
      repeat('A longer abstract, with "quotes" and ümläuts. ', 20), 'en', 'beginner',
      now() + i % 400 * interval '15 minutes', now() + (i % 400 + 2) * interval '15 minutes',
      1, 1 + i % 100, 'accepted', now(), false FROM generate_series(1, 10000) i""",
    """INSERT INTO speaker (name, email, short_biography, long_biography, organisation, country,
      website, event_id, "order")
    SELECT 'Speaker ' || i, 'speaker' || i || '@example.org', repeat('Short. ', 20),
      repeat('A longer biography, with "quotes" and ümläuts. ', 20), 'Example', 'Wonderland',
      'https://example.org/' || i, 1, i FROM generate_series(1, 5000) i""",
    """INSERT INTO speakers_sessions (speaker_id, session_id)
    SELECT 1 + i % 5000, i FROM generate_series(1, 10000) i""",
)


def run() -> dict[str, float]:
    """Return seconds, peak memory in MB and the ratio, with and without the tables."""
    return with_and_without("tables", STATEMENTS)
