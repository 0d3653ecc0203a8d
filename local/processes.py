"""The processes of a cloud, found by what they carry: a number may be another's by now."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from local import Failed

# Every process of a cloud has this variable, with the cloud's directory, or inherits it.
MARK = "OPEN_EVENT_CLOUD"

# Seconds for PostgreSQL to end by itself.
GRACE = 10


def start(
    command: Sequence[str], directory: Path, environment: Mapping[str, str], log: Path
) -> int:
    """Start a program of the cloud in `directory`, apart from this terminal, its output in `log`.

    It sees `environment` and the path of programs, nothing else of this process's environment.
    Returns its process id.
    """
    # The shell leaves at once: the program is then nobody's child, and needs no one to wait for it.
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
    """Run a program for the cloud in `directory` to its end, from where this process is.

    It sees `environment` alone. Raises `Failed` with the end of its output; all of it is in `log`.
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
        raise Failed(f"{Path(command[0]).name} {command[1]} failed. The end of {log}:\n\n{last}")


def of(directory: Path) -> list[psutil.Process]:
    """The processes of the cloud in `directory` that are running, whoever started them and when."""
    return [process for process in psutil.process_iter() if _belongs(process, directory)]


def runs(process: psutil.Process) -> bool:
    """Whether it has not ended; one that only waits to be noticed by its parent has."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def stop(directory: Path) -> None:
    """End all processes of the cloud in `directory`, PostgreSQL in order, the others at once."""
    ours = of(directory)
    for process in ours:
        # Killed, PostgreSQL would leave its shared memory behind.
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
    # psutil checks first that the number still is the process it was.
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
