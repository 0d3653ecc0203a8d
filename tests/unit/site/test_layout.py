"""Pages of an event: one if it is small, one a day if it is large."""

import json
import re
import tempfile
import tracemalloc

import pytest

from openevent.site import layout
from openevent.site.about import Listed, file_groups
from openevent.site.layout import Here, Layout
from openevent.site.survey import Survey
from tests.sites import kept, pages_of, pieces_of, session


def test_a_small_event_is_one_page() -> None:
    rows = kept(session(1, "2027-03-27T09:00:00+00:00"), session(2, None))
    assert list(pages_of(rows)) == ["index.html"]


def test_a_large_event_has_pages_of_its_days(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "MOST", 2)
    sessions = [session(number, f"2027-03-27T{number + 8:02}:00:00+00:00") for number in (1, 2, 3)]
    sessions += [session(4, "2027-03-28T09:00:00+00:00"), session(5, None)]
    names = [{"id": number, "name": f"Speaker {number}"} for number in range(1, 6)]
    links = [{"session_id": number, "speaker_id": number} for number in range(1, 6)]
    made = pages_of(kept(*sessions, speakers=names, speakers_sessions=links))
    assert list(made) == [
        "index.html",
        *("pages/2027-03-27.html", "pages/2027-03-27-2.html", "pages/2027-03-28.html"),
        *("pages/unscheduled.html", "pages/rooms-and-tracks.html"),
        *("pages/speakers.html", "pages/speakers-2.html", "pages/speakers-3.html"),
    ]
    assert "Talk 1" not in made["index.html"]
    assert "Saturday, 27 March 2027, part 2 of 2" in made["index.html"]
    for path, html in made.items():
        folder = path.rpartition("/")[0]
        for href in re.findall(r'href="([^"]+)"', html):
            check_leads_somewhere(href, path, folder, made)


def check_leads_somewhere(href: str, path: str, folder: str, made: dict[str, str]) -> None:
    """Every link between the pages leads to a page, and to something on it."""
    if href.startswith("http") or href.endswith((".json", ".txt")):
        return
    target, _, anchor = href.partition("#")
    if not target:
        target = path
    elif target.startswith("../"):
        target = target.removeprefix("../")
    else:
        assert not folder, (path, href)
    assert target in made, (path, href)
    assert not anchor or f'id="{anchor}"' in made[target], (path, href)


def test_long_texts_make_an_event_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "MOST_TEXT", 100)
    rows = kept(
        session(1, "2027-03-27T09:00:00+00:00", long_abstract="x" * 90),
        session(2, "2027-03-28T09:00:00+00:00", short_abstract="x" * 20),
    )
    assert Layout(Survey(rows)).has_day_pages


def test_links_are_relative_and_encoded() -> None:
    index, day = Here("index.html"), Here("pages/2027-03-27.html")
    assert index.to("index.html", "s1") == "#s1"
    assert index.to("pages/2027-03-27.html", "s1") == "pages/2027-03-27.html#s1"
    assert day.to("index.html") == "../index.html"
    assert day.file("images/speakers/A#1%é_3.png") == "../images/speakers/A%231%25%C3%A9_3.png"


def test_files_of_the_archive_are_explained_in_groups() -> None:
    paths = (
        "event",
        "sessions",
        "schedule.ics",
        "images/logo.png",
        "tables/x.csv",
        "tables/1.xlsx",
    )
    files = [Listed(path, 1500) for path in paths]
    groups = file_groups(files, Layout(Survey(kept())), Here("index.html"))
    assert [(group.name, group.href, group.count, group.size) for group in groups] == [
        ("index.html", "index.html", "", ""),
        ("tables/", "tables/1.xlsx", "2 files", "3.0 kB"),
        ("schedule.ics", "schedule.ics", "", "1.5 kB"),
        ("JSON files", None, "2 files", "3.0 kB"),
        ("images/", None, "1 file", "1.5 kB"),
        ("README.txt", "README.txt", "", ""),
        ("manifest.json", "manifest.json", "", ""),
    ]
    assert groups[3].names == "event, sessions"


def test_long_texts_stay_on_the_disk() -> None:
    with tempfile.TemporaryFile() as spool:
        rows = kept(spool=spool)
        for number in range(1, 201):
            row = session(number, "2027-03-27T09:00:00+00:00", long_abstract="word " * 8000)
            rows.add("sessions", json.dumps(row).encode())
        tracemalloc.start()
        written = [sum(map(len, pieces)) for _, pieces in pieces_of(rows)]
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert sum(written) > 8_000_000
    assert max(written) < 2_000_000
    assert peak < 2_000_000
