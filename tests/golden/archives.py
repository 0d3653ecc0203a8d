"""The archives of the sample event as text: what is in them, and where one differs from another.

The two with all data are written down whole, file after file, media by its size and hash. What
privacy makes of them is written down as the difference.
"""

import re
from collections.abc import Iterator, Mapping
from difflib import unified_diff
from hashlib import sha256
from pathlib import Path

from local import sample, schema
from openevent.catalogue.files import MANIFEST_FILE, Dialect
from openevent.catalogue.privacy import Privacy
from openevent.export.options import Options
from tests.database import Server, engine, new_database, running_server
from tests.exports import ALL_MEDIA, MEDIA, Exported, Shelf, database_at, export

# Style sheets, policies with their hashes, and sizes and hashes of pages that contain both.
_DESIGN = re.compile(r"<style>.*?</style>\n|<meta http-equiv=[^>]*>\n", re.DOTALL)
_SIZE_OF_PAGE = re.compile(r'(?<=\.html", )"size": \d+, "sha256": "[0-9a-f]+"')

FOLDER = Path(__file__).parent

Archives = Mapping[tuple[Dialect, Privacy], Exported]


def archives(server: Server) -> Archives:
    """The sample event with all its media, for everybody and in every dialect."""
    shelf = Shelf()
    with new_database(server) as url:
        with engine(url).connect() as connection:
            event = sample.load(connection, shelf.put, MEDIA)
            connection.commit()
        database = database_at(url)
        return {
            (dialect, privacy): export(
                database, event.id, Options(**ALL_MEDIA, dialect=dialect, privacy=privacy), shelf
            )
            for dialect in Dialect
            for privacy in Privacy
        }


def texts(made: Archives) -> Iterator[tuple[str, str]]:
    """For each archive, the name of its golden file and what is to be in it."""
    for (dialect, privacy), exported in made.items():
        text = _text(exported)
        if privacy is Privacy.FULL:
            yield f"{dialect}.txt", text
        else:
            full = _text(made[dialect, Privacy.FULL])
            yield f"{dialect}-{privacy}.diff", _difference(full, text)


def write() -> None:
    """Write down what the code makes now."""
    with running_server(schema.create) as server:
        for name, text in texts(archives(server)):
            (FOLDER / name).write_text(text, encoding="utf-8")


def _text(exported: Exported) -> str:
    return "".join(f"=== {name}\n{_content(name, data)}\n" for name, data in exported.files.items())


def _content(name: str, data: bytes) -> str:
    if name.startswith("tables/") and not name.endswith(".xlsx"):
        return data.decode().replace("\r\n", "\n")
    if "/" in name:
        return f"{len(data)} bytes, SHA-256 {sha256(data).hexdigest()}"
    if name.endswith(".html"):
        # The design changes for reasons of its own.
        return _DESIGN.sub("", data.decode())
    if name == MANIFEST_FILE:
        return _SIZE_OF_PAGE.sub("…", data.decode())
    # Lines of iCalendar end as those of no other file do.
    return data.decode().replace("\r\n", "\n")


def _difference(full: str, text: str) -> str:
    lines = unified_diff(full.splitlines(), text.splitlines(), n=0, lineterm="")
    return "".join(f"{line}\n" for line in lines if not line.startswith("@@"))
