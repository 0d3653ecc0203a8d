"""Terminal output: steps with their durations, and a progress bar."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

WIDTH = 30


@contextmanager
def step(name: str) -> Iterator[None]:
    """Print the name and the duration of the block when it ends."""
    start = time.monotonic()
    yield
    # One write, because steps that run in parallel can end at the same time.
    sys.stdout.write(f"  {name:<52}{time.monotonic() - start:>7.1f} s\n")
    sys.stdout.flush()


def bar(label: str, done: int, total: int) -> None:
    """Draw a progress bar in place of the last one. Does nothing without a terminal."""
    if sys.stdout.isatty():
        filled = WIDTH * done // total if total else 0
        sys.stdout.write(f"\r\033[K  [{'█' * filled}{'░' * (WIDTH - filled)}] {label}")
        sys.stdout.flush()


def end_bar() -> None:
    """Remove the bar."""
    if sys.stdout.isatty():
        sys.stdout.write("\r\033[K")
        sys.stdout.flush()
