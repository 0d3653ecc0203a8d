"""Run a command while busy loops keep each core of the machine busy several times over.

`python -m tests.under_load --loops-per-core 4 pytest -n 6` exits as the command does. The loops end
with this process, also when it is killed.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# Each loop looks about ten times a second whether its parent still runs.
_LOOP = """
import os
parent = int(os.environ["PARENT"])
while os.getppid() == parent:
    for _ in range(3_000_000):
        pass
"""


@contextmanager
def busy_loops(count: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Run `count` processes that calculate without a pause, until the end."""
    environment = {**os.environ, "PARENT": str(os.getpid())}
    loops = [
        subprocess.Popen([sys.executable, "-S", "-c", _LOOP], env=environment) for _ in range(count)
    ]
    try:
        yield loops
    finally:
        for loop in loops:
            loop.kill()
        for loop in loops:
            loop.wait()


def main(arguments: list[str]) -> int:
    """Return the exit status of the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loops-per-core", type=int, default=4)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    given = parser.parse_args(arguments)
    with busy_loops(given.loops_per_core * (os.cpu_count() or 1)):
        return subprocess.run(given.command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
