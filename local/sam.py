"""Build the real template for this machine and deploy it into the local cloud."""

import fcntl
import hashlib
import json
import os
import platform
import shutil
import sys
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import yaml

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


# Properties of a resource that name a folder of code: of a layer, and of functions as well.
LAYER = "ContentUri"
CODE = frozenset({LAYER, "CodeUri"})

# Where builds are kept, and how many: the clouds of a run deploy the same one.
BUILDS = STATE / "builds"
KEPT = 4


def build(directory: Path, source: Path = ROOT) -> None:
    """Build the template of the working copy `source`; `directory`/build leads there.

    The same files are built once, and by one process at a time. Raises `Failed`.
    """
    BUILDS.mkdir(parents=True, exist_ok=True)
    built = BUILDS / _fingerprint(source)
    with _only_one(BUILDS / "lock"):
        if not built.exists():
            partial = built.with_suffix(".partial")
            shutil.rmtree(partial, ignore_errors=True)
            _build(partial, source, directory)
            _package(partial / "template.yaml")
            partial.rename(built)
        built.touch()
        _built(directory).unlink(missing_ok=True)
        _built(directory).symlink_to(built)
        _remove_old_builds()


def _remove_old_builds() -> None:
    """Keep the newest builds, and those of clouds, whose functions read their layers there."""
    in_use = {link.resolve() for link in STATE.glob("*/build")}
    builds = [path for path in BUILDS.iterdir() if path.is_dir()]
    for old in sorted(builds, key=lambda path: path.stat().st_mtime)[:-KEPT]:
        if old not in in_use:
            shutil.rmtree(old)


def _build(target: Path, source: Path, directory: Path) -> None:
    command = [
        "build",
        "--template",
        str(source / "template.yaml"),
        "--build-dir",
        str(target),
    ]
    environment = {
        "ARCHITECTURE": TARGET["Architecture"],
        "LAYER_CACHE": str(STATE / "layer"),
        "LAYER_PLATFORM": "host",
        "PYTHON": sys.executable,
        "PYTHON_RUNTIME": TARGET["PythonRuntime"],
    }
    _sam([*command, *_parameters(TARGET)], directory, environment, directory / "build.log")


def _fingerprint(source: Path) -> str:
    """Return a digest of the names and contents of all files that are built."""
    digest = hashlib.sha256(json.dumps(TARGET).encode())
    folders = [source / "functions", source / "layers"]
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    for path in [source / "template.yaml", *sorted(files)]:
        if "__pycache__" not in path.parts:
            digest.update(f"{path.relative_to(source)} {path.stat().st_size} ".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:20]


def _package(template: Path) -> None:
    """Put each folder of code that a built template names into a ZIP file: SAM does at each deploy.

    The folder of a layer stays, under the name by which `emulation.unpacked` finds it. The template
    is written as JSON. SAM reads it several times, and YAML takes a second each time.
    """
    document = yaml.load(template.read_text(), yaml.CSafeLoader)
    for resource in document["Resources"].values():
        for name in CODE & resource.get("Properties", {}).keys():
            folder = template.parent / resource["Properties"][name]
            packed = _packed(folder)
            if name == LAYER:
                digest = hashlib.sha256(packed.read_bytes()).hexdigest()
                folder.rename(template.parent / f"layer-{digest}")
            else:
                shutil.rmtree(folder)
            resource["Properties"][name] = packed.name
    # YAML makes a date of a policy's version.
    template.write_text(json.dumps(document, default=str, indent=1))


def _packed(folder: Path) -> Path:
    """Write the files of `folder` into a ZIP file beside it."""
    target = folder.with_suffix(".zip")
    # The lowest level: nothing but the emulator's memory gains by others.
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder))
    return target


@contextmanager
def _only_one(lock: Path) -> Iterator[None]:
    """Hold the file `lock` alone until the end; wait for others that hold it."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def deploy(directory: Path, access: Access, parameters: Mapping[str, str]) -> dict[str, str]:
    """Deploy what `build` made and return the template's outputs. Raises `Failed`."""
    command = ["deploy", "--template", str(_built(directory) / "template.yaml")]
    options = [
        "--stack-name",
        STACK,
        "--s3-bucket",
        ARTIFACTS_BUCKET,
        "--no-progressbar",
        "--use-json",
    ]
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
