"""The nginx block of docs/deploy.md, word for word, in a real nginx.

The local cloud is behind it, at the address that the stack prints, and a stand-in for the Open
Event server. The server's own location is `^~ /v1`, which keeps nginx from looking at expressions.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import urllib3

from local.places import ROOT
from local.sam import STACK
from local.stack import Answer, Stack
from tests import openapi
from tests.e2e.exporting import download, export, finished, start, until
from tests.e2e.proxy import (
    Backend,
    Certificates,
    gateway,
    make_certificates,
    nameserver,
    nginx,
    nginx_program,
    old_server,
)

DEPLOY = ROOT / "docs" / "deploy.md"
UNKNOWN = "3b8cbb0c-7c2b-4f4e-9d5c-0d6d8d6f5f0e"
ORIGIN = {"Origin": "https://open-event.example"}


@dataclass(frozen=True)
class Proxy:
    """nginx at `url`, and what is behind it."""

    url: str
    functions: Backend
    server: Backend

    def ask(
        self,
        path: str,
        method: str = "GET",
        *,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Call without changing a character of the path."""
        connection = urllib3.HTTPConnectionPool(
            "127.0.0.1", urlsplit(self.url).port, retries=False, timeout=300
        )
        got = connection.urlopen(
            method, path, body=body, headers=headers or {}, redirect=False, assert_same_host=False
        )
        return Answer(got.status, got.headers, got.data)

    def reached(self, path: str, method: str = "GET") -> set[str]:
        """Call, and return who was asked: functions, server, or neither."""
        before = len(self.functions.asked), len(self.server.asked)
        self.ask(path, method)
        asked = {"functions": self.functions.asked[before[0] :]}
        asked["server"] = self.server.asked[before[1] :]
        return {name for name, calls in asked.items() if calls}


def printed_block() -> str:
    (block,) = re.findall(r"^```nginx\n(.*?)^```$", DEPLOY.read_text(), re.MULTILINE | re.DOTALL)
    return str(block)


def filled(endpoint: str, server: int, nameserver_port: int, authority: Path) -> str:
    """Return the block with the values that an operator sets, and the server's own location."""
    block = printed_block()
    for pattern, value in (
        (r"(?<=^set \$open_event_functions )[^;]+", endpoint),
        (r"(?<=^set \$open_event_server )[^;]+", f"http://127.0.0.1:{server}"),
        (r"(?<=^resolver )[^;]+", f"127.0.0.1:{nameserver_port}"),
        (r"(?<= proxy_ssl_trusted_certificate )[^;]+", str(authority)),
    ):
        block, count = re.subn(pattern, value, block, flags=re.MULTILINE)
        assert count == 1, pattern
    return f"{block}\nlocation ^~ /v1 {{ proxy_pass http://127.0.0.1:{server}; }}\n"


@dataclass(frozen=True)
class Setting:
    """Common parts of the proxies. `endpoint`: the output ApiEndpoint of the stack."""

    program: str
    stack: Stack
    endpoint: str
    certificates: Certificates

    @property
    def host(self) -> str:
        return str(urlsplit(self.endpoint).hostname)

    @contextmanager
    def proxy(
        self,
        directory: Path,
        *,
        edit: Callable[[str], str] = str,
        shown: Certificates | None = None,
        trusted: Certificates | None = None,
        server_runs: bool = True,
    ) -> Iterator[Proxy]:
        """nginx in `directory`. `shown`: certificates that the functions show to it."""
        with ExitStack() as running:
            functions = running.enter_context(
                gateway(self.stack.api_url, self.host, shown or self.certificates)
            )
            with old_server() as server:
                pass
            if server_runs:
                server = running.enter_context(old_server())
            block = filled(
                # Only root may listen at 443, the port of the address.
                f"{self.endpoint}:{functions.port}",
                server.port,
                running.enter_context(nameserver(self.host)),
                (trusted or self.certificates).authority,
            )
            url = running.enter_context(nginx(self.program, directory, edit(block)))
            yield Proxy(url, functions, server)


@pytest.fixture(scope="module")
def setting(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Setting:
    [described] = stack.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}
    endpoint = str(outputs["ApiEndpoint"])
    host = str(urlsplit(endpoint).hostname)
    certificates = make_certificates(tmp_path_factory.mktemp("tls") / "ours", host)
    return Setting(nginx_program(), stack, endpoint, certificates)


@pytest.fixture(scope="module")
def proxy(setting: Setting, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    with setting.proxy(tmp_path_factory.mktemp("nginx") / "run") as proxy:
        yield proxy


@pytest.fixture
def through(proxy: Proxy, stack: Stack) -> Stack:
    """The stack as clients see it through nginx."""
    return Stack(**{**vars(stack), "api_url": proxy.url})


@pytest.mark.parametrize(
    "operation", list(openapi.operations()), ids=lambda o: f"{o.method} {o.path}"
)
def test_each_operation_goes_to_the_functions(proxy: Proxy, operation: openapi.Operation) -> None:
    path = re.sub(r"{\w+}", UNKNOWN, operation.path)
    assert proxy.reached(path, operation.method) == {"functions"}
    assert proxy.functions.asked[-1].method == operation.method


@pytest.mark.parametrize(
    "path",
    [
        "/v1/events/1",
        "/v1/events/1/export/csv",
        "/v1/events/1/exports/csv/attendees.csv",
        "/v1/events/1/tickets?include=event&filter=%5B%7B%22name%22%3A%22J%C3%BCrgen%22%7D%5D",
        "/v1/tasks",
        "/v1/roles/1",
        "/v1/speakers-calls",
        "/",
    ],
)
def test_other_paths_go_to_the_server_unchanged(proxy: Proxy, path: str) -> None:
    if path.startswith("/v1"):
        assert proxy.reached(path) == {"server"}
        assert proxy.server.asked[-1].path == path
    else:
        assert proxy.reached(path) == set()


@pytest.mark.parametrize(
    "path",
    [
        "/v1/role-invites/1",
        "/v1/role-invites/1/",
        "/v1/role-invites",
        "/v1/role-invites/",
        "/v1//role-invites/1",
        "//v1/role-invites/1",
        "/v1/./role-invites/1",
        "/v1/events/../role-invites/1",
        "/v1/role%2dinvites/1",
        "/v1/role%2Dinvites/1",
        "/v1/%72ole-invites/1",
        "/v1%2frole-invites/1",
        "/v1/ROLE-INVITES/1",
        "/V1/Role-Invites/1",
        "/v1/role-invites/1%0a",
        "/v1/role-invites/1?include=event",
        "/v1/role-invites/invitation?token=abc",
        "/v1/role-invites/1/relationships/event",
        "/v1/role-invites/1/relationships/role",
        "/v1/role-invites/1/event",
        "/v1/role_invites/accept-invite",
        "/v1/role_invites/accept-invite/",
        "/v1/role%5finvites/accept-invite",
        "/v1/role_invites//accept-invite",
        "/v1/role_invites/user",
        "/v1/role_invites",
        "/v1/events/1/role-invites",
        "/v1/events/1/role-invites/",
        "/v1/events/934ebe39/relationships/role-invites",
        "/v1/users/1/role-invites",
        "/api/v1/role-invites/1",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
def test_no_spelling_of_an_invite_route_reaches_the_server(
    proxy: Proxy, path: str, method: str
) -> None:
    assert "server" not in proxy.reached(path, method)


@pytest.mark.parametrize(
    "query",
    [
        "include=role-invites",
        "include=event.role_invites",
        "include=Role-Invites",
        "include=%72ole-invites",
        "include=role%2dinvites",
        "filter=%5B%7B%22name%22%3A%22%5Cu0072ole-invites%22%7D%5D",
        'filter=[{"name":"role-invite\\u0073"}]',
    ],
)
def test_no_query_reads_invites_by_another_route(proxy: Proxy, query: str) -> None:
    before = len(proxy.server.asked)
    answer = proxy.ask(f"/v1/events/1?{query}")
    assert (answer.status, len(proxy.server.asked)) == (403, before)


LINKS = (
    "/v1/role-invites/invitation?token=sesame",
    "/v1/role-invites/invitation?a=b&token=sesame",
    "/v1/events/1/exports/zip/a/event1.zip?ticket=sesame",
    f"/v1/events/1/exports/page/{UNKNOWN}?ticket=sesame",
)
OTHER = "/v1/role-invites/1?last=call"


def test_the_secrets_of_links_are_not_logged(setting: Setting, tmp_path: Path) -> None:
    log = tmp_path / "access"
    with setting.proxy(tmp_path / "run", edit=f"access_log {log};\n{{}}".format) as proxy:
        for path in (*LINKS, OTHER):
            assert proxy.reached(path) == {"functions"}
        # nginx writes the line of a call after its answer, one call after the other.
        assert "sesame" not in until(log.read_text, lambda text: "last=call" in text)


def test_the_secrets_of_links_are_not_logged_with_errors(setting: Setting, tmp_path: Path) -> None:
    """The line of an error has the request, and no setting of nginx omits it."""
    shown = make_certificates(tmp_path / "others", "elsewhere.example")
    with setting.proxy(tmp_path / "run", shown=shown) as proxy:
        for path in (*LINKS, OTHER):
            check_unavailable(proxy.ask(path))
        errors = until((tmp_path / "run" / "error").read_text, lambda text: "last=call" in text)
        assert "sesame" not in errors


@pytest.mark.parametrize(
    "path",
    [
        "/login?next=/role-invites?token=abc",
        "/role-invites?token=abc",
        "/v1/events?filter=%5B%7B%22name%22%3A%22name%22%2C%22val%22%3A%22J%C3%BCrgen%40x%22%7D%5D",
        "/v1/events?page%5Bsize%5D=10&sort=-starts-at&include=event-type",
    ],
)
def test_other_queries_are_not_refused(proxy: Proxy, path: str) -> None:
    """Pages of the web client may be at the same host."""
    assert proxy.ask(path).status == (200 if path.startswith("/v1") else 404)


def test_an_export_is_started_polled_and_downloaded(through: Stack) -> None:
    assert export(through).zip.testzip() is None


def test_a_schedule_is_polled(through: Stack, proxy: Proxy) -> None:
    path = f"/v1/events/{through.event['identifier']}/schedule.ics"
    first = through.request("GET", path, headers={"Accept-Encoding": "gzip"})
    again = through.request("GET", path, headers={"If-None-Match": first.headers["ETag"]})

    assert first.body.startswith(b"BEGIN:VCALENDAR")
    assert first.headers["Content-Encoding"] == "gzip"
    assert (again.status, again.headers["ETag"]) == (304, first.headers["ETag"])
    assert [call.path for call in proxy.functions.asked[-2:]] == [path, path]


def test_patch_and_delete_reach_the_functions(through: Stack, proxy: Proxy) -> None:
    task_id = start(through, body={"image": True})
    download(finished(through, task_id))

    removed = through.request("DELETE", f"/v1/tasks/{task_id}", token=through.tokens["organizer"])
    changed = through.request(
        "PATCH", "/v1/role-invites/1", token=through.tokens["stranger"], body={"data": {}}
    )

    assert removed.status == 200
    assert changed.headers["Content-Type"] == "application/vnd.api+json"
    assert [call.method for call in proxy.functions.asked[-2:]] == ["DELETE", "PATCH"]


def test_a_large_body_is_refused_by_the_functions_and_not_by_nginx(proxy: Proxy) -> None:
    """nginx takes 1 MB by default."""
    body = json.dumps({"data": {"token": "x" * 3_000_000}}).encode()
    answer = proxy.ask(
        "/v1/role_invites/user", "POST", body=body, headers={"Content-Type": "application/json"}
    )
    assert (answer.status, answer.json()["errors"][0]["code"]) == (413, "too-large")


@pytest.mark.parametrize("scheme", ["https", None])
def test_forwarded_headers_are_kept(proxy: Proxy, through: Stack, scheme: str | None) -> None:
    sent = {
        "Authorization": f"JWT {through.tokens['organizer']}",
        "Host": "api.example.org",
        "X-Forwarded-For": "203.0.113.7",
        "X-Forwarded-Host": "outer.example.org",
        **({"X-Forwarded-Proto": scheme} if scheme else {}),
        **ORIGIN,
    }

    proxy.ask(f"/v1/tasks/{UNKNOWN}", headers=sent)

    for asked in (proxy.functions.asked[-1], proxy.server.asked[-1]):
        assert asked.headers["X-Forwarded-For"] == "203.0.113.7, 127.0.0.1"
        assert asked.headers["X-Forwarded-Host"] == "outer.example.org"
        assert asked.headers["X-Forwarded-Proto"] == (scheme or "http")
        assert asked.headers["Authorization"] == sent["Authorization"]
        assert asked.headers["Origin"] == ORIGIN["Origin"]


def test_a_task_that_the_functions_do_not_know_is_the_server_s(
    proxy: Proxy, through: Stack
) -> None:
    """The server's answer to any id is `PENDING`; docs/deploy.md says how to get 404 instead."""
    sent = {"Authorization": f"JWT {through.tokens['organizer']}", "Host": "api.example.org"}

    answer = proxy.ask(f"/v1/tasks/{UNKNOWN}", headers=sent)

    assert (answer.status, answer.json()) == (200, {"state": "PENDING"})
    asked = proxy.server.asked[-1]
    assert (asked.path, asked.headers["Host"]) == (f"/v1/tasks/{UNKNOWN}", "api.example.org")
    assert asked.headers["X-Forwarded-For"] == "127.0.0.1"
    assert answer.headers["Access-Control-Allow-Origin"] == "https://old.example"


def test_an_unknown_task_is_404_without_the_lines_of_the_fallback(
    setting: Setting, tmp_path: Path
) -> None:
    lines = "proxy_intercept_errors|recursive_error_pages|error_page 404"

    def without_fallback(block: str) -> str:
        block, count = re.subn(rf"^ +({lines}).*\n", "", block, flags=re.MULTILINE)
        assert count == 3
        return block

    token = setting.stack.tokens["organizer"]
    with setting.proxy(tmp_path / "nginx", edit=without_fallback) as proxy:
        answer = proxy.ask(f"/v1/tasks/{UNKNOWN}", headers={"Authorization": f"JWT {token}"})

    assert (answer.status, answer.json()["errors"][0]["code"]) == (404, "task-not-found")
    assert proxy.server.asked == []


def check_unavailable(answer: Answer) -> None:
    assert answer.status == 503
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Content-Type"] == "application/vnd.api+json"
    assert answer.json()["errors"][0]["code"] == "unavailable"


def test_an_absent_server_is_an_error_that_web_pages_can_read(
    setting: Setting, tmp_path: Path
) -> None:
    token = setting.stack.tokens["organizer"]
    with setting.proxy(tmp_path / "nginx", server_runs=False) as proxy:
        check_unavailable(
            proxy.ask(f"/v1/tasks/{UNKNOWN}", headers={"Authorization": f"JWT {token}", **ORIGIN})
        )


@pytest.mark.parametrize("wrong", ["authority", "name"])
def test_a_wrong_certificate_is_refused(setting: Setting, tmp_path: Path, wrong: str) -> None:
    named = "elsewhere.example" if wrong == "name" else setting.host
    shown = make_certificates(tmp_path / "others", named)
    trusted = setting.certificates if wrong == "authority" else shown
    with setting.proxy(tmp_path / "nginx", shown=shown, trusted=trusted) as proxy:
        check_unavailable(proxy.ask("/v1/role-invites/1", headers=ORIGIN))
        check_unavailable(proxy.ask(f"/v1/tasks/{UNKNOWN}", headers=ORIGIN))
    assert (proxy.functions.asked, proxy.server.asked) == ([], [])
