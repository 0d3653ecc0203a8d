"""The page of an export, made of its job's record. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from openevent.export.give_up import EVENT_GONE, FAILURE, TOO_LONG
from openevent.export.job import ArchiveRecord, Job
from openevent.export.page.model import (
    Earlier,
    Fact,
    Link,
    Notes,
    PageView,
    Question,
    Tone,
)
from openevent.export.page.notes import notes_of
from openevent.export.page.nouns import contents_of, is_personal, noun_of
from openevent.export.page.shares import contents_view
from openevent.export.page.steps import Phase, phase_of, steps_of
from openevent.export.readable import counted, readable_moment, readable_size
from openevent.jobs.record import MAX_TRIES, State

OK, GONE = 200, 410

# Seconds after which the page of an export that waits or runs loads itself again, by the export's
# age in seconds: the first that exceeds it, so that a page that is left open asks seldom.
REFRESHES = ((120, 3), (900, 10))
SELDOM = 30


@dataclass(frozen=True, slots=True)
class Opening:
    """An opening of the page: by whom, when (epoch seconds), and the addresses of its links.

    `is_own`: whether the person started the export. `others`: number of other people who asked for
    it, too. `zone`: the event's time zone, if it is known. `download`, `remove`, `page`: relative
    to the page's own address. `web_client`: address of the event there.
    """

    now: int
    is_own: bool
    others: int
    zone: ZoneInfo | None
    download: str
    remove: str
    page: str
    web_client: str


def page_view(job: Job, opening: Opening, earlier: Sequence[tuple[Job, str]] = ()) -> PageView:
    """Return what the page of `job` says. `earlier`: exports with archives, and their pages."""
    archive = job.archive
    if job.removed_at is not None:
        return _removed(job, opening, earlier)
    if job.state is State.WAITING:
        return _waiting(job, opening)
    if archive is None:
        return _failed(job, opening, earlier)
    if archive.expires_at <= opening.now:
        return _expired(job, archive, opening, earlier)
    return _ready(job, archive, opening, earlier)


def removal_view(job: Job, opening: Opening) -> PageView | None:
    """Return the question before the removal of `job`; None if nothing is left to be removed."""
    runs = job.is_waiting
    archive = job.archive
    if job.removed_at is not None or not (
        runs or (archive is not None and archive.expires_at > opening.now)
    ):
        return None
    noun = noun_of(job)
    lead = [
        f"The {noun} will not be made."
        if runs
        else f"The {noun} is deleted at once, for everyone.",
        "This cannot be undone, but you can start a new export at any time.",
    ]
    if opening.others:
        people = counted(opening.others, "other person has", "other people have")
        lead.append(f"{people} asked for this export, too.")
    return PageView(
        status=OK,
        tone=Tone.BAD,
        title="Stop this export?" if runs else f"Remove this {noun}?",
        event=job.event_name,
        lead=tuple(lead),
        facts=(Fact("Requested", contents_of(job)), *_started(job, opening)),
        question=Question(
            send="Stop the export" if runs else f"Remove the {noun}",
            back=Link("Let it run" if runs else "Keep it", opening.page),
        ),
    )


def _waiting(job: Job, opening: Opening) -> PageView:
    phase = phase_of(job, opening.now)
    noun = noun_of(job)
    if phase is Phase.QUEUED:
        title, lead = "The export waits to start", "It starts by itself, mostly within seconds."
    elif phase is Phase.RETRIED:
        tries = min(job.tries + 1, MAX_TRIES)
        title = "The export is tried again"
        lead = (
            "The last try was interrupted by a temporary problem. The next one "
            f"({tries} of {MAX_TRIES}) starts by itself within a few minutes."
        )
    elif job.upload is not None:
        title = f"The {noun} is being put together"
        lead = f"It is large, so it is made in several rounds. This is round {job.rounds + 1}."
    else:
        title, lead = f"The {noun} is being made", "This page shows the progress by itself."
    return PageView(
        status=OK,
        tone=Tone.BUSY,
        title=title,
        event=job.event_name,
        lead=(lead, _what_follows(job, opening)),
        refresh=_refresh(job, opening.now),
        steps=steps_of(job),
        facts=(Fact("Requested", contents_of(job)), *_started(job, opening)),
        remove=Link("Stop this export", opening.remove),
        reference=job.id,
    )


def _what_follows(job: Job, opening: Opening) -> str:
    if not job.sends_mail:
        return f"Keep this page open, or come back to it, to download the {noun_of(job)}."
    if opening.is_own:
        return "You can close this page: you will get a mail when the archive is ready."
    return (
        "You can close this page and come back to it later. The person who started the export will "
        "get a mail."
    )


def _refresh(job: Job, now: int) -> int:
    age = now - datetime.fromisoformat(job.created_at).timestamp()
    return next((seconds for limit, seconds in REFRESHES if age < limit), SELDOM)


def _ready(
    job: Job, archive: ArchiveRecord, opening: Opening, earlier: Sequence[tuple[Job, str]]
) -> PageView:
    noun, size = noun_of(job), readable_size(archive.size)
    notes = notes_of(archive, noun)
    lacks = ""
    if archive.skipped_count:
        lacks = f", without {counted(archive.skipped_count, 'media file')}"
    return PageView(
        status=OK,
        tone=Tone.GOOD,
        title=f"The {noun} is ready{lacks}",
        event=job.event_name,
        lead=_introduced(notes),
        download=Link(f"Download the {noun} ({size})", opening.download),
        personal=(
            f"The {noun} can contain personal data. Share it only with people who may see that."
            if is_personal(job.options)
            else ""
        ),
        facts=(
            Fact("Available until", _moment(archive.expires_at, opening)),
            Fact("Size", f"{size} in {counted(archive.files, 'file')}"),
            Fact("Requested", contents_of(job)),
            *_started(job, opening),
            *_checksum(archive),
        ),
        contents=contents_view(archive.contents),
        notes=notes,
        earlier=_earlier(earlier, opening),
        remove=Link(f"Remove this {noun}", opening.remove),
        web_client=_web_client(opening),
        reference=job.id,
    )


def _introduced(notes: tuple[Notes, ...]) -> tuple[str, ...]:
    if not notes:
        return ("Nothing was skipped, and nothing had to be repaired.",)
    return ("Below is what differs from the event, and how to correct it.",)


def _checksum(archive: ArchiveRecord) -> tuple[Fact, ...]:
    return () if archive.sha256 is None else (Fact("SHA-256", archive.sha256),)


# What each known failure means for a person: the title, and what to do.
_FAILURES = {
    FAILURE: (
        "The export failed",
        "If it fails again, please send the reference below to the operator of this server.",
    ),
    TOO_LONG: (
        "The export took too long",
        "Start one export with images and documents, and another one with videos.",
    ),
    EVENT_GONE: (
        "The event was deleted",
        "If that was a mistake, please contact the operator of this server.",
    ),
}

# The others are about data on which every reader of the archive would fail (`repairs.Unfit`).
_UNFIT = (
    "The event's data has to be corrected",
    "Open the event in Open Event, correct the field, and start the export again.",
)


def _failed(job: Job, opening: Opening, earlier: Sequence[tuple[Job, str]]) -> PageView:
    failure = job.failure or FAILURE
    title, advice = _FAILURES.get(failure, _UNFIT)
    return PageView(
        status=OK,
        tone=Tone.BAD,
        title=title,
        event=job.event_name,
        lead=(failure, advice),
        facts=(Fact("Requested", contents_of(job)), *_started(job, opening)),
        earlier=_earlier(earlier, opening),
        web_client=_web_client(opening),
        reference=job.id,
    )


def _removed(job: Job, opening: Opening, earlier: Sequence[tuple[Job, str]]) -> PageView:
    if job.state is State.WAITING:
        title = "This export was stopped"
        lead = "It was stopped before it was finished, and nothing of it is kept."
    else:
        title = f"This {'export' if job.archive is None else noun_of(job)} was removed"
        lead = "It is deleted and can no longer be downloaded."
    return PageView(
        status=GONE,
        tone=Tone.GONE,
        title=title,
        event=job.event_name,
        lead=(
            lead,
            "Start a new export in Open Event if you need it.",
        ),
        facts=(Fact("Requested", contents_of(job)), *_started(job, opening)),
        earlier=_earlier(earlier, opening),
        web_client=_web_client(opening),
    )


def _expired(
    job: Job, archive: ArchiveRecord, opening: Opening, earlier: Sequence[tuple[Job, str]]
) -> PageView:
    noun = noun_of(job)
    return PageView(
        status=GONE,
        tone=Tone.GONE,
        title=f"This {noun} has expired",
        event=job.event_name,
        lead=(
            f"It was available until {_moment(archive.expires_at, opening)}, and is deleted.",
            "Start a new export in Open Event if you need it.",
        ),
        facts=(Fact("Requested", contents_of(job)), *_started(job, opening)),
        earlier=_earlier(earlier, opening),
        web_client=_web_client(opening),
    )


def _started(job: Job, opening: Opening) -> tuple[Fact, ...]:
    started = readable_moment(datetime.fromisoformat(job.created_at), opening.zone)
    return (Fact("Started", started),)


def _earlier(earlier: Sequence[tuple[Job, str]], opening: Opening) -> tuple[Earlier, ...]:
    return tuple(
        Earlier(
            page=Link(
                readable_moment(datetime.fromisoformat(job.created_at), opening.zone), address
            ),
            contents=contents_of(job),
            size=readable_size(job.archive.size),
            until=readable_moment(datetime.fromtimestamp(job.archive.expires_at, UTC), None),
        )
        for job, address in earlier
        if job.archive is not None
    )


def _web_client(opening: Opening) -> Link:
    return Link("Open the event", opening.web_client)


def _moment(seconds: int, opening: Opening) -> str:
    return readable_moment(datetime.fromtimestamp(seconds, UTC), opening.zone)
