"""Parts of the local cloud that must not affect other processes and files."""

import hashlib
import json
import os
import stat
import sys
import zipfile
from dataclasses import fields
from pathlib import Path

import jwt
import pytest

from local import Failed, places, processes, sam
from local.stack import Stack
from local.tokens import token

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(places, "STATE", tmp_path)
    return tmp_path


def stack(**values: object) -> Stack:
    return Stack(**{field.name: values.get(field.name, "") for field in fields(Stack)})  # type: ignore[arg-type]


def test_a_directory_is_claimed_by_one_run_at_a_time(state: Path) -> None:
    with places.claimed(["a", "b"]) as first, places.claimed(["a", "b"]) as second:
        assert [first, second] == [state / "a", state / "b"]
        with pytest.raises(Failed), places.claimed(["a", "b"]):
            pass
    with places.claimed(["a"]) as again:
        assert again == state / "a"


def test_the_processes_of_one_directory_are_stopped_and_of_no_other(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    for directory in (ours, theirs):
        directory.mkdir()
        processes.start(SLEEP, directory, {}, directory / "log")

    assert [len(processes.of(directory)) for directory in (ours, theirs)] == [1, 1]
    processes.stop(ours)
    assert [len(processes.of(directory)) for directory in (ours, theirs)] == [0, 1]
    processes.stop(theirs)


def test_a_started_program_sees_nothing_of_our_environment_but_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")

    number = processes.start(SLEEP, tmp_path, {"GIVEN": "1"}, tmp_path / "log")
    [process] = processes.of(tmp_path)

    assert process.pid == number
    assert {"GIVEN", "PATH", processes.MARK} <= process.environ().keys()
    assert "AWS_PROFILE" not in process.environ()
    processes.stop(tmp_path)


def test_the_failure_of_a_program_shows_the_end_of_its_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = [sys.executable, "-c", "print('reason'); raise SystemExit(3)"]

    with pytest.raises(Failed) as failed:
        processes.run(command, tmp_path, {}, log)

    assert str(log) in str(failed.value)
    assert "reason" in str(failed.value)


def test_what_a_client_needs_is_written_for_this_user_alone(tmp_path: Path) -> None:
    file = tmp_path / "stack.json"
    written = stack(api_url="http://127.0.0.1:1", tokens={"organizer": "t"})

    written.write(file)

    assert Stack.read(file) == written
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [other.name for other in tmp_path.iterdir()] == ["stack.json"]


def test_tokens_are_those_of_the_server() -> None:
    secret = "s" * 32

    claims = jwt.decode(token(7, secret, fresh=False), secret, algorithms=["HS256"])

    assert claims.keys() == {"iat", "nbf", "exp", "jti", "identity", "fresh", "type", "csrf"}
    assert (claims["identity"], claims["type"], claims["fresh"]) == (7, "access", False)


def write(directory: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(content)
    return directory


def test_a_build_is_known_by_what_is_built(tmp_path: Path) -> None:
    files = {"template.yaml": "a", "functions/feed/app.py": "b", "layers/common/Makefile": "c"}
    first = sam._fingerprint(write(tmp_path / "first", files))

    unbuilt = {"docs/api.md": "d", "layers/common/__pycache__/app.pyc": "e"}
    assert sam._fingerprint(write(tmp_path / "same", files | unbuilt)) == first

    for name, other in {**dict.fromkeys(files, "other"), "functions/new.py": ""}.items():
        changed = write(tmp_path / name.replace("/", "-"), files | {name: other})
        assert sam._fingerprint(changed) != first, name


def test_code_is_packed_once_and_the_emulator_finds_layers_unpacked(tmp_path: Path) -> None:
    template = {
        "Resources": {
            "Common": {"Properties": {"ContentUri": "Common"}},
            "Feed": {"Properties": {"CodeUri": "Feed"}},
            "Queue": {},
        }
    }
    files = {"template.yaml": json.dumps(template), "Common/python/a.py": "a", "Feed/app.py": "b"}
    write(tmp_path, files)

    sam._package(tmp_path / "template.yaml")

    packed = json.loads((tmp_path / "template.yaml").read_text())["Resources"]
    assert packed["Common"]["Properties"] == {"ContentUri": "Common.zip"}
    assert packed["Feed"]["Properties"] == {"CodeUri": "Feed.zip"}
    with zipfile.ZipFile(tmp_path / "Feed.zip") as code:
        assert code.read("app.py") == b"b"
    digest = hashlib.sha256((tmp_path / "Common.zip").read_bytes()).hexdigest()
    assert (tmp_path / f"layer-{digest}" / "python" / "a.py").read_text() == "a"


def test_the_builds_of_clouds_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sam, "STATE", tmp_path)
    monkeypatch.setattr(sam, "BUILDS", tmp_path / "builds")
    for number in range(sam.KEPT + 2):
        build = tmp_path / "builds" / str(number)
        build.mkdir(parents=True)
        os.utime(build, (number, number))
    (tmp_path / "cloud").mkdir()
    (tmp_path / "cloud" / "build").symlink_to(tmp_path / "builds" / "0")

    sam._remove_old_builds()

    assert sorted(build.name for build in sam.BUILDS.iterdir()) == ["0", "2", "3", "4", "5"]
