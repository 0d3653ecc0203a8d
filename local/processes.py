"""The processes of a cloud, found by a variable in their environment.

Process ids are not stored: an id can belong to another process later.
"""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from local import Failed

# Variable with the cloud's directory; every process of a cloud has or inherits it.
MARK = "OPEN_EVENT_CLOUD"

# Seconds for PostgreSQL to shut down.
GRACE = 10


def start(
    command: Sequence[str], directory: Path, environment: Mapping[str, str], log: Path
) -> int:
    """Start a program of the cloud in `directory`, detached from the terminal, and return its id.

    Its environment is `environment` and PATH, nothing else of this process's environment. Its
    output goes to `log`.
    """
    # The shell exits at once, so init adopts the program and reaps it when it ends.
    shell = ["/bin/sh", "-c", '"$@" > "$0" 2>&1 & echo $!', str(log)]
    started = subprocess.run(
        [*shell, *command],
        cwd=directory,
        env={"PATH": os.environ["PATH"], **environment, MARK: str(directory)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        start_new_session=True,
        check=True,
    )
    return int(started.stdout)


def run(command: Sequence[str], directory: Path, environment: Mapping[str, str], log: Path) -> None:
    """Run a program for the cloud in `directory` to its end, in the current directory.

    Its environment is `environment` only. Raises `Failed` with the end of its output, which is in
    `log` completely.
    """
    with log.open("wb") as output:
        ended = subprocess.run(
            command,
            env={**environment, MARK: str(directory)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if ended.returncode:
        last = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        raise Failed(f"{Path(command[0]).name} {command[1]} failed. Last lines of {log}:\n\n{last}")


def of(directory: Path) -> list[psutil.Process]:
    """Return the running processes of the cloud in `directory`, of this run and earlier ones."""
    return [process for process in psutil.process_iter() if _belongs(process, directory)]


def runs(process: psutil.Process) -> bool:
    """Whether the process runs. A zombie has ended."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def stop(directory: Path) -> None:
    """End all processes of the cloud in `directory`: shut PostgreSQL down, kill the others."""
    ours = of(directory)
    for process in ours:
        # A killed PostgreSQL leaves its shared memory behind.
        _send(process, signal.SIGINT if _is_postgres(process) else signal.SIGKILL)
    deadline = time.monotonic() + GRACE
    while any(map(runs, ours)) and time.monotonic() < deadline:
        time.sleep(0.02)
    for process in of(directory):
        _send(process, signal.SIGKILL)


def _is_postgres(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return process.name() == "postgres"
    return False


def _send(process: psutil.Process, number: signal.Signals) -> None:
    # psutil checks first that the id still belongs to the same process.
    with suppress(psutil.NoSuchProcess):
        process.send_signal(number)


def _belongs(process: psutil.Process, directory: Path) -> bool:
    if process.pid == os.getpid():
        return False
    try:
        if _is_postgres(process):
            return str(directory / "postgres") in process.cmdline()
        return process.environ().get(MARK) == str(directory)
    except psutil.Error:
        return False
