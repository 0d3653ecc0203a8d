import sys

import psutil

from tests.under_load import busy_loops, main


def test_the_loops_run_until_the_end() -> None:
    with busy_loops(2) as loops:
        assert all(psutil.pid_exists(loop.pid) for loop in loops)

    assert not any(psutil.pid_exists(loop.pid) for loop in loops)


def test_the_status_is_that_of_the_command() -> None:
    command = [sys.executable, "-c", "raise SystemExit(7)"]

    assert main(["--loops-per-core", "0", *command]) == 7
