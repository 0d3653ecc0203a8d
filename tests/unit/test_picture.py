"""The picture in README, drawn from a recorded run of the demo."""

import re
from xml.etree import ElementTree as ET

from local import picture


def shown(svg: str) -> list[str]:
    texts = ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")  # noqa: S314 - ours
    return [text.text or "" for text in texts]


def test_the_committed_picture_shows_the_committed_transcript() -> None:
    assert picture.PICTURE.read_text() == picture.draw(picture.TRANSCRIPT.read_text())


def test_the_picture_shows_the_run_from_the_command_to_the_end() -> None:
    texts = shown(picture.draw(picture.TRANSCRIPT.read_text()))

    assert texts[0] == "$ make demo"
    assert re.fullmatch(r"Done in \d+\.\d s\. Archive: event-1\.zip", texts[-1])


def test_addresses_are_shown_without_hosts_and_tickets() -> None:
    line = (
        "  http://127.0.0.1:5/_aws/x/v1/events/1/exports/zip/iJK_n-S7/event1.zip?ticket=eyJh.b-c_d"
    )

    assert shown(picture.draw(line)) == [
        "$ make demo",
        "  http://…/v1/events/1/exports/zip/…/event1.zip?ticket=…",
    ]


def test_long_lists_of_files_are_shortened() -> None:
    files = [f"  images/{number:02}.png                {number} kB" for number in range(30)]

    assert [text.split()[0] for text in shown(picture.draw("\n".join(files)))[1:]] == [
        "images/00.png",
        "images/01.png",
        "images/02.png",
        "…",
        "images/20.png",
        "images/21.png",
        "images/22.png",
        "…",
        "images/27.png",
        "images/28.png",
        "images/29.png",
    ]


def test_markup_in_the_output_is_text_in_the_picture() -> None:
    assert shown(picture.draw("<script>alert('&')</script>"))[1] == "<script>alert('&')</script>"


def test_a_step_appears_after_its_seconds() -> None:
    quick = picture.draw("  PostgreSQL     0.1 s\nDone")
    slow = picture.draw("  PostgreSQL    10.1 s\nDone")

    def seconds(svg: str) -> float:
        found = re.search(r"animation: ([\d.]+)s", svg)
        assert found is not None
        return float(found[1])

    assert round(seconds(slow) - seconds(quick), 2) == round(10.1 * picture.SPEED - picture.LINE, 2)
