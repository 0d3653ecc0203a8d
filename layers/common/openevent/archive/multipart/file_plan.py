"""Plan of the parts that planned files make: `zip_plan`, applied to the files that are not gone."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from openevent.archive import zip_format
from openevent.archive.multipart import zip_plan
from openevent.archive.multipart.state import PlannedFile
from openevent.archive.multipart.zip_plan import Copy, Glue, Member, Part, Plan, Slice
from openevent.archive.zip_format import Entry, Method

# Numbers of parts that are left for what is not planned: at 8 MiB a part, 16 GiB from elsewhere.
STREAMED_PARTS = 2_000


def plan_files(files: Sequence[PlannedFile], modified: datetime) -> Plan:
    """Return the plan of the files that are there; slices and offsets go by places in `files`."""
    there = [i for i, file in enumerate(files) if file.gone is None]
    members = [
        Member(
            len(zip_format.local_header(entry_of(files[i], 0, modified))) if files[i].path else 0,
            files[i].size,
        )
        for i in there
    ]
    plan = zip_plan.plan(members, max_parts=zip_plan.MAX_PARTS - STREAMED_PARTS)

    def named(piece: Slice) -> Slice:
        return replace(piece, member=there[piece.member])

    def part_of(part: Part) -> Part:
        if isinstance(part, Copy):
            return Copy(named(part.range))
        return Glue(tuple(map(named, part.slices)))

    offsets = dict(zip(there, plan.offsets, strict=True))
    return replace(
        plan,
        parts=tuple(map(part_of, plan.parts)),
        rest=tuple(map(named, plan.rest)),
        offsets=tuple(offsets.get(i, 0) for i in range(len(files))),
    )


def entry_of(file: PlannedFile, crc32: int, modified: datetime) -> Entry:
    """Return the file's entry in the archive."""
    return Entry(file.path, Method.STORED, crc32, file.size, file.size, modified)


def slices_of(part: Part) -> tuple[Slice, ...]:
    """Return the slices of which the part is made."""
    return part.slices if isinstance(part, Glue) else (part.range,)


def fingerprint(files: Sequence[PlannedFile], slices: Iterable[Slice]) -> str:
    """Return the fingerprint of the bytes of `slices`; other slices or versions have another."""
    digest = hashlib.sha256()
    for piece in slices:
        file = files[piece.member]
        facts = (file.path, file.key, file.etag, piece.header, piece.start, piece.stop)
        digest.update(repr(facts).encode())
    return digest.hexdigest()[:16]
