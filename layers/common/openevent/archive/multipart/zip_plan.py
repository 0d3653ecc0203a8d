"""Plans the parts of a multipart upload, so that S3 copies as much as possible. Pure.

An archive is its files one after the other, each behind its local header. Its parts are, in turn,
glue, which the worker uploads (headers, small files, the first bytes of large ones), and ranges of
large objects, which S3 copies by itself:

    file      │ a ───────────│ b │ c │ d ────────────────────────────────────│
    archive   │H│aaaaaaaaaaaa│H│b│H│c│H│dddd│dddddddddddddddd│dddddddddddddddd│ …
    part      │     glue     │     glue      │     copy       │     copy       │ rest

The bytes behind the last copied range are the rest. It is uploaded with the end of the archive, as
only the last part may be small. The rules are those of S3 (Amazon S3 User Guide, "Multipart upload
limits").
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MIB = 1 << 20
GIB = 1 << 30

# S3's limits: bytes of a part, at least (but for the last) and at most; parts of an upload; bytes
# of an object.
MIN_PART = 5 * MIB
MAX_PART = 5 * GIB
MAX_PARTS = 10_000
MAX_OBJECT = 5 << 40

# Bytes of a range, if nothing demands larger ones: small enough that a part which is lost costs
# little, and that many are copied at once.
RANGE = 256 * MIB

# Bytes up to which a file is fetched whole rather than copied: its first bytes go through the
# worker anyway, and little more would be left for a copied part.
WHOLE = 2 * MIN_PART


@dataclass(frozen=True, slots=True)
class Member:
    """A file of the archive: the bytes of its local header, and of itself."""

    header: int
    size: int


@dataclass(frozen=True, slots=True)
class Slice:
    """Bytes of a file from `start` to before `stop`, with or without its local header.

    `member`: index in the list that is planned.
    """

    member: int
    start: int
    stop: int
    header: bool = False


@dataclass(frozen=True, slots=True)
class Glue:
    """A part that the worker uploads."""

    slices: tuple[Slice, ...]


@dataclass(frozen=True, slots=True)
class Copy:
    """A part that S3 copies."""

    range: Slice


Part = Glue | Copy


@dataclass(frozen=True, slots=True)
class Plan:
    """The parts in their order, the first being number 1, and the rest, which ends in the last.

    `offsets`: of each member's local header in the archive. `size`: bytes of all members and
    headers. `rest_offset`: where the rest begins.
    """

    parts: tuple[Part, ...]
    rest: tuple[Slice, ...]
    offsets: tuple[int, ...]
    rest_offset: int
    size: int


class TooLarge(ValueError):
    """The archive cannot be made of parts within S3's limits."""


def plan(members: Sequence[Member], *, max_parts: int = MAX_PARTS) -> Plan:
    """Return the plan of an archive of `members`, of at most `max_parts` parts and the rest.

    Ranges are as small as that allows, beginning with `RANGE`. If even the largest make too many
    parts (of thousands of large files), more files are fetched, in larger parts. Raises `TooLarge`.
    """
    size = sum(member.header + member.size for member in members)
    if size > MAX_OBJECT:
        raise TooLarge(size)
    order = arranged(members)
    for whole, glue, longest in _measures():
        parts: list[Part] = []
        rest: tuple[Slice, ...] = ()
        for item in _parts(members, order, whole=whole, glue=glue, longest=longest):
            if isinstance(item, tuple):
                rest = item
            else:
                parts.append(item)
            if len(parts) > max_parts:
                break
        else:
            return Plan(
                tuple(parts),
                rest,
                _offsets(members, order),
                size - sum(length(members, piece) for piece in rest),
                size,
            )
    raise TooLarge(size)


def arranged(members: Sequence[Member]) -> tuple[int, ...]:
    """Return the order of the members in the archive, with small files where they save fetching.

    Before each large file are as many small ones as the glue there needs to be a part, while there
    are any. The first file remains the first.
    """
    small = iter([i for i, member in enumerate(members) if i and member.size < WHOLE])
    order = [0] if members else []
    glue = 0 if not members or members[0].size >= WHOLE else _whole(members[0])
    for i, member in enumerate(members):
        if i and member.size >= WHOLE:
            while glue + member.header < MIN_PART and (filler := next(small, None)) is not None:
                order.append(filler)
                glue += _whole(members[filler])
            order.append(i)
            glue = 0
    return (*order, *small)


def length(members: Sequence[Member], piece: Slice) -> int:
    """Return the number of bytes that `piece` has in the archive."""
    return piece.stop - piece.start + (members[piece.member].header if piece.header else 0)


def _measures() -> Iterator[tuple[int, int, int]]:
    """Yield the measures to try: bytes of files fetched whole, of glue, and of a range."""
    longest = RANGE
    while longest < MAX_PART:
        yield WHOLE, MIN_PART, longest
        longest *= 2
    whole, glue = WHOLE, MIN_PART
    while glue + WHOLE <= MAX_PART:
        yield whole, glue, MAX_PART
        whole, glue = whole * 2, glue * 2


def _parts(
    members: Sequence[Member], order: Sequence[int], *, whole: int, glue: int, longest: int
) -> Iterator[Part | tuple[Slice, ...]]:
    """Yield the parts in their order, and at the end the rest, as slices."""
    open_slices: list[Slice] = []
    filled = 0
    for i in order:
        member = members[i]
        begun = filled + member.header
        head = max(0, MIN_PART - begun) if begun else 0
        if member.size >= whole and member.size - head >= MIN_PART:
            if begun:
                yield Glue((*open_slices, Slice(i, 0, head, header=member.header > 0)))
            yield from map(Copy, _ranges(i, head, member.size, longest))
            open_slices, filled = [], 0
            continue
        for piece in _fetched(i, member, glue - filled if filled < glue else glue, glue):
            if filled >= glue:
                # Not before: what is full may still take the header of a file that is copied.
                yield Glue(tuple(open_slices))
                open_slices, filled = [], 0
            open_slices.append(piece)
            filled += length(members, piece)
    yield tuple(open_slices)


def _fetched(i: int, member: Member, room: int, glue: int) -> Iterator[Slice]:
    """Yield the pieces of a fetched file: a small one whole, others so that they fill glue."""
    has_header = member.header > 0
    if member.size <= WHOLE:
        yield Slice(i, 0, member.size, header=has_header)
        return
    start, stop = 0, min(member.size, max(0, room - member.header))
    yield Slice(i, start, stop, header=has_header)
    while stop < member.size:
        start, stop = stop, min(member.size, stop + glue)
        yield Slice(i, start, stop)


def _ranges(i: int, start: int, stop: int, longest: int) -> Iterator[Slice]:
    """Yield as few ranges as possible, of nearly equal length, so that none is too short."""
    count = -(-(stop - start) // longest)
    for number in range(count):
        yield Slice(
            i,
            start + (stop - start) * number // count,
            start + (stop - start) * (number + 1) // count,
        )


def _offsets(members: Sequence[Member], order: Sequence[int]) -> tuple[int, ...]:
    offsets = [0] * len(members)
    offset = 0
    for i in order:
        offsets[i] = offset
        offset += _whole(members[i])
    return tuple(offsets)


def _whole(member: Member) -> int:
    return member.header + member.size
