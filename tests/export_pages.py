"""Pages of exports in each of their states, made of records of jobs."""

from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from openevent.archive.progress import Progress
from openevent.catalogue.privacy import Privacy
from openevent.errors import Forbidden, Gone, NotFound, OpenEventError, Unauthenticated, Unavailable
from openevent.export.contents_by_kind import KindRecord
from openevent.export.give_up import EVENT_GONE, FAILURE, TOO_LONG
from openevent.export.job import ArchiveRecord, Job, SkippedMedia, UploadRecord
from openevent.export.options import SCHEDULE_OPTIONS, Options
from openevent.export.page.model import PageView
from openevent.export.page.refusal import refusal_view
from openevent.export.page.view import Opening, page_view, removal_view
from openevent.export.repairs import Unfit
from openevent.jobs.record import State
from openevent.media.skipped import Reason, Skip
from openevent.programme.format import Format

TASK = "b7ca7088-876e-4c29-a0ee-b8029a64849a"
CREATED = "2026-11-25T21:30:00.000+00:00"
# 30 seconds later.
NOW = 1_795_642_230
DAY = 86_400
ALL = Options(image=True, video=True, document=True, audio=True)
HOSTILE = "</title><script>alert(1)</script> “Días & Noches” \u202e" + "W" * 120


def job(**changes: Any) -> Job:  # noqa: ANN401 - of the record
    """An export of an archive with all media, which waits."""
    facts: dict[str, Any] = {
        "id": TASK,
        "user_id": 7,
        "user_email": "owner@example.com",
        "event_id": 1,
        "event_identifier": "934ebe39",
        "event_name": "Paper Boats 2027",
        "options": ALL,
        "created_at": CREATED,
        "expires_at": NOW + 37 * DAY,
    }
    return Job(**{**facts, **changes})


def running(stage: str, done: int, total: int, size: int, **changes: Any) -> Job:  # noqa: ANN401
    """An export that a worker has."""
    progress = Progress(stage, done, total, size)
    facts = {"progress": progress, "attempts": 1, "lease_until": NOW + 600}
    return job(**{**facts, **changes})


CONTENTS = {
    "data": KindRecord(files=28, bytes=412_345),
    "images": KindRecord(files=48, bytes=31_573_772),
    "videos": KindRecord(files=3, bytes=120_400_000),
    "audio": KindRecord(files=5, bytes=18_200_000),
    "documents": KindRecord(files=21, bytes=24_100_000),
    "schedules": KindRecord(files=4, bytes=181_000),
    "tables": KindRecord(files=11, bytes=290_120),
    "pages": KindRecord(files=2, bytes=121_000),
}


def archive(**changes: Any) -> ArchiveRecord:  # noqa: ANN401 - of the record
    """An archive that lacks nothing."""
    facts: dict[str, Any] = {
        "key": f"exports/1/zip/{TASK}/event1.zip",
        "size": 194_645_035,
        "sha256": "950de766885fa0606d75e36eab7a6927aec5edc35b6aa52ced441260703b469e",
        "files": 123,
        "skipped_count": 0,
        "skipped": (),
        "contents": CONTENTS,
        "expires_at": NOW + 7 * DAY,
    }
    return ArchiveRecord(**{**facts, **changes})


def ready(made: ArchiveRecord, **changes: Any) -> Job:  # noqa: ANN401 - of the record
    """An export that has ended with its archive."""
    return job(state=State.SUCCESS, archive=made, attempts=1, **changes)


def failed(failure: str) -> Job:
    """An export that has failed."""
    return job(state=State.FAILED, failure=failure, attempts=3)


def skipped(number: int, reason: Reason, detail: str | None = None) -> SkippedMedia:
    """A skipped photo of the speaker `number`."""
    return SkippedMedia(
        file="speakers",
        id=number,
        field="photo_url",
        address=f"http://media.invalid/portraits/{number}.jpg",
        reason=reason,
        detail=Skip(reason, detail).text,
    )


LACKING = archive(
    skipped_count=31,
    skipped=(
        *(skipped(number, Reason.HOST_UNKNOWN) for number in range(1, 6)),
        skipped(12, Reason.HTTP_STATUS, "404"),
        SkippedMedia(
            file="sessions",
            id=42,
            field="video_url",
            address=f"https://video.example/{'long/' * 40}<b>.mp4",
            reason=Reason.TOO_LARGE,
            detail="the file is too large",
        ),
    ),
    repaired={"reference-dropped": 1, "timezone-replaced": 1, "video-dropped": 1200},
    warnings=(
        {"code": "timezone-unknown", "table": "events", "column": "timezone"},
        *({"code": "table-missing", "table": name} for name in "abcdefgh"),
        {"code": "column-missing", "table": "events", "column": "chat_room_id"},
        {"code": "media-bucket-unused"},
    ),
)

EARLIER = (
    (
        ready(archive(size=1_645_035), created_at="2026-11-24T09:12:00.000+00:00"),
        "0c8b9a52-68fb-4a8e-8b61-9a9a3c7f5d11?ticket=a",
    ),
    (
        ready(
            archive(size=812_000),
            created_at="2026-11-20T19:45:00.000+00:00",
            options=Options(privacy=Privacy.PUBLIC, image=True),
        ),
        "5d1c0b9e-7f07-4a1c-9a3c-fb6a2f1f0b22?ticket=b",
    ),
)


def opening(**changes: Any) -> Opening:  # noqa: ANN401 - of the opening
    """An opening by the person who started the export."""
    facts: dict[str, Any] = {
        "now": NOW,
        "is_own": True,
        "others": 0,
        "zone": ZoneInfo("Asia/Kathmandu"),
        "download": f"../zip/{TASK}/event1.zip?ticket=t",
        "remove": f"{TASK}/remove?ticket=t",
        "page": f"{TASK}?ticket=t",
        "web_client": "https://www.example.com/events/934ebe39",
    }
    return Opening(**{**facts, **changes})


def _page(record: Job, **changes: Any) -> Callable[[], PageView]:  # noqa: ANN401
    return lambda: page_view(record, opening(**changes))


def _question(record: Job, **changes: Any) -> Callable[[], PageView]:  # noqa: ANN401
    def ask() -> PageView:
        view = removal_view(record, opening(**changes))
        assert view is not None
        return view

    return ask


def _refusal(error: OpenEventError, status: int) -> Callable[[], PageView]:
    return lambda: refusal_view(error, status)


_CALENDAR = {"schedule": Format.ICAL, "options": SCHEDULE_OPTIONS}
_UPLOAD = UploadRecord(key="k", id="u")

STATES: Mapping[str, Callable[[], PageView]] = {
    "waiting": _page(job()),
    "waiting-of-another": _page(job(), is_own=False, others=1, zone=None),
    "reading": _page(running("data", 12, 28, 120_000)),
    "fetching": _page(running("media", 31, 77, 48_300_000)),
    "storing": _page(running("upload", 0, 1, 194_645_035)),
    "assembling": _page(
        running("media", 412, 2305, 61_400_000_000, upload=_UPLOAD, rounds=2, attempts=3)
    ),
    "between-rounds": _page(
        running(
            "media", 412, 2305, 61_400_000_000, upload=_UPLOAD, rounds=2, attempts=2, handed_on=2
        ).model_copy(update={"lease_until": 0})
    ),
    "tried-again": _page(running("media", 31, 77, 48_300_000, lease_until=0)),
    "ready": _page(ready(archive())),
    "ready-with-earlier": lambda: page_view(ready(archive()), opening(zone=None), EARLIER),
    "ready-with-remarks": lambda: page_view(ready(LACKING), opening(), EARLIER),
    "ready-of-release-1.0": _page(ready(archive(contents={}, sha256=None))),
    "ready-with-hostile-name": _page(ready(archive(), event_name=HOSTILE)),
    "failed": _page(failed(FAILURE)),
    "failed-too-long": _page(failed(TOO_LONG)),
    "failed-event-gone": _page(failed(EVENT_GONE)),
    "failed-unfit": _page(failed(Unfit("event", None, "name", "is empty").text)),
    "removed": _page(ready(archive(), removed_at=CREATED)),
    "stopped": _page(job(removed_at=CREATED)),
    "expired": lambda: page_view(ready(archive(expires_at=NOW - 5)), opening(), EARLIER),
    "calendar-waiting": _page(job(**_CALENDAR)),
    "calendar-running": _page(job(**_CALENDAR, attempts=1, lease_until=NOW + 9)),
    "calendar-ready": _page(
        ready(archive(files=1, size=18_230, contents={}), **_CALENDAR),
    ),
    "question": _question(ready(archive())),
    "question-of-many": _question(ready(archive()), others=2),
    "question-while-it-runs": _question(running("media", 31, 77, 48_300_000)),
    "right-lost": _refusal(Forbidden("access-forbidden", "Co-organizer access is required."), 403),
    "ticket-wrong": _refusal(Unauthenticated("ticket-invalid", "x"), 401),
    "ticket-missing": _refusal(Unauthenticated("ticket-missing", "x"), 401),
    "ticket-expired": _refusal(Gone("export-expired", "x"), 410),
    "account-blocked": _refusal(Unauthenticated("user-unknown", "x"), 401),
    "unknown": _refusal(NotFound("export-not-found", "x"), 404),
    "event-deleted": _refusal(NotFound("event-not-found", "x"), 404),
    "unavailable": _refusal(Unavailable("database-unavailable", "x"), 503),
}
