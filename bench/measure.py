"""Measurements of work in a separate process, whose peak memory belongs to that work only."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds of the work without the start of Python, and peak memory of the process in MB.

    `processor`: seconds of the processor for the work, if they were measured.
    `floor_seconds`: what the database itself took of the seconds; 0 if it was not measured.
    """

    seconds: float
    peak_mb: float
    processor: float = 0
    floor_seconds: float = 0


def measured(module: str, *arguments: str) -> Measured:
    """Run `python -m module arguments…`, which ends with `report`, and return its figures.

    It has one heap for all threads, as the functions have (template.yaml).
    """
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "MALLOC_ARENA_MAX": "1"},
    )
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


def report(seconds: float, processor: float = 0, *, floor_seconds: float = 0) -> None:
    """Print the figures of `Measured`, for `measured`: the peak memory is this process's."""
    figures = Measured(seconds, peak_mb(), processor, floor_seconds)
    print(json.dumps(asdict(figures)))


def peak_mb() -> float:
    """Return the peak memory of this program in MB.

    `ru_maxrss` would be that of the process as well, and so at least the memory of its parent when
    it began. Linux's `VmHWM` begins with the program (proc_pid_status(5)).
    """
    status = Path("/proc/self/status")
    if status.exists():
        found = re.search(r"^VmHWM:\s+(\d+) kB$", status.read_text(), re.MULTILINE)
        if found:
            return int(found[1]) / 1024
    import resource  # noqa: PLC0415 - missing on some systems, and only needed here

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def beside(
    ours: Callable[[], Measured], floor: Callable[[], Measured], *, rounds: int = 3
) -> dict[str, float]:
    """Return the figures of ours, those of a floor below it, and the ratio of the times.

    The two run alternately; the ratio is the median of all pairs', which other load affects least.
    """
    pairs = [(floor(), ours()) for _ in range(rounds)]
    return {
        "seconds": round(min(pair[1].seconds for pair in pairs), 3),
        "peak_mb": round(max(pair[1].peak_mb for pair in pairs), 1),
        "floor_seconds": round(min(pair[0].seconds for pair in pairs), 3),
        "floor_ratio": round(median(pair[1].seconds / pair[0].seconds for pair in pairs), 2),
    }


def compared(
    ours: Callable[[], Measured], plain: Callable[[], Measured], *, rounds: int = 3
) -> dict[str, float]:
    """Return the figures of both implementations and how many times faster ours is.

    The two run alternately, so that other load affects both. The best round of each counts.
    """
    pairs = [(plain(), ours()) for _ in range(rounds)]
    plain_seconds = min(pair[0].seconds for pair in pairs)
    seconds = min(pair[1].seconds for pair in pairs)
    floor = min(pair[1].floor_seconds for pair in pairs)
    return {
        "seconds": round(seconds, 3),
        "plain_seconds": round(plain_seconds, 3),
        "ratio": round(plain_seconds / seconds, 2),
        **(
            {"floor_seconds": round(floor, 4), "floor_ratio": round(seconds / floor, 2)}
            if floor
            else {}
        ),
        "peak_mb": round(max(pair[1].peak_mb for pair in pairs), 1),
        "plain_peak_mb": round(max(pair[0].peak_mb for pair in pairs), 1),
    }
