"""The AWS emulator: a separate process that only this machine can reach."""

import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

import boto3
import psutil
import urllib3
from botocore.config import Config

from local import Failed, processes
from local.places import program

REGION = "us-east-1"

# The emulator's log, which also contains the output of failed functions.
LOG = "emulator.log"

# The emulator's root user, only used to create an administrator (local/account.py).
ROOT_KEY = "test"

# Seconds until the emulator must answer. It needs about 2 to start, on a busy machine about 30.
PATIENCE = 300


@dataclass(frozen=True)
class Access:
    """Access to AWS: an address, and a key with its secret."""

    endpoint_url: str
    access_key_id: str = ROOT_KEY
    secret_access_key: str = ROOT_KEY
    region: str = REGION

    def client(self, service: str) -> Any:  # noqa: ANN401 (boto3 creates its classes at run time)
        """Return the boto3 client of a service; it is created once."""
        return _client(self, service)

    def environment(self) -> dict[str, str]:
        """Return the variables that lead AWS tools there, in place of the user's configuration."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        }


@cache
def _client(access: Access, service: str) -> Any:  # noqa: ANN401 (as Access.client)
    session = boto3.Session(access.access_key_id, access.secret_access_key)
    # Enough connections for calls from many threads.
    config = Config(
        region_name=access.region,
        signature_version="s3v4" if service == "s3" else "v4",
        max_pool_connections=32,
        # A call that is only slow is not made again.
        read_timeout=PATIENCE,
    )
    return session.client(service, endpoint_url=access.endpoint_url, config=config)  # type: ignore[call-overload]


def start(directory: Path) -> Access:
    """Start an empty emulator that writes into `directory` only. Raises `Failed`."""
    log = directory / LOG
    port = _free_port()
    _scratch(directory).mkdir()
    # -P: a function can import only what its own package contains, nothing else of this project.
    patched = Path(__file__).with_name("emulation.py")
    command = [program("cloud", "python"), "-P", str(patched)]
    process = psutil.Process(processes.start(command, directory, _settings(port, directory), log))
    access = Access(f"http://127.0.0.1:{port}")
    if not _answers(access, process):
        raise Failed(f"The AWS emulator did not start. Its log: {log}")
    return access


def _settings(port: int, directory: Path) -> dict[str, str]:
    scratch = _scratch(directory)
    return {
        "AUTH": "true",  # roles and policies are enforced, as in AWS
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "LANG": "C.UTF-8",
        "OPEN_EVENT_BUILD": str(directory / "build"),  # read by local/emulation.py
        # Without these it opens more ports, and removes containers if Docker is present.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "DOCKER_HOST": f"unix://{scratch}/no-docker",
    }


def _scratch(directory: Path) -> Path:
    return directory / "tmp"


def _answers(access: Access, process: psutil.Process) -> bool:
    http = urllib3.PoolManager(retries=False, timeout=PATIENCE)
    deadline = time.monotonic() + PATIENCE
    while processes.runs(process) and time.monotonic() < deadline:
        with suppress(urllib3.exceptions.HTTPError):
            answer = http.request("GET", f"{access.endpoint_url}/_ministack/ready")
            if answer.status == HTTPStatus.OK:
                return True
        time.sleep(0.05)
    return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
