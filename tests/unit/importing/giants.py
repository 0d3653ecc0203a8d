"""Archives that are small and say, or prove, to be huge; and a process that reads them.

`python -m tests.unit.importing.giants <folder>` reads each file of the folder, and prints a line of
JSON with the code of its refusal (null for none), and with what its memory grew by at most.
"""

import json
import resource
import sys
from pathlib import Path

from openevent.importing.reading.limits import DEFAULT
from openevent.importing.source import ArchiveRefused
from tests.unit.importing.archives import as_bytes, read_file, shape
from tests.unit.importing.hostile import EVENT
from tests.unit.importing.zips import (
    DEFLATED,
    MAX_16,
    End,
    Entry,
    Zip64,
    build,
    repeated,
    zip64_sizes,
)

GIB, MIB = 1 << 30, 1 << 20

DEEP = 100_000


def write_all(folder: Path) -> dict[str, str | None]:
    """Write them into `folder`; return the code that each is refused with."""
    spaces = repeated(b" ", 10 * GIB)
    event = Entry("event", as_bytes(EVENT))
    numbers = [b"%d" % number for number in range(10_000)]
    made: dict[str, tuple[bytes, str | None]] = {
        "bomb-that-says-so": (
            build(
                [
                    event,
                    Entry(
                        "sessions",
                        b"",
                        DEFLATED,
                        stored=spaces,
                        **zip64_sizes(10 * GIB, len(spaces)),
                    ),
                ]
            ),
            "entry-ratio-too-high",
        ),
        "bomb-that-says-a-kilobyte": (
            build([event, Entry("sessions", b"", DEFLATED, stored=spaces, size=1000)]),
            "entry-damaged",
        ),
        "bomb-that-says-40-megabytes": (
            build([event, Entry("sessions", b"", DEFLATED, stored=spaces, size=40 * MIB)]),
            "entry-damaged",
        ),
        "bomb-for-an-event": (
            build([Entry("event", b"", DEFLATED, stored=spaces, size=40 * MIB)]),
            "entry-damaged",
        ),
        "bomb-for-a-manifest": (
            build(
                [
                    event,
                    Entry(
                        "manifest.json", b"", DEFLATED, stored=spaces, size=DEFAULT.manifest_bytes
                    ),
                ]
            ),
            "entry-damaged",
        ),
        "a-million-entries": (
            build(
                [event],
                End(
                    count=MAX_16, zip64=Zip64(count=10**6), more=Entry("a").central(0) * (10**6 - 1)
                ),
            ),
            "archive-too-many-entries",
        ),
        "a-million-entries-that-say-two": (
            build([event], End(count=2, more=Entry("a").central(0) * (10**6 - 1))),
            "archive-directory-too-large",
        ),
        "deep-event": (build([Entry("event", b"[" * DEEP)]), "json-too-deep"),
        "deep-objects": (build([Entry("event", b'{"a":' * DEEP)]), "json-too-deep"),
        "deep-sessions": (
            build([event, Entry("sessions", b"[" * DEEP + b"]" * DEEP)]),
            "json-too-deep",
        ),
        "deep-manifest": (
            build([event, Entry("manifest.json", b'{"files":' + b"[" * DEEP)]),
            "json-too-deep",
        ),
        "a-million-rows": (
            build([event, Entry("sessions", b"[" + b"null," * 10**6)]),
            "too-many-rows",
        ),
        "300-thousand-lists-in-a-row": (
            build([event, Entry("tracks", b'[{"a":[' + b"[]," * 300_000 + b"[]]}]")]),
            None,
        ),
        "150-thousand-keys-in-a-row": (
            build(
                [
                    event,
                    Entry(
                        "tracks",
                        json.dumps([{f"{number:x}": 1 for number in range(150_000)}]).encode(),
                    ),
                ]
            ),
            None,
        ),
        "5-million-lists-in-a-manifest": (
            build([event, Entry("manifest.json", b"[" + b"[]," * 5 * 10**6 + b"[]]")]),
            "manifest-too-large",
        ),
        "a-million-links": (
            build(
                [
                    event,
                    Entry(
                        "sessions",
                        b"["
                        + b",".join(
                            b'{"id": %d, "speakers": [%s]}'
                            % (number, b",".join(numbers[number * 9 : number * 9 + 1000]))
                            for number in range(1000)
                        )
                        + b"]",
                        DEFLATED,
                    ),
                ]
            ),
            "too-many-rows",
        ),
    }
    for name, (archive, _) in made.items():
        (folder / name).write_bytes(archive)
    return {name: code for name, (_, code) in made.items()}


def peak() -> int:
    """The most memory of this process so far, in KiB; `getrusage` has that of its parent in it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0])


def main(folder: Path) -> None:
    """Read each file of `folder`, without writing a byte to a disk."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    shape()
    before = peak()
    codes: dict[str, str | None] = {}
    for path in sorted(folder.iterdir()):
        codes[path.name] = None
        try:
            with path.open("rb") as file:
                read_file(file)
        except ArchiveRefused as refused:
            codes[path.name] = refused.code
    grown = peak() - before
    json.dump({"codes": codes, "kibibytes": grown}, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
