"""Assemblies while workers die, time runs out, objects change and servers fail."""

import io
import json
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openevent.adapters.storage import Upload, UploadGone, objects
from openevent.archive.multipart import planned_parts
from openevent.archive.multipart.archive_end import FETCHES
from openevent.archive.multipart.workspace import Workspace
from openevent.archive.writer import Archive
from openevent.errors import Unavailable
from openevent.export.build import Result
from openevent.media import retries
from openevent.media.deadline import Deadline
from openevent.media.fetch import Fetcher
from openevent.media.source import MediaLimits
from tests.e2e.web import Page, Web, running_web
from tests.integration.export.assembling import (
    EVENT,
    EXPORTS,
    MEDIA,
    MIB,
    Assembling,
    address,
    check_opens,
    noise,
)
from tests.integration.export.hostile_web import (
    Behaviour,
    Handler,
    endless,
    in_turn,
    running_site,
)
from tests.integration.export.sparse_s3 import Sparse, SparseS3, fault

# Large enough to be copied, in one range each; and small ones.
LARGE = {"events/7/a": 17 * MIB, "events/7/b": 12 * MIB + 3}
SMALL = {"events/7/c": 200_000, "events/7/d": 1, "events/7/e": 3 * MIB}


# More than a part of it is streamed into.
LONG = noise(11 * MIB, "long")


class Killed(BaseException):
    """The worker is gone, without a word."""


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    with running_web() as web:
        web.put("/small", Page(noise(70_000, "small")))
        web.put("/long", Page(LONG))
        web.put("/last", Page(noise(3 * MIB, "last")))
        yield web


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planned_parts, "PAUSE", 0.0)
    monkeypatch.setattr(objects, "PAUSE", 0.0)
    monkeypatch.setattr(retries, "BACKOFF", 0.0)


def content_of(key: str, size: int) -> Sparse:
    """Noise at both ends, zeros between."""
    ends = min(size // 2, 1000)
    return Sparse.of(noise(size - size // 2, key)[:ends], size - 2 * ends, noise(ends, key + "'"))


def stored(*, says_checksums: bool = True) -> tuple[SparseS3, dict[str, Sparse]]:
    s3 = SparseS3(says_checksums=says_checksums)
    objects = {key: content_of(key, size) for key, size in {**LARGE, **SMALL}.items()}
    for key, content in objects.items():
        s3.put(MEDIA, key, content)
    return s3, objects


def assembling(s3: SparseS3, web: Web, **options: Any) -> Assembling:  # noqa: ANN401
    keys = [key for _, key in s3.objects]
    videos = [
        address(keys[0]),
        f"http://{web.host}/small",
        *map(address, keys[1:]),
        f"http://{web.host}/long",
        f"http://{web.host}/gone",
        f"http://{web.host}/last",
    ]
    made = Assembling(s3, videos, trusted=[web.host], **options)  # type: ignore[arg-type]
    made.begin()
    return made


def names(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert opened.testzip() is None
        return {name: opened.read(name) for name in opened.namelist()}


def finish(made: Assembling) -> Result:
    result = made.run()
    assert result is not None
    return result


def test_media_of_all_kinds_is_in_the_archive(web: Web, tmp_path: Path) -> None:
    s3, objects = stored()
    made = assembling(s3, web)

    result = finish(made)

    files = names(made.archive())
    contents = [content.read() for content in objects.values()]
    expected = {
        1: contents[0],
        2: web.pages["/small"].body,
        **dict(enumerate(contents[1:], start=3)),
        7: web.pages["/long"].body,
        9: web.pages["/last"].body,
    }
    named = {f"videos/session_{i}.bin": content for i, content in expected.items()}
    check_opens(made.archive(), tmp_path / "archive.zip", named)
    assert [(media_file.id, media_file.reason) for media_file in result.skipped] == [
        (8, "http-status")
    ]
    sessions = json.loads(files["sessions"])
    assert sessions[7]["video_url"] == f"http://{web.host}/gone"
    assert sessions[8]["video_url"] == "/videos/session_9.bin"
    assert not s3.uploads
    assert [key for bucket, key in s3.objects if bucket == EXPORTS] == [
        made.job.upload.key if made.job.upload else ""
    ]


@pytest.mark.parametrize("says_checksums", [True, False])
def test_killed_after_every_call_in_turn_the_archive_is_the_same(
    web: Web, *, says_checksums: bool
) -> None:
    s3, _ = stored(says_checksums=says_checksums)
    reference = assembling(s3, web)
    begun = len(s3.calls)
    finish(reference)
    whole = reference.archive()
    count = len(s3.calls) - begun
    assert count > 12

    for last in range(1, count + 1):
        s3, _ = stored(says_checksums=says_checksums)
        made = assembling(s3, web)
        kill_after(s3, last)
        with suppress(Killed):
            made.run()
        noted = noted_parts(s3)
        again: list[int] = []
        s3.after = lambda _: None
        s3.before = watch_parts(again)
        if s3.uploads:
            assert made.run() is not None
        assert made.archive() == whole, last
        # No part is made again that was there, and known to be.
        assert not set(again) & noted, last


def kill_after(s3: SparseS3, last: int) -> None:
    left = last

    def after(_: str) -> None:
        nonlocal left
        left -= 1
        if left <= 0:
            raise Killed

    s3.after = after


def watch_parts(numbers: list[int]) -> Callable[[str, dict[str, Any]], None]:
    def before(name: str, arguments: dict[str, Any]) -> None:
        if name.startswith("UploadPart"):
            numbers.append(arguments["PartNumber"])

    return before


def noted_parts(s3: SparseS3) -> set[int]:
    return {int(key.rpartition("/")[2]) for _, key in s3.objects if "/parts/" in key}


@dataclass(frozen=True)
class UntilParts(Deadline):
    """Time that is up when a number of parts was made."""

    s3: SparseS3
    count: int

    @property
    def left(self) -> float:
        return 600.0 * (self.count - parts_made(self.s3))


def parts_made(s3: SparseS3) -> int:
    return sum(name.startswith("UploadPart") for name in s3.calls)


@pytest.mark.parametrize("step", [1, 2, 3])
def test_what_time_is_short_for_is_resumed_in_the_next_invocation(web: Web, step: int) -> None:
    s3, _ = stored()
    reference = assembling(s3, web)
    finish(reference)
    s3, _ = stored()
    made = assembling(s3, web)
    invocations = 1

    while made.run(UntilParts(0.0, s3, parts_made(s3) + step)) is None:
        invocations += 1

    assert invocations > 1
    assert made.archive() == reference.archive()


def test_nothing_small_from_slow_servers_is_fetched_again(web: Web) -> None:
    """Less than a part in an invocation, some of it not to be had: all of it counts."""
    s3, _ = stored()
    s3.objects = dict(list(s3.objects.items())[:1])
    pages = [web.put(f"/{i}", Page(noise(1000, i))) for i in range(0, 60, 2)]
    gone = [f"http://{web.host}/{i}" for i in range(1, 60, 2)]
    made = Assembling(s3, [address("events/7/a"), *pages, *gone], trusted=[web.host])  # type: ignore[arg-type]
    made.begin()
    assert made.run(UntilParts(0.0, s3, 2)) is None
    web.asked.clear()

    invocations = 1
    while (result := made.run(UntilAsked(0.0, web, len(web.asked) + 20))) is None:
        invocations += 1

    assert invocations > 2
    assert result.skipped_count == 30
    # But for those that were on their way when time was up.
    assert len(set(web.asked)) == 60
    assert len(web.asked) <= 60 + (invocations - 1) * 2 * FETCHES
    files = names(made.archive())
    assert [files[f"videos/session_{i}.bin"] for i in range(2, 32)] == [
        noise(1000, i) for i in range(0, 60, 2)
    ]


@dataclass(frozen=True)
class UntilAsked(Deadline):
    """Time that is up when a server was asked so often."""

    web: Web
    count: int

    @property
    def left(self) -> float:
        return 600.0 * (self.count - len(self.web.asked))


def test_an_invocation_without_time_for_anything_is_a_failed_try(web: Web) -> None:
    s3, _ = stored()
    made = assembling(s3, web)

    with pytest.raises(Unavailable):
        made.run(Deadline(time.monotonic()))


def test_an_object_that_changes_meanwhile_is_copied_again_never_mixed(web: Web) -> None:
    s3, _ = stored()
    made = assembling(s3, web)
    new = Sparse.of(noise(500, "new"), 20 * MIB, b"new")
    change_at(s3, {"UploadPartCopy": ("events/7/a", [new])})

    finish(made)

    files = names(made.archive())
    assert files["videos/session_1.bin"] == new.read()


def test_an_object_that_changes_while_it_is_read_is_read_again(web: Web) -> None:
    s3, _ = stored()
    made = assembling(s3, web)
    new = Sparse.of(noise(500_000, "new"))
    change_at(s3, {"GetObject": ("events/7/c", [new])})

    finish(made)

    assert names(made.archive())["videos/session_4.bin"] == new.read()


def test_an_object_that_goes_meanwhile_is_skipped_and_said(web: Web) -> None:
    s3, _ = stored()
    made = assembling(s3, web)
    del s3.objects[MEDIA, "events/7/a"], s3.objects[MEDIA, "events/7/e"]

    result = finish(made)

    assert {(media_file.id, media_file.reason) for media_file in result.skipped} == {
        (1, "not-found"),
        (6, "not-found"),
        (8, "http-status"),
    }
    files = names(made.archive())
    assert "videos/session_1.bin" not in files
    assert json.loads(files["sessions"])[0]["video_url"] == address("events/7/a")


def test_an_object_that_may_not_be_copied_is_skipped_as_denied(web: Web) -> None:
    """Not as one that is gone: the installation lacks a right."""
    s3, _ = stored()
    made = assembling(s3, web)

    def before(name: str, arguments: dict[str, Any]) -> None:
        if name == "UploadPartCopy" and arguments["Key"] == "events/7/a":
            raise fault("AccessDenied", name)

    s3.before = before

    result = finish(made)

    assert (1, "access-denied") in {
        (media_file.id, media_file.reason) for media_file in result.skipped
    }
    names(made.archive())


def test_an_object_that_never_rests_is_skipped_and_said(web: Web) -> None:
    s3, _ = stored()
    made = assembling(s3, web)
    ever_new = [Sparse.of(noise(500, i), 20 * MIB) for i in range(20)]
    change_at(s3, {"UploadPartCopy": ("events/7/a", ever_new)})

    result = finish(made)

    assert (1, "changing") in {(media_file.id, media_file.reason) for media_file in result.skipped}
    names(made.archive())


def change_at(s3: SparseS3, moments: Mapping[str, tuple[str, list[Sparse]]]) -> None:
    """Before such a call of the key, put the next of those objects in its place."""

    def before(name: str, arguments: dict[str, Any]) -> None:
        key, following = moments.get(name, ("", []))
        if arguments.get("Key") == key and following:
            s3.put(MEDIA, key, following.pop(0))

    s3.before = before


def broken_off(handler: Handler) -> None:
    """Ends behind the part that is held back, though more was said to come."""
    handler.send(LONG, Content_Length=str(14 * MIB), Connection="close")


def whole(handler: Handler) -> None:
    handler.send(LONG)


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (broken_off, "unreachable"),
        (endless, "too-large"),
        (lambda handler: handler.send(LONG, Content_Length="", Connection="close"), None),
        # The first time it is only found to be long.
        (in_turn(whole, broken_off, whole), None),
    ],
    ids=["broken off", "endless", "of no length that was said", "whole at the second try"],
)
def test_media_that_is_streamed_is_in_the_archive_whole_or_not_at_all(
    behaviour: Behaviour, reason: str | None
) -> None:
    s3, _ = stored()
    s3.objects = dict(list(s3.objects.items())[:1])
    limits = MediaLimits(file_bytes=15 * MIB, file_seconds=60, total_bytes=1 << 40)
    with running_site() as site:
        videos = [
            address("events/7/a"),
            site.put("/streamed", behaviour),
            site.file("/behind", noise(5000, "behind")),
        ]
        made = Assembling(s3, videos, trusted=[site.host], limits=limits)  # type: ignore[arg-type]
        made.begin()

        result = finish(made)

    files = names(made.archive())
    assert files["videos/session_3.bin"] == noise(5000, "behind")
    assert files.get("videos/session_2.bin") == (LONG if reason is None else None)
    assert [media_file.reason for media_file in result.skipped] == ([reason] if reason else [])
    streamed = len(LONG) if reason is None else 0
    assert 17 * MIB + streamed < len(made.archive()) < 17 * MIB + streamed + 15_000


@pytest.mark.parametrize("times", [{"UploadPart": 2, "UploadPartCopy": 2}, {"GetObject": 1}])
def test_transient_faults_of_s3_are_tried_again(web: Web, times: Mapping[str, int]) -> None:
    """A part has three tries, and all faults can meet one part, so there are two at most."""
    s3, _ = stored()
    made = assembling(s3, web)
    failures = dict(times)
    counting = Lock()

    def before(name: str, arguments: dict[str, Any]) -> None:
        with counting:
            if not failures.get(name, 0) or arguments.get("Key", "").startswith("exports/"):
                return
            failures[name] -= 1
        raise fault("SlowDown", name)

    s3.before = before

    finish(made)

    assert set(failures.values()) == {0}
    names(made.archive())


def throttle(s3: SparseS3, times: Mapping[str, int]) -> None:
    """Refuse the first calls of each operation that read media."""
    left = Counter(times)

    def before(name: str, arguments: dict[str, Any]) -> None:
        if arguments.get("Key", "").startswith("events/") and left[name] > 0:
            left[name] -= 1
            raise fault("SlowDown", name)

    s3.before = before


def test_a_throttled_survey_loses_no_file(web: Web) -> None:
    s3, objects = stored()
    throttle(s3, {"HeadObject": 2, "GetObject": 2})

    result = finish(made := assembling(s3, web))

    assert [(media_file.id, media_file.reason) for media_file in result.skipped] == [
        (8, "http-status")
    ]
    assert names(made.archive())["videos/session_4.bin"] == objects["events/7/c"].read()


@pytest.mark.parametrize("operation", ["HeadObject", "GetObject"])
def test_an_s3_that_does_not_answer_the_survey_fails_the_attempt(web: Web, operation: str) -> None:
    """No file is skipped: the next attempt can have it."""
    s3, _ = stored()
    throttle(s3, {operation: 1000})

    with pytest.raises(Unavailable):
        assembling(s3, web)

    assert not s3.uploads


def test_an_object_that_changes_during_the_survey_is_looked_at_again(web: Web) -> None:
    s3, _ = stored()
    new = Sparse.of(noise(500_000, "new"))
    change_at(s3, {"GetObject": ("events/7/c", [new])})

    result = finish(made := assembling(s3, web))

    assert names(made.archive())["videos/session_4.bin"] == new.read()
    assert [media_file.id for media_file in result.skipped] == [8]


def test_an_object_that_never_rests_during_the_survey_is_skipped_and_said(web: Web) -> None:
    s3, _ = stored()
    change_at(s3, {"GetObject": ("events/7/c", [Sparse.of(noise(500, i)) for i in range(20)])})

    result = finish(assembling(s3, web))

    assert (4, "changing") in {(media_file.id, media_file.reason) for media_file in result.skipped}


def test_an_s3_that_does_not_answer_a_fetch_fails_the_attempt(web: Web) -> None:
    """The files of a small archive are fetched at once: none of them stays open, none is lost."""
    s3, _ = stored()
    made = assembling(s3, web)
    with Archive(modified=made.order.modified) as archive:
        fetcher = Fetcher(
            made.source, made.source.places_of(EVENT), disk=archive, deadline=Deadline.after(600)
        )
        throttle(s3, {"GetObject": retries.TRIES - 1})
        fetcher.fetch(address("events/7/c")).content.close()

        throttle(s3, {"GetObject": 1000})
        with (
            pytest.raises(Unavailable),
            closing(fetcher.fetch_all(map(address, SMALL), concurrency=2)) as outcomes,
        ):
            list(outcomes)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 16 * MIB), min_size=1, max_size=8), st.booleans())
def test_any_sizes_make_an_archive_that_opens(sizes: list[int], says_checksums: bool) -> None:  # noqa: FBT001 - hypothesis's
    s3 = SparseS3(says_checksums=says_checksums)
    objects = {f"events/7/{i}": content_of(str(i), size) for i, size in enumerate(sizes, start=1)}
    for key, content in objects.items():
        s3.put(MEDIA, key, content)
    made = Assembling(s3, [address(key) for key in objects])  # type: ignore[arg-type]
    made.begin()

    finish(made)

    files = names(made.archive())
    for i, content in enumerate(objects.values(), start=1):
        assert files[f"videos/session_{i}.bin"] == content.read()


def test_an_upload_that_is_aborted_meanwhile_ends_the_work(web: Web) -> None:
    s3, _ = stored()
    made = assembling(s3, web)
    assert made.job.upload is not None
    upload = Upload(s3, EXPORTS, made.job.upload.key, made.job.upload.id)  # type: ignore[arg-type]
    upload.abort()

    with pytest.raises(UploadGone):
        made.run()

    assert not s3.uploads
    Workspace(s3, EXPORTS, made.order.workspace).remove()  # type: ignore[arg-type]
    assert not [key for bucket, key in s3.objects if bucket == EXPORTS]
    # Once more is no fault.
    upload.abort()
