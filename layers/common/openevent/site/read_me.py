"""The archive's README.txt: what is what. Pure."""

from collections.abc import Iterator, Sequence

from openevent.site.about import READERS, About, file_groups
from openevent.site.layout import INDEX, Here, Layout
from openevent.site.model import Event, FileGroup
from openevent.site.spelling import count_text, moment_text
from openevent.site.survey import Survey

_WIDTH, _NAME = 78, 16


def read_me(event: Event, survey: Survey, layout: Layout, about: About) -> str:
    """Return the text of README.txt, whose lines end as programs on every system read them."""
    lines = [
        event.name,
        "=" * min(len(event.name), _WIDTH),
        " · ".join(filter(None, (event.dates, event.place))),
        "",
        f"An archive of this event, made on {moment_text(about.made_at, survey.zone)}.",
        READERS[about.privacy],
        "",
        "Open index.html in a browser: it needs neither a network nor a program.",
        "",
        *_file_lines(file_groups(about.files, layout, Here(INDEX))),
        "",
        *_left_out(about),
    ]
    return "".join(f"{line}\r\n" for line in lines)


def _file_lines(groups: Sequence[FileGroup]) -> Iterator[str]:
    for group in groups:
        note = ", ".join(filter(None, (group.count, group.size)))
        yield f"{group.name:<{_NAME}} {group.text}{f' ({note})' if note else ''}"


def _left_out(about: About) -> Iterator[str]:
    skipped = count_text(about.skipped_count, "media file was", "media files were")
    repaired = count_text(about.repaired_count, "value was", "values were")
    yield f"{skipped} skipped, {repaired} repaired; index.html says which and why."
