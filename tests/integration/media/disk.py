"""A disk of the tests' own, for fetched files."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO


@dataclass
class Disk:
    """Makes files with `make`, in memory unless said otherwise, and is never full."""

    make: Callable[[], IO[bytes]] = io.BytesIO

    def spool(self) -> IO[bytes]:
        return self.make()

    def require_room(self, size: int) -> None:
        pass
