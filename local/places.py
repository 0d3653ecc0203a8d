"""Paths in a working copy, and directories that one run at a time can claim."""

import fcntl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from local import Failed

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / ".local"


def program(environment: str, name: str) -> str:
    """Return the path of a program in an environment of `make setup`: dev, cloud or sam."""
    return str(STATE / "env" / environment / "bin" / name)


@contextmanager
def claimed(names: Iterable[str]) -> Iterator[Path]:
    """Claim the first of these directories in `.local/` that is free, and yield its path.

    The claim is a file lock, so it also ends when the process dies. Raises `Failed` if no directory
    is free.
    """
    for name in names:
        with (STATE / f"{name}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield STATE / name
            return
    raise Failed("Another run uses the local cloud. Wait until it has ended, and try again.")
