"""Where things lie in a working copy, and directories that one run at a time may have."""

import fcntl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from local import Failed

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / ".local"


def program(environment: str, name: str) -> str:
    """The path of a program that `make setup` installed into an environment: dev, cloud or sam."""
    return str(STATE / "env" / environment / "bin" / name)


@contextmanager
def claimed(names: Iterable[str]) -> Iterator[Path]:
    """The first of these directories in `.local/` that no other run has: this run's until the end.

    The claim is a lock that ends with the process, however it ends. Raises `Failed` when all are
    taken.
    """
    for name in names:
        with (STATE / f"{name}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield STATE / name
            return
    raise Failed("Another run is at it; please wait until it has ended.")
