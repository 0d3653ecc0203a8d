"""What a person at the terminal sees: each step with the time it took, and a progress bar."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

WIDTH = 30


@contextmanager
def step(name: str) -> Iterator[None]:
    """Say how long what is done in here took, when it is done."""
    start = time.monotonic()
    yield
    # One write, as steps that run side by side end when they like.
    sys.stdout.write(f"  {name:<52}{time.monotonic() - start:>7.1f} s\n")
    sys.stdout.flush()


def bar(label: str, done: int, total: int) -> None:
    """Draw a progress bar over the last one; nothing where no one looks."""
    if sys.stdout.isatty():
        filled = WIDTH * done // total if total else 0
        sys.stdout.write(f"\r\033[K  [{'█' * filled}{'░' * (WIDTH - filled)}] {label}")
        sys.stdout.flush()


def end_bar() -> None:
    """Take the bar away."""
    if sys.stdout.isatty():
        sys.stdout.write("\r\033[K")
        sys.stdout.flush()
