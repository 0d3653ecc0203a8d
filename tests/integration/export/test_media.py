"""Media from a web that misbehaves: what is taken, what is left out, and why."""

import gzip
import hashlib
import socket
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from threading import Barrier
from typing import Any, cast

import pytest

from openevent.adapters.storage import MediaBucket
from openevent.media import retries
from openevent.media.deadline import Deadline
from openevent.media.fetch import Fetcher, MediaFile
from openevent.media.hosts import MAX_FAILURES
from openevent.media.skipped import TEXTS, Reason, Skip, Skipped
from openevent.media.source import MediaLimits, MediaSource
from openevent.media.web import MAX_REDIRECTS, Web
from tests.integration.export.hostile_web import (
    PNG,
    Handler,
    Site,
    dripping,
    dripping_headers,
    endless,
    in_turn,
    running_site,
)
from tests.integration.media.disk import Disk

MEGABYTE = 1_000_000


@pytest.fixture
def site() -> Iterator[Site]:
    """A site of the test's own: requests of another test may not have ended yet."""
    with running_site() as site:
        yield site


@pytest.fixture
def other() -> Iterator[Site]:
    """A server that the operator does not vouch for."""
    with running_site() as site:
        yield site


def fetcher(  # noqa: PLR0913 - the parts of a source
    site: Site,
    *,
    limits: MediaLimits | None = None,
    deadline: Deadline | None = None,
    trusted: str | None = None,
    server: str | None = None,
    disk: Disk | None = None,
) -> Fetcher:
    """`server`: the host of the Open Event server, which is trusted too; by default the site's."""
    bucket = MediaBucket("media", ["https://bucket.example"], ["events/{event_id}/"])
    source = MediaSource(
        cast("Any", None),
        Web(trusted_hosts=[trusted or site.host, server or site.host], connections=8),
        limits or limited(),
        bucket,
        f"http://{server or site.host}/media",
    )
    return Fetcher(
        source,
        source.places(["events/7/"]),
        disk=disk or Disk(),
        deadline=deadline or Deadline.after(600),
    )


def limited(
    *, file_bytes: int = MEGABYTE, seconds: float = 20, total_bytes: int = 100 * MEGABYTE
) -> MediaLimits:
    return MediaLimits(file_bytes, seconds, total_bytes)


def content(media_file: MediaFile) -> bytes:
    media_file.content.seek(0)
    return media_file.content.read()


def skipped(site: Site, address: str, **options: Any) -> tuple[Reason, str | None]:  # noqa: ANN401
    with pytest.raises(Skipped) as caught:
        fetcher(site, **options).fetch(address)
    return caught.value.reason, caught.value.detail


def test_a_media_file_and_what_is_known_of_it(site: Site) -> None:
    media_file = fetcher(site).fetch(site.file("/a/logo.jpg", PNG, Content_Type="image/jpeg"))
    assert content(media_file) == PNG
    assert (media_file.size, media_file.crc32, media_file.sha256, media_file.extension) == (
        264,
        zlib.crc32(PNG),
        hashlib.sha256(PNG).hexdigest(),
        "png",
    )


def test_export_defect_2_each_address_is_asked_once(site: Site) -> None:
    """Media was fetched one by one, each address twice (a HEAD, then a GET), into memory whole."""
    addresses = [site.file(f"/{number}.png") for number in range(5)]
    outcomes = list(fetcher(site).fetch_all(addresses, concurrency=2))
    assert all(isinstance(outcome, MediaFile) for outcome in outcomes)
    assert sorted(site.paths()) == [f"GET /{number}.png" for number in range(5)]


def test_files_of_a_server_come_through_one_connection(site: Site) -> None:
    """Also after an answer without a body; one that breaks off is the connection's last."""

    def longer_than_it_says(handler: Handler) -> None:
        handler.send(PNG + PNG, Content_Length=str(len(PNG)))

    one = fetcher(site)
    for path in ("/a.png", "/b.png", "/c.png"):
        assert content(one.fetch(site.file(path))) == PNG
    assert content(one.fetch(site.redirect("/d", "/a.png"))) == PNG
    assert site.connections == 1

    assert content(one.fetch(site.put("/longer.png", longer_than_it_says))) == PNG
    assert content(one.fetch(site.file("/e.png"))) == PNG
    assert site.connections == 2


def test_many_at_once_and_no_more_than_that(site: Site) -> None:
    eight = Barrier(8)

    def together(handler: Handler) -> None:
        eight.wait()
        handler.send(PNG)

    addresses = [site.put(f"/{number}.png", together) for number in range(40)]
    outcomes = list(fetcher(site, limits=limited(seconds=300)).fetch_all(addresses, concurrency=8))
    assert [outcome for outcome in outcomes if isinstance(outcome, Skip)] == []
    assert (len(outcomes), site.most_at_once) == (40, 8)


def test_outcomes_come_in_the_order_of_the_addresses(site: Site) -> None:
    def body(number: int) -> Callable[[Handler], None]:
        def serve(handler: Handler) -> None:
            time.sleep(0.01 * (7 - number % 8))
            handler.send(PNG + b"%d" % number)

        return serve

    addresses = [site.put(f"/{number}", body(number)) for number in range(20)]
    addresses.insert(3, f"http://{site.host}/missing")
    outcomes = list(fetcher(site).fetch_all(addresses, concurrency=8))
    assert isinstance(missing := outcomes.pop(3), Skip)
    assert missing.reason is Reason.HTTP_STATUS
    found = [content(outcome) for outcome in outcomes if isinstance(outcome, MediaFile)]
    assert found == [PNG + b"%d" % number for number in range(20)]


def test_without_a_length_that_is_said(site: Site) -> None:
    def chunked(handler: Handler) -> None:
        handler.send(b"", Content_Length="", Transfer_Encoding="chunked")
        for piece in (PNG[:7], PNG[7:]):
            handler.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        handler.wfile.write(b"0\r\n\r\n")

    assert content(fetcher(site).fetch(site.put("/a", chunked))) == PNG
    address = site.file("/b", PNG, Content_Length="", Connection="close")
    assert content(fetcher(site).fetch(address)) == PNG


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 501, 204, 206, 304])
def test_a_refusal_is_final(site: Site, status: int) -> None:
    address = site.file("/a.png", b"", status)
    assert skipped(site, address) == (Reason.HTTP_STATUS, str(status))
    assert len(site.asked) == 1


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_transient_fault_is_tried_again(site: Site, status: int) -> None:
    address = site.put(
        "/a.png",
        in_turn(lambda handler: handler.send(b"busy", status), lambda handler: handler.send(PNG)),
    )
    assert content(fetcher(site).fetch(address)) == PNG
    assert len(site.asked) == 2


def test_a_fault_that_does_not_pass(site: Site) -> None:
    address = site.file("/a.png", b"busy", 503)
    assert skipped(site, address) == (Reason.HTTP_STATUS, "503")
    assert len(site.asked) == 3


def test_a_connection_that_breaks_is_tried_again(site: Site) -> None:
    def breaks(handler: Handler) -> None:
        handler.send(PNG[:100], Content_Length=str(len(PNG)))
        handler.close_connection = True

    address = site.put("/a.png", in_turn(breaks, lambda handler: handler.send(PNG)))
    assert content(fetcher(site).fetch(address)) == PNG
    assert len(site.asked) == 2


def test_a_length_that_was_not_kept(site: Site) -> None:
    def short(handler: Handler) -> None:
        handler.send(PNG, Content_Length=str(len(PNG) + 1))
        handler.close_connection = True

    assert skipped(site, site.put("/a.png", short)) == (Reason.UNREACHABLE, None)


def test_an_answer_that_is_no_http(site: Site) -> None:
    def junk(handler: Handler) -> None:
        handler.wfile.write(b"\x00\x01\x02 hello\r\n\r\n")
        handler.close_connection = True

    assert skipped(site, site.put("/a.png", junk))[0] is Reason.UNREACHABLE


def test_export_defect_1_a_dead_host_ends_nothing_else(site: Site) -> None:
    """A media address that answered badly failed the whole export."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        dead = f"127.0.0.1:{free.getsockname()[1]}"
    assert skipped(site, f"http://{dead}/a.png", trusted=dead) == (Reason.UNREACHABLE, None)
    outcomes = list(
        fetcher(site).fetch_all([f"http://{dead}/a.png", site.file("/b.png")], concurrency=2)
    )
    assert [type(outcome) for outcome in outcomes] == [Skip, MediaFile]


def test_an_unknown_host(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert skipped(site, "http://nowhere.invalid/a.png") == (Reason.HOST_UNKNOWN, None)


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("static/x.png", "/media/static/x.png"),
        ("/static/x.png", "/static/x.png"),
        ("x.example/y.png", "/media/x.example/y.png"),
        ("  /blank.png \n", "/blank.png"),
    ],
)
def test_export_defect_1_relative_addresses(site: Site, address: str, path: str) -> None:
    """So did a relative address (`/static/media/x.jpg`) and a missing scheme."""
    site.file(path)
    assert content(fetcher(site).fetch(address)) == PNG


def test_an_address_without_a_scheme_and_with_a_host(site: Site) -> None:
    site.file("/a.png")
    assert content(fetcher(site).fetch(f"//{site.host}/a.png")) == PNG


@pytest.mark.parametrize(
    "address",
    [
        *("file:///etc/passwd", "ftp://example.com/a.png", "data:image/png;base64,AAAA"),
        *("javascript:alert(1)", "http://[::1", "http://[v1.x]/", "mailto:a@b.example"),
        *("http://host:port/", "http://\x00/", "http://a b/"),
    ],
)
def test_invalid_addresses(site: Site, address: str) -> None:
    reason, _ = skipped(site, address)
    assert reason in {Reason.ADDRESS_INVALID, Reason.HOST_UNKNOWN}
    assert site.asked == []


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost", "127.1", "2130706433", "0x7f.1", "169.254.169.254"),
        *("[::1]", "[::ffff:127.0.0.1]", "[::]"),
        "0.0.0.0",  # noqa: S104 - nothing is bound to it
    ],
)
def test_export_defect_3_no_address_but_a_public_one_is_asked(
    site: Site, other: Site, host: str
) -> None:
    """Any address was fetched: loopback, private ranges, the cloud's metadata service."""
    port = other.host.partition(":")[2]
    reason, _ = skipped(site, f"http://{host}:{port}/latest/meta-data/")
    assert reason in {Reason.ADDRESS_NOT_PUBLIC, Reason.HOST_UNKNOWN}
    assert other.asked == []


def test_export_defect_3_a_name_that_resolves_to_a_private_address(
    site: Site, other: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = int(other.host.partition(":")[2])
    monkeypatch.setattr(socket, "getaddrinfo", resolving("93.184.216.34", "127.0.0.1"))
    assert skipped(site, f"http://evil.example:{port}/a") == (Reason.ADDRESS_NOT_PUBLIC, None)
    assert other.asked == []


def test_export_defect_3_the_connection_goes_to_the_address_that_was_checked(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that resolves to another address the next time gains nothing."""
    name = f"media.example:{site.host.partition(':')[2]}"
    answers = iter([resolving("127.0.0.1"), resolving("127.9.9.9")])

    def rebinding(*args: Any, **options: Any) -> Any:  # noqa: ANN401 - as the original
        if args[0] != "media.example":
            return resolving(args[0])(*args, **options)
        return next(answers)(*args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    site.file("/a.png")
    assert content(fetcher(site, trusted=name).fetch(f"http://{name}/a.png")) == PNG
    assert site.asked[0][2]["Host"] == name


def resolving(*addresses: str) -> Any:  # noqa: ANN401 - as `socket.getaddrinfo` is
    def resolve(_host: str, port: int, *_: object, **__: object) -> list[Any]:
        kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        return [(*kind, (address, port)) for address in addresses]

    return resolve


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed(site: Site, status: int) -> None:
    site.file("/there.png")
    site.redirect("/again", "there.png", status)
    address = site.redirect("/here", f"http://{site.host}/again", status)
    assert content(fetcher(site).fetch(address)) == PNG
    assert site.paths() == ["GET /here", "GET /again", "GET /there.png"]


def test_export_defect_3_a_redirect_is_checked_again(site: Site, other: Site) -> None:
    """Redirects were followed blindly; what came back landed in the zip."""
    inside = other.file("/secrets")
    assert skipped(site, site.redirect("/a", inside)) == (Reason.ADDRESS_NOT_PUBLIC, None)
    assert skipped(site, site.redirect("/b", f"//{other.host}/secrets"))[0] is (
        Reason.ADDRESS_NOT_PUBLIC
    )
    assert other.asked == []


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://x/", "http://[", "http://:0/"])
def test_a_redirect_to_what_is_no_address(site: Site, location: str) -> None:
    assert skipped(site, site.redirect("/a", location)) == (Reason.ADDRESS_INVALID, None)


def test_a_redirect_in_a_circle(site: Site) -> None:
    site.redirect("/b", "/a")
    assert skipped(site, site.redirect("/a", "/b")) == (Reason.TOO_MANY_REDIRECTS, None)
    assert len(site.asked) == 6


def test_a_redirect_to_nowhere(site: Site) -> None:
    assert skipped(site, site.file("/a", b"", 302)) == (Reason.HTTP_STATUS, "302")


def test_nothing_in_it(site: Site) -> None:
    assert skipped(site, site.file("/a.png", b"")) == (Reason.EMPTY, None)


@pytest.mark.parametrize("content_type", ["text/html; charset=utf-8", "image/png"])
def test_a_web_page_is_no_media_file(site: Site, content_type: str) -> None:
    address = site.file("/watch", b"<!DOCTYPE html><p>A video", Content_Type=content_type)
    assert skipped(site, address) == (Reason.WEB_PAGE, None)


def test_a_file_that_is_too_large_is_not_read(site: Site) -> None:
    sent = []

    def large(handler: Handler) -> None:
        handler.send(b"", Content_Length="2000000")
        for _ in range(20):
            handler.wfile.write(bytes(100_000))
            sent.append(1)
        sent.append(20)

    assert skipped(site, site.put("/a", large)) == (Reason.TOO_LARGE, None)


def test_a_file_without_an_end(site: Site) -> None:
    assert skipped(site, site.put("/a", endless)) == (Reason.TOO_LARGE, None)


def test_all_files_together_are_too_large(site: Site) -> None:
    addresses = [site.file(f"/{number}", PNG) for number in range(4)]
    limits = limited(total_bytes=2 * len(PNG) + 1)
    one_at_a_time = fetcher(site, limits=limits).fetch_all(addresses, concurrency=1)
    assert [
        outcome.size if isinstance(outcome, MediaFile) else outcome.reason
        for outcome in one_at_a_time
    ] == [264, 264, Reason.TOTAL_TOO_LARGE, Reason.TOTAL_TOO_LARGE]


@pytest.mark.parametrize("length", ["264", "1000000", ""])
def test_a_body_that_comes_a_byte_at_a_time(site: Site, length: str) -> None:
    address = site.put("/a.png", dripping(PNG, pause=0.1, Content_Length=length))
    assert skipped(site, address, limits=limited(seconds=1)) == (Reason.TOO_SLOW, None)
    assert site.answered == []


def test_headers_that_come_a_byte_at_a_time(site: Site) -> None:
    address = site.put("/a.png", dripping_headers(pause=0.1))
    assert skipped(site, address, limits=limited(seconds=1)) == (Reason.TOO_SLOW, None)
    assert site.answered == []


def test_redirects_that_come_slowly(site: Site) -> None:
    def slow(handler: Handler) -> None:
        time.sleep(0.6)
        handler.send(b"", 302, Location="/a")

    assert skipped(site, site.put("/a", slow), limits=limited(seconds=1)) == (Reason.TOO_SLOW, None)
    assert len(site.asked) < 1 + MAX_REDIRECTS


def test_a_slow_server_keeps_no_other_from_coming(site: Site) -> None:
    slow = site.put("/slow", dripping(PNG, pause=0.5))
    addresses = [slow, *(site.file(f"/{number}.png") for number in range(10))]
    outcomes = list(fetcher(site, limits=limited(seconds=4)).fetch_all(addresses, concurrency=2))
    assert [isinstance(outcome, MediaFile) for outcome in outcomes] == [False] + [True] * 10


ENCODINGS = ["gzip", "gzip, gzip", "x-gzip", "deflate", "br", "identity, gzip", "aws-chunked"]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_defect_3_an_encoding_that_was_not_asked_for_is_refused(site: Site, encoding: str) -> None:
    """40 photos of 132 kB, compressed twice and decoded, took the worker to 2,957 MB."""
    bomb = gzip.compress(gzip.compress(bytes(10 * MEGABYTE)))
    address = site.file("/a.png", bomb, Content_Encoding=encoding)
    refused = ", ".join(sorted(set(encoding.split(", ")) - {"identity"}))

    assert skipped(site, address) == (Reason.ENCODED, refused)

    assert len(site.asked) == 1
    assert site.asked[0][2]["Accept-Encoding"] == "identity"


def test_defect_3_a_transfer_encoding_but_chunked_is_refused(site: Site) -> None:
    address = site.file("/a.png", gzip.compress(PNG), Transfer_Encoding="gzip, chunked")

    assert skipped(site, address) == (Reason.ENCODED, "gzip")


def test_what_says_that_it_is_not_encoded_is_taken(site: Site) -> None:
    address = site.file("/a.png", Content_Encoding="Identity")

    assert content(fetcher(site).fetch(address)) == PNG


def test_export_defect_2_no_media_file_is_in_memory_whole(
    site: Site, tmp_path_factory: pytest.TempPathFactory
) -> None:
    size = 40 * MEGABYTE

    def large(handler: Handler) -> None:
        handler.send(b"", Content_Length=str(size))
        piece = bytes(MEGABYTE)
        for _ in range(40):
            handler.wfile.write(piece)

    address = site.put("/a.bin", large)
    disk = Disk(lambda: (tmp_path_factory.mktemp("media") / "a").open("w+b"))
    one = fetcher(site, limits=limited(file_bytes=size), disk=disk)
    tracemalloc.start()
    media_file = one.fetch(address)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    with media_file.content:
        assert media_file.size == size
    assert peak < 5 * MEGABYTE


# Time of all files together, and hosts that fail


def test_defect_4_what_does_not_come_in_time_is_skipped(site: Site) -> None:
    """225 addresses that trickle exceeded 900 s, three times over, and the export failed."""
    slow = [site.put(f"/{number}.png", dripping(PNG, pause=0.5)) for number in range(40)]

    outcomes = list(fetcher(site, deadline=Deadline.after(1)).fetch_all(slow, concurrency=4))

    reasons = [outcome.reason for outcome in outcomes if isinstance(outcome, Skip)]
    assert reasons == [Reason.TIMED_OUT] * 40
    # Those that were under way, and none after them.
    assert len(site.asked) <= 4


def test_defect_4_headers_that_do_not_come_in_time_are_not_waited_for(site: Site) -> None:
    address = site.put("/a.png", dripping_headers(pause=0.1))

    assert skipped(site, address, deadline=Deadline.after(1)) == (Reason.TIMED_OUT, None)


def test_defect_4_nothing_is_asked_when_time_is_over(site: Site) -> None:
    deadline = Deadline.after(0)

    assert skipped(site, site.file("/a.png"), deadline=deadline) == (Reason.TIMED_OUT, None)
    assert site.asked == []


def broken(handler: Handler) -> None:
    """No answer at all."""
    handler.close_connection = True


def test_defect_4_a_host_that_fails_in_a_row_is_not_asked_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """508 files of one event were on hosts that do not answer: 111 s."""
    monkeypatch.setattr(retries, "BACKOFF", 0.0)
    dead = [site.put(f"/{number}.png", broken) for number in range(12)]

    outcomes = list(fetcher(site).fetch_all(dead, concurrency=1))

    skips = [outcome for outcome in outcomes if isinstance(outcome, Skip)]
    assert [skip.reason for skip in skips] == (
        [Reason.UNREACHABLE] * MAX_FAILURES + [Reason.HOST_FAILED] * (12 - MAX_FAILURES)
    )
    assert skips[-1].detail == TEXTS[Reason.UNREACHABLE]
    assert len(site.asked) == MAX_FAILURES * retries.TRIES


def test_defect_4_slow_files_count_against_their_host(site: Site) -> None:
    slow = [site.put(f"/{number}.png", dripping(PNG, pause=0.5)) for number in range(12)]
    limits = limited(seconds=0.3)

    outcomes = list(fetcher(site, limits=limits).fetch_all(slow, concurrency=1))

    skips = [outcome for outcome in outcomes if isinstance(outcome, Skip)]
    assert [skip.reason for skip in skips] == (
        [Reason.TOO_SLOW] * MAX_FAILURES + [Reason.HOST_FAILED] * (12 - MAX_FAILURES)
    )
    assert len(site.asked) == MAX_FAILURES


@pytest.mark.parametrize("answer", [PNG, b""], ids=["a file", "an empty file"])
def test_defect_4_a_host_that_answers_now_and_then_is_asked_on(
    site: Site, monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    monkeypatch.setattr(retries, "BACKOFF", 0.0)
    dead = [site.put(f"/{number}.png", broken) for number in range(12)]
    dead.insert(MAX_FAILURES - 1, site.file("/good.png", answer))
    dead.insert(2 * MAX_FAILURES - 1, site.file("/again.png", answer))

    outcomes = list(fetcher(site).fetch_all(dead, concurrency=1))

    reasons = [outcome.reason for outcome in outcomes if isinstance(outcome, Skip)]
    assert reasons.count(Reason.UNREACHABLE) == 12
    assert Reason.HOST_FAILED not in reasons


def test_defect_4_a_host_that_refuses_quickly_is_asked_on(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retries, "BACKOFF", 0.0)
    busy = [site.file(f"/{number}.png", b"busy", 503) for number in range(12)]

    outcomes = list(fetcher(site).fetch_all(busy, concurrency=1))

    reasons = [outcome.reason for outcome in outcomes if isinstance(outcome, Skip)]
    assert reasons == [Reason.HTTP_STATUS] * 12


def test_defect_4_an_unknown_host_is_looked_up_once(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dead host was looked up again for every file."""
    looked_up: list[str] = []

    def unknown(host: str, *_: object, **__: object) -> None:
        looked_up.append(host)
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    addresses = [f"http://nowhere.invalid/{number}.png" for number in range(9)]

    outcomes = list(fetcher(site).fetch_all(addresses, concurrency=1))

    reasons = [outcome.reason for outcome in outcomes if isinstance(outcome, Skip)]
    assert reasons == [Reason.HOST_UNKNOWN] * 9
    assert looked_up == ["nowhere.invalid"]


def test_a_resolver_that_does_not_answer_now_is_asked_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retries, "BACKOFF", 0.0)
    resolve, lost = socket.getaddrinfo, iter([True, False])

    def unreliable(host: str, *more: Any, **named: Any) -> Any:  # noqa: ANN401 - the real one's
        if next(lost, False):
            raise socket.gaierror(socket.EAI_AGAIN, "temporary failure")
        return resolve(host, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", unreliable)

    assert content(fetcher(site).fetch(site.file("/photo.png"))) == PNG


def test_defect_4_another_job_asks_a_host_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retries, "BACKOFF", 0.0)
    dead = [site.put(f"/{number}.png", broken) for number in range(MAX_FAILURES)]
    list(fetcher(site).fetch_all(dead, concurrency=1))

    assert content(fetcher(site).fetch(site.file("/good.png"))) == PNG


def test_nothing_that_identifies_anybody_is_sent(site: Site) -> None:
    fetcher(site).fetch(site.file("/a.png"))
    assert {name.lower() for name in site.asked[0][2]} == {"host", "accept-encoding", "user-agent"}
    assert site.asked[0][2]["User-Agent"] == "open-event-export"


def test_a_user_and_password_in_an_address_go_nowhere(site: Site) -> None:
    site.file("/a.png")
    fetcher(site).fetch(f"http://ada:secret@{site.host}/a.png")
    assert "Authorization" not in site.asked[0][2]


@pytest.mark.parametrize("path", ["/v1/users/1", "/admin/", "/v1/events/1/orders"])
def test_the_open_event_server_is_asked_as_anybody_may_ask_it(
    site: Site, other: Site, path: str
) -> None:
    """A media server redirects to a path of the server that needs a login, and sends cookies."""
    other.file(path, b"Log in.", 401)
    private = f"http://ada:secret@{other.host}{path}"
    site.file("/a.png", b"", 302, Location=private, Set_Cookie="session=1; Domain=127.0.0.1")
    # The server's own media have addresses without a host, and lead there too.
    made = fetcher(site, server=other.host)

    for address in (f"http://{site.host}/a.png", path):
        with pytest.raises(Skipped) as caught:
            made.fetch(address)
        assert (caught.value.reason, caught.value.detail) == (Reason.HTTP_STATUS, "401")

    assert other.paths() == [f"GET {path}"] * 2
    for _, _, headers in other.asked:
        assert {name.lower() for name in headers} == {"host", "accept-encoding", "user-agent"}
