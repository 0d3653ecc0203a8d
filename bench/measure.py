"""A piece of work measured in a process of its own, so that its peak memory is its own."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds of the work itself (without the start of Python), and the process's peak memory."""

    seconds: float
    peak_mb: float


def measured(module: str, *arguments: str) -> Measured:
    """Run `python -m module arguments…`, which prints its seconds and peak as `report` does."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], check=True, stdout=subprocess.PIPE, text=True
    )
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


def report(seconds: float) -> None:
    """Print what `measured` reads: `seconds`, and the peak of this process's memory so far."""
    import resource  # noqa: PLC0415 - not on every machine, and not needed by who measures

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak_mb": peak}))


def compared(
    ours: Callable[[], Measured], plain: Callable[[], Measured], *, rounds: int = 3
) -> dict[str, float]:
    """The figures of a benchmark: ours, the plain way's, and how many times as fast ours is.

    The two take turns, so that a busy machine is busy for both; of each the best round counts.
    """
    pairs = [(plain(), ours()) for _ in range(rounds)]
    plain_seconds = min(pair[0].seconds for pair in pairs)
    seconds = min(pair[1].seconds for pair in pairs)
    return {
        "seconds": round(seconds, 3),
        "plain_seconds": round(plain_seconds, 3),
        "ratio": round(plain_seconds / seconds, 2),
        "peak_mb": round(max(pair[1].peak_mb for pair in pairs), 1),
        "plain_peak_mb": round(max(pair[0].peak_mb for pair in pairs), 1),
    }
