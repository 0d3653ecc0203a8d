"""Content of pages, made of rows as an archive has them."""

import io

from openevent.programme.days import CHANGE_OF_DAY
from openevent.site.kept import KeptRows
from openevent.site.layout import Here
from openevent.site.model import Link
from openevent.site.tickets import tickets_of
from tests.sites import content_of, kept, pages_of, session

INDEX = Here("index.html")


def test_accepted_and_confirmed_sessions_are_shown_by_time() -> None:
    rows = kept(
        session(1, "2027-03-27T11:00:00+00:00", state="confirmed"),
        session(2, "2027-03-27T09:00:00+00:00"),
        session(3, None),
        *(
            session(10 + number, "2027-03-27T09:00:00+00:00", title="Not shown", state=state)
            for number, state in enumerate(("pending", "rejected", "draft", "withdrawn", None))
        ),
    )
    survey = content_of(rows).survey
    assert [entry.id for entry in survey.entries] == [2, 1, 3]
    html = pages_of(rows)["index.html"]
    assert "Not shown" not in html
    assert "Not scheduled yet" in html


def test_the_event_is_made_once_for_all_pages_of_a_folder() -> None:
    rows = kept(session(1, None))
    content = content_of(rows)
    one, other = Here("pages/2027-03-27.html"), Here("pages/2027-03-28.html")
    assert content.event(one) is content.event(other)
    assert content.event(one) is not content.event(INDEX)


def test_a_session_after_midnight_belongs_to_the_day_before() -> None:
    assert CHANGE_OF_DAY.hour == 6
    (entry,) = content_of(kept(session(1, "2027-03-28T00:30:00+00:00"))).survey.entries
    assert str(entry.day) == "2027-03-27"


def test_dates_that_nobody_can_show_are_no_dates() -> None:  # words: allow
    for typed in ("0001-01-01T00:00:00", "9999-12-31T23:59:59", "yesterday", 7):
        (entry,) = content_of(kept(session(1, None, starts_at=typed))).survey.entries
        assert entry.starts is None


def test_speakers_without_a_shown_session_are_not_shown() -> None:
    rows = kept(
        session(1, "2027-03-27T09:00:00+00:00"),
        session(2, "2027-03-27T09:00:00+00:00", state="rejected"),
        speakers=[
            {"id": 3, "name": "Ada", "order": 2, "email": "ada@example.org"},
            {"id": 4, "name": "Zoë", "order": 1},
            {"id": 5, "name": "Rejected"},
        ],
        speakers_sessions=[
            {"session_id": 1, "speaker_id": 3},
            {"session_id": 1, "speaker_id": 4},
            {"session_id": 2, "speaker_id": 5},
            {"session_id": 9, "speaker_id": 9},
        ],
    )
    content = content_of(rows)
    assert [one.name for one in content.survey.speakers.values()] == ["Ada", "Zoë"]
    (entry,) = content.survey.entries
    assert content.session(entry, INDEX).speakers == [Link("#p4", "Zoë"), Link("#p3", "Ada")]
    html = pages_of(rows)["index.html"]
    assert "Rejected" not in html
    assert "ada@example.org" not in html


def test_portraits_are_files_of_the_archive_and_initials_stand_for_others() -> None:
    rows = kept(
        session(1, "2027-03-27T09:00:00+00:00"),
        speakers=[
            {"id": 3, "name": "Ada Lovelace", "photo_url": "/images/speakers/Ada #1_3.png"},
        ],
        speakers_sessions=[{"session_id": 1, "speaker_id": 3}],
        placed=("photo_url",),
    )
    assert 'src="images/speakers/Ada%20%231_3.png"' in pages_of(rows)["index.html"]
    rows = kept(
        session(1, "2027-03-27T09:00:00+00:00"),
        speakers=[{"id": 3, "name": "Ada Lovelace", "photo_url": "https://a.example/x.png"}],
        speakers_sessions=[{"session_id": 1, "speaker_id": 3}],
    )
    html = pages_of(rows)["index.html"]
    assert "x.png" not in html
    assert '<span aria-hidden="true">AL</span>' in html


def test_media_of_sessions_are_files_of_the_archive_or_addresses() -> None:
    rows = kept(
        session(
            1,
            "2027-03-27T09:00:00+00:00",
            slides_url="/slides/session_1.pdf",
            video_url="javascript:alert(1)",
            slides=[{"name": "Notes", "link": "https://a.example/n.pdf"}, 3, {"name": "None"}],
            website="github.com/ada",
        ),
        placed=("slides_url",),
    )
    content = content_of(rows)
    (entry,) = content.survey.entries
    assert content.session(entry, INDEX).links == (
        Link("slides/session_1.pdf", "Slides"),
        Link("https://a.example/n.pdf", "Notes"),
        Link("https://github.com/ada", "Website"),
    )


def test_a_description_does_not_repeat_the_abstract() -> None:
    def shown(abstract: str, description: str) -> tuple[str, str]:
        rows = kept(session(1, None, short_abstract=abstract, long_abstract=description))
        content = content_of(rows)
        made = content.session(content.survey.entries[0], INDEX)
        return made.abstract, made.description

    assert shown("Same", "Same") == ("<p>Same</p>", "")
    assert shown("One.", "One. Two.") == ("<p>One.</p>", "<p>Two.</p>")
    assert shown("One.", "One.\n\nTwo.") == ("<p>One.</p>", "<p>Two.</p>")
    assert shown("Cat", "Category") == ("<p>Cat</p>", "<p>Category</p>")
    assert shown("", "Only") == ("", "<p>Only</p>")
    assert shown("Only", "") == ("<p>Only</p>", "")


def test_tickets_that_are_hidden_are_not_on_sale() -> None:
    rows = kept(
        event={"payment_currency": "EUR"},
        tickets=[
            {"id": 1, "name": "Regular", "type": "paid", "price": 85.0, "position": 2},
            {"id": 2, "name": "Hidden", "is_hidden": True},
            {"id": 3, "name": "Free", "type": "free", "price": 0.0, "position": 1},
            {"id": 4, "name": "Gift", "type": "donation", "min_price": 5.0, "max_price": 50.0},
            {"id": 5, "name": "Quiet", "description": "No", "is_description_visible": False},
        ],
    )
    tickets = tickets_of(content_of(rows).survey)
    assert [(one.name, one.price, one.description) for one in tickets] == [
        ("Gift", "5\N{EN DASH}50 EUR, as you choose", ""),
        ("Quiet", "Free", ""),
        ("Free", "Free", ""),
        ("Regular", "85 EUR", ""),
    ]


def test_sponsors_are_grouped_by_level() -> None:
    rows = kept(
        sponsors=[
            {"id": 1, "name": "B", "level": 2, "type": "Silver"},
            {"id": 2, "name": "A", "level": 1, "type": "Gold", "url": "javascript:x"},
            {"id": 3, "name": "C", "level": None},
            {"id": 4, "name": "D", "level": 2, "type": "Silver"},
            {"id": 5, "name": "E", "level": 3},
        ]
    )
    levels = content_of(rows).levels(INDEX)
    assert [(level.title, [one.name for one in level.sponsors]) for level in levels] == [
        ("Gold", ["A"]),
        ("Silver", ["B", "D"]),
        ("Level 3", ["E"]),
        ("Sponsors", ["C"]),
    ]
    assert levels[0].sponsors[0].url is None


def test_questions_are_grouped_by_kind() -> None:
    rows = kept(
        faq_types=[{"id": 1, "name": "There"}, {"id": 2, "name": "Unused"}],
        faqs=[
            {"id": 1, "question": "Why?", "answer": "So.", "faq_type_id": None},
            {"id": 2, "question": "Where?", "answer": "Here.", "faq_type_id": 1},
            {"id": 3, "question": " ", "answer": "Nothing.", "faq_type_id": 1},
        ],
    )
    groups = content_of(rows).questions()
    assert [(one.title, [asked.question for asked in one.questions]) for one in groups] == [
        ("There", ["Where?"]),
        ("", ["Why?"]),
    ]


def test_text_is_never_markup() -> None:
    hostile = "<img src=x onerror=alert(1)>\"'&\u202e"
    rows = kept(
        session(1, "2027-03-27T09:00:00+00:00", title=hostile, subtitle=hostile, language=hostile),
        event={"name": hostile, "location_name": hostile, "owner_name": hostile},
        microlocations=[{"id": 7, "name": hostile}],
        tracks=[{"id": 5, "name": hostile, "color": '"><script>'}],
        tickets=[{"id": 1, "name": hostile, "description": hostile}],
        sponsors=[{"id": 1, "name": hostile, "type": hostile}],
        faqs=[{"id": 1, "question": hostile, "answer": hostile}],
        copyrights=[{"id": 1, "holder": hostile, "licence": hostile}],
        social_links=[{"id": 1, "name": hostile, "link": "https://a.example/"}],
    )
    for html in pages_of(rows).values():
        assert "<img src=x" not in html
        assert "<script>" not in html


def test_an_event_from_right_to_left_is_laid_out_so() -> None:
    html = pages_of(kept(event={"name": "כנס פייתון"}))["index.html"]
    assert '<html lang="en" dir="rtl">' in html


def test_rows_are_kept_for_another_process() -> None:
    rows = kept(session(1, "2027-03-27T09:00:00+00:00"), placed=("title",))
    saved = io.BytesIO()
    saved.write(b"before\n")
    rows.save(saved)
    saved.write(b"after\n")
    saved.seek(7)
    restored = KeptRows(io.BytesIO())
    restored.restore(saved)
    assert saved.read() == b"after\n"
    assert pages_of(restored) == pages_of(rows)
    (kept_row,) = restored.rows("sessions")
    assert kept_row.path("title") == "Talk 1"
    assert kept_row.path("subtitle") is None


def test_rows_with_json_that_python_cannot_read_are_shown() -> None:
    for hostile in ("1" * 5000, "[" * 100_000 + "]" * 100_000):
        keeper = kept()
        keeper.add(
            "sessions",
            f'    {{\n        "id": 1,\n        "title": "Ta\\"lk",\n        "other": {hostile},\n'
            '        "state": "accepted",\n        "starts_at": null\n    }'.encode(),
        )
        (entry,) = content_of(keeper).survey.entries
        assert (entry.id, entry.title) == (1, 'Ta"lk')
