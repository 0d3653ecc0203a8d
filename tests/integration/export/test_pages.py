"""Pages of archives, in a browser: the sample event's, hostile ones, large ones."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from local import sample
from openevent.catalogue.files import FILES, TEAM
from openevent.catalogue.privacy import Privacy, kind_of
from openevent.export.options import Options
from openevent.site import layout
from tests.browser import DESK, PHONE, Browser, Visit
from tests.database import Server, engine, new_database
from tests.exports import ALL_MEDIA, MEDIA, Exported, Shelf, database_at, export
from tests.factories import make_event, make_session, make_speaker, make_track, make_user
from tests.generated_events import Generated, generated_events
from tests.readers import rows_of
from tests.sites import EVENT, kept, pages_of, session

Row = dict[str, Any]

SHOWN = ("accepted", "confirmed")

# Pixels of an A4 page's width, of which 96 are an inch.
PAPER = 794


@pytest.fixture(scope="module")
def archives(postgres: Server) -> Mapping[Privacy, Exported]:
    """The sample event's archives."""
    shelf = Shelf()
    with new_database(postgres) as url:
        with engine(url).connect() as connection:
            event = sample.load(connection, shelf.put, MEDIA)
            connection.commit()
        database = database_at(url)
        return {
            privacy: export(database, event.id, Options(**ALL_MEDIA, privacy=privacy), shelf)
            for privacy in Privacy
        }


@pytest.fixture(scope="module")
def folder(archives: Mapping[Privacy, Exported], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The public archive, unpacked."""
    folder = tmp_path_factory.mktemp("archive")
    unpack(folder, archives[Privacy.PUBLIC].files)
    return folder


def unpack(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def check_sound(visit: Visit) -> None:
    """The page is valid and accessible, asks for nothing outside, and fits the window."""
    assert (visit.invalid, visit.violations, visit.errors) == ([], [], [])
    assert (visit.foreign(), visit.overflow) == ([], 0)


def letters(text: object) -> str:
    """A text without what browsers collapse or do not show."""
    return "".join(one for one in str(text) if one.isprintable() and not one.isspace())


def rows(exported: Exported, file: str) -> list[Row]:
    return rows_of(exported.document(file))


@pytest.mark.parametrize(
    "shown_on",
    [("light", DESK, "screen"), ("dark", PHONE, "screen"), ("light", PAPER, "print")],
    ids=["desk", "phone", "paper"],
)
def test_the_sample_event_is_a_page_for_everyone(
    browser: Browser,
    archives: Mapping[Privacy, Exported],
    folder: Path,
    shown_on: tuple[Literal["light", "dark"], int, Literal["screen", "print"]],
) -> None:
    scheme, width, media = shown_on
    visit = browser.visit(
        folder / "index.html",
        scheme=scheme,
        width=width,
        media=media,
        screenshot=f"site-sample-{scheme}-{width}-{media}",
    )
    check_sound(visit)
    assert visit.title == "Paper Boats 2027"
    public = archives[Privacy.PUBLIC]
    sessions = [row for row in rows(public, "sessions") if row["state"] in SHOWN]
    named = [
        *(row["title"] for row in sessions),
        *(row["name"] for row in rows(public, "speakers")),
        *(row["name"] for row in rows(public, "microlocations")),
        *(row["name"] for row in rows(public, "sponsors")),
        *(row["name"] for row in rows(public, "tickets")),
    ]
    assert (len(sessions), len(named)) == (48, 110)
    shown = letters(visit.text)
    assert [name for name in named if letters(name) not in shown] == []
    # Each picture is a file of the archive.
    asked = {address.removeprefix(folder.as_uri()) for address in visit.requests[1:]}
    assert len(asked) > 40
    assert all(address.startswith("/images/") for address in asked)


def test_every_link_to_a_file_of_the_archive_leads_to_one(
    archives: Mapping[Privacy, Exported],
) -> None:
    files = archives[Privacy.PUBLIC].files
    html = files["index.html"].decode()
    links = [unquote(one) for one in re.findall(r'(?:href|src)="([^"#:]+)(?:#[^"]*)?"', html)]
    assert len(set(links)) > 60
    assert set(links) - set(files) == set()
    anchors = re.findall(r'href="#([^"]+)"', html)
    assert [anchor for anchor in anchors if f'id="{anchor}"' not in html] == []
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("privacy", Privacy)
def test_pages_show_no_more_than_a_public_archive_does(
    archives: Mapping[Privacy, Exported], privacy: Privacy
) -> None:
    full = archives[Privacy.FULL]
    exported = archives[privacy]
    text = exported.text("index.html") + exported.text("README.txt")
    public = "".join(
        json.dumps(exported_rows, ensure_ascii=False)
        for name in archives[Privacy.PUBLIC].data_files
        for exported_rows in rows(archives[Privacy.PUBLIC], name)
    )
    private = {
        value
        for file in (*FILES, TEAM)
        for row in rows(full, file.name)
        for column, value in row.items()
        if isinstance(value, str)
        and len(value) > 3
        and (column == "email" if file is TEAM else kind_of(file.table, column, text=True))
        and json.dumps(value, ensure_ascii=False)[1:-1] not in public
    }
    assert len(private) > 90
    assert sorted(value for value in private if value in text) == []
    hidden = [row["title"] for row in rows(full, "sessions") if row["state"] not in SHOWN]
    hidden += [row["name"] for row in rows(full, "tickets") if row["is_hidden"]]
    assert hidden
    assert [name for name in hidden if name in text] == []


def test_pages_are_the_same_for_every_reader_but_for_search_engines(
    archives: Mapping[Privacy, Exported],
) -> None:
    def body(privacy: Privacy) -> str:
        html = archives[privacy].text("index.html")
        main = html[html.index("<body>") : html.index('<section id="archive"')]
        assert "Sunita Gurung" in main
        return main

    assert body(Privacy.FULL) == body(Privacy.TEAM) == body(Privacy.PUBLIC)


def test_a_page_says_what_was_skipped_and_why(archives: Mapping[Privacy, Exported]) -> None:
    public = archives[Privacy.PUBLIC]
    assert public.result.skipped_count == 1
    html = public.text("index.html")
    assert "Skipped media files: 1" in html
    assert (
        '<span dir="auto">Speaker Дарья Ветрова</span>: the portrait was skipped, '
        "because there is no such server. "
        '<code dir="ltr">http://media.invalid/portraits/darya.jpg</code>'
    ) in html
    assert "1 media file was skipped, 0 values were repaired" in public.text("README.txt")


@pytest.mark.parametrize("privacy", [Privacy.FULL, Privacy.PUBLIC])
def test_a_page_names_what_was_skipped_and_repaired_in_public_rows_alone(
    postgres: Server, privacy: Privacy
) -> None:
    """The pages of a full archive named sessions that are not accepted, and their speakers."""
    with new_database(postgres) as url:
        with engine(url).begin() as connection:
            event = make_event(connection, make_user(connection))
            track = make_track(connection, event, name="Gone", deleted_at=datetime.now(UTC))
            for state in ("accepted", "pending"):
                photo = f"http://{state}.invalid/photo.jpg"
                speaker = make_speaker(connection, event, name=f"{state} speaker", photo_url=photo)
                slides = f"http://{state}.invalid/slides.pdf"
                make_session(
                    *(connection, event, speaker),
                    state=state,
                    slides_url=slides,
                    track_id=track["id"],
                )
        chosen = Options(**ALL_MEDIA, privacy=privacy)
        exported = export(database_at(url), event["id"], chosen, Shelf())

    html = exported.text("index.html")
    left_out = html[html.index("What was left out") : html.index("What each file is")]
    hidden = 2 if privacy is Privacy.FULL else 0
    assert left_out.count("accepted.invalid") == 2
    assert "pending" not in left_out
    assert re.findall(r"<summary>(.*?)</summary>", left_out) == [
        f"Skipped media files: {2 + hidden}",
        f"Repaired values: {1 + hidden // 2}",
    ]
    assert re.findall(r"Named in manifest.json alone: (\d)", left_out) == (
        ["2", "1"] if hidden else []
    )


def test_the_read_me_has_some_twenty_lines(archives: Mapping[Privacy, Exported]) -> None:
    for privacy, exported in archives.items():
        lines = exported.text("README.txt").split("\r\n")
        assert len(lines) <= 25, privacy
        named = {line.split("  ")[0].split(" ")[0] for line in lines}
        roots = {name.split("/")[0] + "/" * ("/" in name) for name in exported.files}
        assert {name for name in roots if "." in name or "/" in name} <= named


# A smaller event is hardly worth the seconds of a browser.
@given(generated=generated_events())
@settings(
    max_examples=5,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_any_event_is_a_sound_page(browser: Browser, generated: Generated) -> None:
    living = {table: list(map(as_json, rows)) for table, rows in generated.living().items()}
    names = {"speaker": "speakers", "event_copyrights": "copyrights"}
    found = {names.get(table, table): rows for table, rows in living.items()}
    sessions = found.pop("sessions")
    html = pages_of(kept(*sessions, event={**EVENT, **as_json(generated.event)}, more=found))
    visit = browser.visit(html=html["index.html"])
    check_sound(visit)
    shown = [row for row in sessions if row["state"] in SHOWN]
    linked = {
        link["speaker_id"]
        for link in found["speakers_sessions"]
        if link["session_id"] in {row["id"] for row in shown}
    }
    named = [
        *(row["title"] for row in shown),
        *(row["name"] for row in found["speakers"] if row["id"] in linked),
        *(row["name"] for row in (*found["microlocations"], *found["sponsors"])),
    ]
    text = letters(visit.text)
    assert [name for name in named if letters(name) not in text] == []


def as_json(row: Mapping[str, object]) -> Row:
    values: Row = json.loads(json.dumps(row, default=lambda moment: moment.isoformat()))
    return values


def test_an_event_from_right_to_left(browser: Browser) -> None:
    rows = kept(
        session(1, "2027-03-27T09:00:00+00:00", title="פתיחה", language="Hebrew"),
        session(2, "2027-03-27T10:00:00+00:00", title="مقدمة", language="ar", subtitle="Intro"),
        event={"name": "כנס פייתון 2027", "location_name": "תל אביב", "description": "שלום לכולם"},
        sponsors=[{"id": 1, "name": "חברה", "level": 1}],
        tickets=[{"id": 1, "name": "רגיל", "price": 85.0}],
    )
    for width in (DESK, PHONE):
        visit = browser.visit(
            html=pages_of(rows)["index.html"], width=width, screenshot=f"site-rtl-{width}"
        )
        check_sound(visit)
        assert 'dir="rtl"' in visit.source


def test_a_large_event_is_a_site(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout, "MOST", 20)
    sessions = [
        session(number, f"2027-03-{27 + number % 2}T{8 + number % 10:02}:00:00+00:00")
        for number in range(1, 31)
    ]
    speakers = [{"id": number, "name": f"Speaker {number:02}"} for number in range(1, 31)]
    links = [{"session_id": number, "speaker_id": number} for number in range(1, 31)]
    made = pages_of(kept(*sessions, speakers=speakers, speakers_sessions=links))
    unpack(tmp_path, {path: html.encode() for path, html in made.items()})
    assert list(made) == [
        *("index.html", "pages/2027-03-27.html", "pages/2027-03-28.html"),
        *("pages/rooms-and-tracks.html", "pages/speakers.html", "pages/speakers-2.html"),
    ]
    for path in made:
        check_sound(browser.visit(tmp_path / path, screenshot=f"site-large-{Path(path).stem}"))
    visit = browser.visit(
        tmp_path / "index.html",
        clicks=["Saturday, 27 March 2027 15 sessions", "Speaker 30"],
        check=False,
    )
    assert visit.address == f"{(tmp_path / 'pages/speakers-2.html').as_uri()}#p30"
