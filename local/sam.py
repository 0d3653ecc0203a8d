"""Build the real template for this machine and deploy it into the local cloud."""

import os
import platform
import sys
from collections.abc import Mapping
from pathlib import Path

from local import processes
from local.account import ARTIFACTS_BUCKET
from local.emulator import Access
from local.places import ROOT, STATE, program

STACK = "open-event"
API_ID = "openevent"

# The emulator runs functions with its own Python, on this machine.
TARGET = {
    "PythonRuntime": f"python{sys.version_info.major}.{sys.version_info.minor}",
    "Architecture": "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64",
}


def build(directory: Path, source: Path = ROOT) -> None:
    """Build the template of the working copy `source` into `directory`/build. Raises `Failed`."""
    command = [
        "build",
        "--template",
        str(source / "template.yaml"),
        "--build-dir",
        str(_built(directory)),
    ]
    environment = {
        "ARCHITECTURE": TARGET["Architecture"],
        "LAYER_CACHE": str(STATE / "layer"),
        "LAYER_PLATFORM": "host",
        "PYTHON": sys.executable,
        "PYTHON_RUNTIME": TARGET["PythonRuntime"],
    }
    _sam([*command, *_parameters(TARGET)], directory, environment, directory / "build.log")


def deploy(directory: Path, access: Access, parameters: Mapping[str, str]) -> dict[str, str]:
    """Deploy what `build` made and return the template's outputs. Raises `Failed`."""
    command = ["deploy", "--template", str(_built(directory) / "template.yaml")]
    options = ["--stack-name", STACK, "--s3-bucket", ARTIFACTS_BUCKET, "--no-progressbar"]
    # The tag sets the API's id, because its functions need their own address as a parameter.
    consent = [
        "--capabilities",
        "CAPABILITY_IAM",
        "--no-confirm-changeset",
        "--tags",
        f"ms-custom-id={API_ID}",
    ]
    _sam(
        [*command, *options, *consent, *_parameters({**TARGET, **parameters})],
        directory,
        access.environment(),
        directory / "deploy.log",
    )
    [stack] = access.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def _built(directory: Path) -> Path:
    return directory / "build"


def _parameters(values: Mapping[str, str]) -> list[str]:
    return [
        "--parameter-overrides",
        *(f"{name}={value}" for name, value in values.items() if value),
    ]


def _sam(arguments: list[str], directory: Path, environment: Mapping[str, str], log: Path) -> None:
    # The user's AWS configuration and the variables of make must not reach SAM.
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MAKE"))
    }
    settings = {
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_POLL_DELAY": "0.2",  # seconds; 5 by default, for real stacks
        "__SAM_CLI_APP_DIR": str(STATE / "sam"),
        "PYTHONPATH": "",
    }
    processes.run(
        [program("sam", "sam"), *arguments],
        directory,
        {**inherited, **settings, **environment},
        log,
    )
