"""Directories on the local disk in which archives are built, and the removal of abandoned ones.

Lambda gives the disk of a worker that was killed to the next invocation, with everything on it. A
directory is locked for as long as its process lives, so that a directory without a lock is known to
be abandoned, also where several workers share a disk.
"""

import fcntl
import os
import shutil
import tempfile
from pathlib import Path

PREFIX = "open-event-export-"


class WorkDirectory:
    """A new directory, `path`, locked until it is removed."""

    def __init__(self) -> None:
        """Make and lock the directory."""
        while True:
            self.path = Path(tempfile.mkdtemp(prefix=PREFIX))
            lock = _locked(self.path)
            if lock is not None:
                self._lock = lock
                if self.path.exists():
                    return
                os.close(lock)
            # It was taken for an abandoned one before it was locked.

    def remove(self) -> None:
        """Remove the directory with its content, and unlock it. To be called once."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)


def remove_abandoned() -> int:
    """Remove the directories of processes that no longer run; return their number."""
    removed = 0
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        lock = _locked(path)
        if lock is not None:
            shutil.rmtree(path, ignore_errors=True)
            os.close(lock)
            removed += 1
    return removed


def _locked(path: Path) -> int | None:
    """Return a descriptor that locks the directory; None if it is locked, or is not there."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor
