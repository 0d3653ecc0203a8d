"""A typical event for benchmarks: 200 sessions and 100 speakers with a photo each."""

from collections.abc import Sequence

OWNER = (
    """INSERT INTO users (_email, _password, is_blocked, is_verified)
    VALUES ('owner@example.org', '', false, true)""",
    """INSERT INTO roles (name, title_name) VALUES ('owner', 'Owner')""",
    """INSERT INTO users_events_roles (event_id, user_id, role_id) VALUES (1, 1, 1)""",
)

ROWS = (
    """INSERT INTO tracks (name, color, event_id, position)
    SELECT 'Track ' || i, '#3f51b5', 1, i FROM generate_series(1, 8) i""",
    """INSERT INTO microlocations (name, floor, hidden_in_scheduler, position, event_id)
    SELECT 'Room ' || i, 1, false, i, 1 FROM generate_series(1, 6) i""",
    """INSERT INTO sessions (title, subtitle, short_abstract, long_abstract, language, level,
      starts_at, ends_at, event_id, track_id, microlocation_id, state, created_at, is_mail_sent,
      is_locked)
    SELECT 'Session ' || i, 'About it', repeat('An abstract. ', 20), repeat('More of it. ', 60),
      'en', 'beginner', now() + i * interval '10 minutes', now() + (i + 3) * interval '10 minutes',
      1, 1 + i % 8, 1 + i % 6, 'accepted', now(), false, false FROM generate_series(1, 200) i""",
    """INSERT INTO speakers_sessions (session_id, speaker_id)
    SELECT i, 1 + i % 100 FROM generate_series(1, 200) i""",
    """INSERT INTO tickets (name, type, quantity, price, min_price, sales_starts_at, sales_ends_at,
      event_id)
    SELECT 'Ticket ' || i, 'paid', 100, 10, 0, now(), now(), 1 FROM generate_series(1, 4) i""",
)

SPEAKERS = """
INSERT INTO speaker (name, email, photo_url, short_biography, long_biography, organisation, country,
  event_id, "order")
SELECT 'Speaker ' || i, 'speaker' || i || '@example.org', {photo}, repeat('Short. ', 20),
  repeat('A longer biography. ', 30), 'Example', 'Wonderland', 1, i
FROM generate_series(1, 100) i"""


def statements(photos: str = "") -> Sequence[str]:
    """Return the statements; `photos`: base address of the photos, none if it is empty."""
    photo = f"'{photos}/' || i || '.jpg'" if photos else "null"
    *before, links, tickets = ROWS
    return [*OWNER, *before, SPEAKERS.format(photo=photo), links, tickets]
