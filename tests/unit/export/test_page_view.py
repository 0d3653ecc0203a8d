"""The page of an export: its words in each state, made of the record of its job."""

from dataclasses import asdict, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openevent.archive.progress import Progress
from openevent.catalogue.privacy import Privacy
from openevent.export.contents_by_kind import ContentKind, KindRecord
from openevent.export.job import Job, SkippedMedia
from openevent.export.options import Options
from openevent.export.page.model import Link, Note, Place, StepState, Tone
from openevent.export.page.notes import REPAIR_TEXTS, SKIP_ADVICE, notes_of
from openevent.export.page.nouns import contents_of, place_of
from openevent.export.page.render import headers_of, page_of
from openevent.export.page.shares import SMALLEST, contents_view
from openevent.export.page.steps import steps_of
from openevent.export.page.view import page_view, removal_view
from openevent.export.readable import counted, listed, readable_moment, readable_size
from openevent.export.repairs import RepairKind
from openevent.media.skipped import TEXTS, Reason
from tests.export_pages import (
    EARLIER,
    HOSTILE,
    LACKING,
    NOW,
    STATES,
    archive,
    job,
    opening,
    ready,
    running,
)

# The title of each state, its status and its mark.
SAID = {
    "waiting": ("The export waits to start", 200, Tone.BUSY),
    "waiting-of-another": ("The export waits to start", 200, Tone.BUSY),
    "reading": ("The archive is being made", 200, Tone.BUSY),
    "fetching": ("The archive is being made", 200, Tone.BUSY),
    "storing": ("The archive is being made", 200, Tone.BUSY),
    "assembling": ("The archive is being put together", 200, Tone.BUSY),
    "between-rounds": ("The archive is being put together", 200, Tone.BUSY),
    "tried-again": ("The export is tried again", 200, Tone.BUSY),
    "ready": ("The archive is ready", 200, Tone.GOOD),
    "ready-with-earlier": ("The archive is ready", 200, Tone.GOOD),
    "ready-with-remarks": ("The archive is ready, without 31 media files", 200, Tone.GOOD),
    "ready-of-release-1.0": ("The archive is ready", 200, Tone.GOOD),
    "ready-with-hostile-name": ("The archive is ready", 200, Tone.GOOD),
    "failed": ("The export failed", 200, Tone.BAD),
    "failed-too-long": ("The export took too long", 200, Tone.BAD),
    "failed-event-gone": ("The event was deleted", 200, Tone.BAD),
    "failed-unfit": ("The event's data has to be corrected", 200, Tone.BAD),
    "removed": ("This archive was removed", 410, Tone.GONE),
    "stopped": ("This export was stopped", 410, Tone.GONE),
    "expired": ("This archive has expired", 410, Tone.GONE),
    "calendar-waiting": ("The export waits to start", 200, Tone.BUSY),
    "calendar-running": ("The calendar is being made", 200, Tone.BUSY),
    "calendar-ready": ("The calendar is ready", 200, Tone.GOOD),
    "question": ("Remove this archive?", 200, Tone.BAD),
    "question-of-many": ("Remove this archive?", 200, Tone.BAD),
    "question-while-it-runs": ("Stop this export?", 200, Tone.BAD),
    "right-lost": ("You have no access to this export any more", 403, Tone.GONE),
    "ticket-wrong": ("This link is not valid", 401, Tone.GONE),
    "ticket-missing": ("This link is not complete", 401, Tone.GONE),
    "ticket-expired": ("This archive has expired", 410, Tone.GONE),
    "account-blocked": ("This account cannot be used", 401, Tone.GONE),
    "unknown": ("There is no such export", 404, Tone.GONE),
    "event-deleted": ("The event was deleted", 404, Tone.GONE),
    "unavailable": ("The service is temporarily unavailable", 503, Tone.BUSY),
}


@pytest.mark.parametrize("state", STATES)
def test_each_state_has_words_of_its_own(state: str) -> None:
    view = STATES[state]()
    assert (view.title, view.status, view.tone) == SAID[state]
    assert all(sentence.endswith((".", "?")) for sentence in view.lead)
    assert len(view.lead) >= (1 if view.tone is Tone.GOOD else 2)
    # What is busy moves by itself, and nothing else does.
    assert (view.refresh is not None) == (view.tone is Tone.BUSY)
    assert headers_of(view) == ({"Refresh": str(view.refresh)} if view.refresh else {})


@pytest.mark.parametrize("state", STATES)
def test_only_an_archive_that_is_there_is_downloaded(state: str) -> None:
    view = STATES[state]()
    assert (view.download is not None) == (view.tone is Tone.GOOD)
    runs = view.tone is Tone.BUSY and state != "unavailable"
    assert (view.remove is not None) == (view.download is not None or runs)


def test_words_of_the_waiting() -> None:
    def lead(state: str) -> str:
        return " ".join(STATES[state]().lead)

    assert "you will get a mail when the archive is ready" in lead("waiting")
    assert "The person who started the export will get a mail." in lead("waiting-of-another")
    assert "Keep this page open" in lead("calendar-waiting")
    assert "This is round 3." in lead("assembling")
    assert "(2 of 3)" in lead("tried-again")


def test_a_page_that_is_left_open_asks_less_and_less() -> None:
    waiting = job()
    ages = (0, 119, 120, 899, 900, 86_400)
    start = int(datetime.fromisoformat(waiting.created_at).timestamp())
    views = [page_view(waiting, opening(now=start + age)) for age in ages]
    assert [view.refresh for view in views] == [3, 3, 10, 10, 30, 30]


# Progress


def steps(record: Job) -> list[tuple[str, StepState, str]]:
    return [(step.name, step.state, step.detail) for step in steps_of(record)]


READ, FETCH, STORE = "Read the event's data", "Fetch media files", "Store the archive"


def test_steps_of_an_archive() -> None:
    ahead = StepState.AHEAD
    assert steps(job()) == [(READ, ahead, ""), (FETCH, ahead, ""), (STORE, ahead, "")]
    assert steps(running("data", 12, 28, 120_000)) == [
        (READ, StepState.NOW, "12 of 28 files"),
        (FETCH, ahead, ""),
        (STORE, ahead, ""),
    ]
    assert steps(running("media", 1, 1, 999)) == [
        (READ, StepState.DONE, ""),
        (FETCH, StepState.NOW, "1 of 1 media file, 999 bytes so far"),
        (STORE, ahead, ""),
    ]
    assert steps(running("upload", 0, 1, 1_200_000)) == [
        (READ, StepState.DONE, ""),
        (FETCH, StepState.DONE, ""),
        (STORE, StepState.NOW, "1.2 MB"),
    ]


def test_without_media_none_is_fetched() -> None:
    assert [name for name, *_ in steps(job(options=Options()))] == [READ, STORE]


def test_a_stage_that_this_release_does_not_know_is_the_first() -> None:
    odd = job(progress=Progress("painting", 1, 2, 3))
    assert [step.state for step in steps_of(odd)] == [StepState.NOW, *[StepState.AHEAD] * 2]


# Contents


@given(
    st.dictionaries(
        st.sampled_from([kind.value for kind in ContentKind]),
        st.builds(KindRecord, files=st.integers(1, 10**6), bytes=st.integers(0, 10**13)),
        min_size=1,
    )
)
def test_the_bar_is_filled_and_shows_every_kind(recorded: dict[str, KindRecord]) -> None:
    contents = contents_view(recorded)
    assert contents is not None
    assert [share.kind for share in contents.shares] == [k for k in ContentKind if k in recorded]
    assert all(share.width > SMALLEST / 2 for share in contents.shares)
    end = 0.0
    for share in contents.shares:
        assert share.start == pytest.approx(end, abs=0.05)
        end = share.start + share.width
    assert end == pytest.approx(100, abs=0.05)


def test_shares_are_proportional() -> None:
    contents = contents_view(
        {"images": KindRecord(files=1, bytes=3000), "data": KindRecord(files=2, bytes=1000)}
    )
    assert contents is not None
    assert contents.summary == "4.0 kB when unpacked"
    assert [asdict(share) for share in contents.shares] == [
        {"kind": "data", "name": "Data", "detail": "1.0 kB, 2 files", "start": 0.0, "width": 25.0},
        {
            "kind": "images",
            "name": "Images",
            "detail": "3.0 kB, 1 file",
            "start": 25.0,
            "width": 75.0,
        },
    ]


def test_a_record_of_release_1_0_has_no_bar() -> None:
    assert contents_view({}) is None
    assert STATES["ready-of-release-1.0"]().contents is None


# Remarks


def test_every_reason_and_every_repair_has_words() -> None:
    assert SKIP_ADVICE.keys() == TEXTS.keys() == set(Reason)
    assert REPAIR_TEXTS.keys() == set(RepairKind)
    sentences = [
        *SKIP_ADVICE.values(),
        *(text for texts in REPAIR_TEXTS.values() for text in texts),
    ]
    assert all(text.endswith(".") for text in sentences)


def test_remarks_are_grouped_named_and_counted() -> None:
    missing, repaired, good_to_know = notes_of(LACKING)
    assert missing.heading == "Not in the archive"
    host, status, large, more = missing.notes
    assert host.text == "5 media files: there is no such server."
    assert len(host.places) == 5
    assert host.places[0] == Place("Speaker 1, photo", "http://media.invalid/portraits/1.jpg")
    assert status.places == (
        Place("Speaker 12, photo", "http://media.invalid/portraits/12.jpg", "404"),
    )
    assert (large.text, large.places[0].name) == (
        "1 media file: the file is too large.",
        "Session 42, video",
    )
    assert more == Note(
        "24 more media files could not be fetched.",
        "manifest.json in the archive names all of them.",
    )
    assert [note.text for note in repaired.notes] == [
        "1 reference to something that was deleted is left out.",
        "The event's time zone is unknown, so times are in UTC.",
        "1,200 videos that are not on YouTube are left out, because the apps show no others.",
    ]
    tables, fields, bucket = (note.text for note in good_to_know.notes)
    lacks = "The server's database lacks"
    assert tables == (
        f"{lacks} 8 tables, so the archive has nothing of them: a, b, c, d, e and 3 more."
    )
    assert fields == f"{lacks} 1 field, so the archive has nothing of it: events.chat_room_id."
    assert bucket == "None of the media files is in the server's own storage."


def test_an_archive_that_lacks_nothing_says_so() -> None:
    assert notes_of(archive()) == ()
    assert STATES["ready"]().lead == ("Nothing was skipped, and nothing had to be repaired.",)


def test_codes_of_later_releases_are_shown_and_never_fail() -> None:
    odd = archive(
        skipped_count=1,
        skipped=(
            SkippedMedia(
                file="new_table",
                id=None,
                field="x_url",
                address="a",
                reason="odd",
                detail="it rained",
            ),
        ),
        repaired={"odd-{0}": 2},
        warnings=({"code": "odd-{places}"}, {}),
    )
    texts = [note.text for notes in notes_of(odd) for note in notes.notes]
    assert texts == [
        "1 media file: it rained.",
        "2 repairs: odd-{0}.",
        "The export has a remark: odd-{places}.",
        "The export has a remark: .",
    ]
    said = archive(warnings=({"code": "odd", "detail": "Row 7 could not be read."},))
    assert notes_of(said)[0].notes == (Note("Row 7 could not be read.", ""),)


def test_cells_of_tables_are_named_and_counted() -> None:
    cells = [
        {"code": "cell-cut", "table": "sessions", "id": str(number), "column": "Abstract"}
        for number in range(1, 8)
    ]
    (notes,) = notes_of(archive(warnings=(*cells, {"code": "more-cells", "count": "1200"})))
    cut, more = (note.text for note in notes.notes)
    assert cut == (
        "7 texts are too long for a spreadsheet, and are cut in the tables: Session 1, Abstract, "
        "Session 2, Abstract, Session 3, Abstract, Session 4, Abstract, Session 5, Abstract and 2 "
        "more."
    )
    assert more == "1,200 more values cannot be shown in the tables."


def test_a_calendar_has_no_manifest() -> None:
    (repaired,) = notes_of(archive(repaired={"date-dropped": 3}), "calendar")
    assert (repaired.heading, repaired.notes[0].more) == ("Repaired in the calendar", "")
    (repaired,) = notes_of(archive(repaired={"date-dropped": 3}))
    assert repaired.heading == "Repaired in the archive"
    assert repaired.notes[0].more == "manifest.json in the archive names all of them."


def test_places_have_the_names_that_people_know() -> None:
    assert place_of("event", 1, "original_image_url") == "Event, header image"
    assert place_of("sponsors", 8, "logo_url") == "Sponsor 8, logo"
    assert place_of("faq_types", None, "icon_url") == "Faq types, icon url"


# Hostile text


@pytest.mark.parametrize("state", STATES)
def test_no_page_has_markup_of_strangers(state: str) -> None:
    view = replace(STATES[state](), event=HOSTILE)
    page = page_of(view)
    assert "<script>alert" not in page.html
    assert page.html.count("<script>") == (1 if view.refresh else 0)
    assert "Export of <bdi>&lt;/title&gt;&lt;script&gt;" in page.html
    assert ("form-action 'self'" in page.policy) == (view.question is not None)
    assert ("connect-src 'self'" in page.policy) == (view.refresh is not None)


@given(st.text(max_size=60))
def test_any_text_is_shown_as_text(hostile: str) -> None:
    media = SkippedMedia(
        file=hostile, id=1, field=hostile, address=hostile, reason=hostile, detail=hostile
    )
    made = archive(
        skipped_count=1,
        skipped=(media,),
        repaired={hostile: 1},
        warnings=({"code": hostile, "table": hostile},),
    )
    view = page_view(ready(made, event_name=hostile), opening())
    html = page_of(view).html
    plain = page_of(page_view(ready(archive()), opening())).html
    for tag in ("<script", "<img", "<a "):
        assert html.count(tag) == plain.count(tag)


# Removal, and what remains


def test_a_failed_export_that_was_removed_was_not_stopped() -> None:
    removed = job(state="FAILED", failure="x", removed_at="2026-11-25T21:40:00.000+00:00")
    assert page_view(removed, opening()).title == "This export was removed"


def test_the_question_names_what_is_lost() -> None:
    view = STATES["question-of-many"]()
    assert "2 other people have asked for this export, too." in view.lead
    assert view.question is not None
    assert view.question.send == "Remove the archive"
    assert view.question.back == Link("Keep it", opening().page)


def test_nothing_is_asked_if_nothing_is_left() -> None:
    for record in (
        ready(archive(), removed_at="2026-11-25T21:40:00.000+00:00"),
        ready(archive(expires_at=NOW)),
        job(state="FAILED", failure="x"),
    ):
        assert removal_view(record, opening()) is None


def test_earlier_exports_are_links() -> None:
    first, second = page_view(ready(archive()), opening(zone=None), EARLIER).earlier
    assert first.page == Link("24 November 2026, 09:12 UTC", EARLIER[0][1])
    assert (second.size, second.contents) == ("812.0 kB", "The event's public data, with images")


def test_personal_data_is_pointed_out_unless_the_archive_is_public() -> None:
    public = ready(archive(), options=Options(privacy=Privacy.PUBLIC))
    assert page_view(ready(archive()), opening()).personal
    assert not page_view(public, opening()).personal
    assert contents_of(public) == "The event's public data, without media files"


# Numbers and times


def test_moments_are_in_utc_and_in_the_event_s_zone() -> None:
    moment = datetime.fromisoformat("2027-05-31T22:00:00+00:00")
    assert readable_moment(moment, None) == "31 May 2027, 22:00 UTC"
    assert readable_moment(moment, ZoneInfo("UTC")) == "31 May 2027, 22:00 UTC"
    assert readable_moment(moment, ZoneInfo("Europe/Lisbon")) == (
        "31 May 2027, 22:00 UTC (23:00 in Europe/Lisbon)"
    )
    assert readable_moment(moment, ZoneInfo("Asia/Kathmandu")) == (
        "31 May 2027, 22:00 UTC (1 June 2027, 03:45 in Asia/Kathmandu)"
    )


def test_sizes_numbers_and_lists() -> None:
    sizes = (0, 999, 1000, 1_645_035, 61_400_000_000, 2_000_000_000_000)
    assert [readable_size(size) for size in sizes] == [
        *("0 bytes", "999 bytes", "1.0 kB", "1.6 MB", "61.4 GB", "2000.0 GB"),
    ]
    assert [counted(number, "file") for number in (0, 1, 1200)] == [
        "0 files",
        "1 file",
        "1,200 files",
    ]
    assert [listed(words) for words in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        *("", "a", "a and b", "a, b and c"),
    ]
