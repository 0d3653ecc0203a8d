"""Parts of any archive: they obey S3's rules and make exactly the archive."""

from collections.abc import Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from openevent.archive.multipart.zip_plan import (
    GIB,
    MAX_PART,
    MIB,
    MIN_PART,
    RANGE,
    WHOLE,
    Copy,
    Glue,
    Member,
    Plan,
    Slice,
    TooLarge,
    length,
    plan,
)

HEADER = 90

# Sizes where something changes, one byte to each side, and anything up to 20 GiB.
EDGES = [0, 1, MIN_PART, WHOLE, WHOLE + MIN_PART, RANGE, RANGE + MIN_PART, MAX_PART, 2 * MAX_PART]
sizes = st.one_of(
    st.sampled_from(EDGES).flatmap(lambda edge: st.integers(max(0, edge - 1), edge + 1)),
    st.integers(0, 20 * MIB),
    st.integers(0, 20 * GIB),
)
members = st.lists(st.builds(Member, st.integers(0, 300), sizes), max_size=60)


def pieces(made: Plan) -> list[Slice]:
    found: list[Slice] = []
    for part in made.parts:
        found += part.slices if isinstance(part, Glue) else [part.range]
    return [*found, *made.rest]


def sizes_of(made: Plan, planned: Sequence[Member]) -> list[int]:
    return [
        sum(length(planned, piece) for piece in part.slices)
        if isinstance(part, Glue)
        else length(planned, part.range)
        for part in made.parts
    ]


def check(planned: Sequence[Member], made: Plan) -> None:
    # Each file's bytes come once, in order, behind its header, where its offset says.
    offset = 0
    reached: dict[int, int] = {}
    for piece in pieces(made):
        if piece.member not in reached:
            assert made.offsets[piece.member] == offset
            assert piece.header == (planned[piece.member].header > 0)
        else:
            assert not piece.header
        assert piece.start == reached.get(piece.member, 0)
        assert piece.start <= piece.stop
        reached[piece.member] = piece.stop
        offset += length(planned, piece)
    assert reached == {i: member.size for i, member in enumerate(planned)}
    assert offset == made.size
    # S3's rules.
    found = sizes_of(made, planned)
    assert all(MIN_PART <= size <= MAX_PART for size in found)
    assert sum(found) == made.rest_offset
    # What is left is about a part: it goes with the end of the archive.
    assert made.size - made.rest_offset < MIN_PART + WHOLE + 300


@given(members)
@example([])
@example([Member(0, 0)])
@example([Member(HEADER, 0)])
@example([Member(0, 3 * MIN_PART), Member(HEADER, MAX_PART + 1)])
def test_parts_obey_the_rules_and_make_the_archive(planned: list[Member]) -> None:
    made = plan(planned)

    check(planned, made)
    assert len(made.parts) <= 10_000


@given(st.lists(st.builds(Member, st.just(HEADER), sizes), min_size=1, max_size=200))
def test_few_parts_are_enough(planned: list[Member]) -> None:
    made = plan(planned, max_parts=50) if sum(m.size for m in planned) < 100 * GIB else None

    if made is not None:
        check(planned, made)
        assert len(made.parts) <= 50


@given(members)
def test_what_passes_through_the_worker_is_little(planned: list[Member]) -> None:
    made = plan(planned)

    fetched = sum(piece.stop - piece.start for piece in pieces(made)) - sum(
        part.range.stop - part.range.start for part in made.parts if isinstance(part, Copy)
    )
    copied = {part.range.member for part in made.parts if isinstance(part, Copy)}
    small = sum(member.size for i, member in enumerate(planned) if i not in copied)
    assert fetched <= small + MIN_PART * len(copied)
    assert all(planned[i].size < WHOLE + MIN_PART for i in range(len(planned)) if i not in copied)


def test_small_files_are_the_glue_of_large_ones() -> None:
    planned = [Member(0, 0), *[Member(HEADER, MIB)] * 12, *[Member(HEADER, GIB)] * 2]

    made = plan(planned)

    glue = [part for part in made.parts if isinstance(part, Glue)]
    assert [[piece.stop for piece in part.slices] for part in glue] == [
        [0, *[MIB] * 5, 0],
        [*[MIB] * 5, 0],
    ]
    assert [piece.member for piece in made.rest] == [11, 12]


def test_a_large_object_alone_gives_its_first_bytes_to_the_glue() -> None:
    made = plan([Member(HEADER, GIB)])

    assert made.parts[0] == Glue((Slice(0, 0, MIN_PART - HEADER, header=True),))
    copies = [part.range for part in made.parts[1:] if isinstance(part, Copy)]
    assert copies[0].start == MIN_PART - HEADER
    assert copies[-1].stop == GIB
    assert {copy.stop - copy.start <= RANGE for copy in copies} == {True}
    assert made.rest == ()


def test_a_first_object_without_header_is_copied_from_its_first_byte() -> None:
    made = plan([Member(0, 6 * MIN_PART)])

    assert made.parts == (Copy(Slice(0, 0, 6 * MIN_PART)),)


@pytest.mark.parametrize(
    ("count", "size"),
    [(9_000, 20 * MIB), (20_000, 8 * MIB), (1_000, 5 * GIB), (1, 5 << 40 >> 1), (20_000, 100)],
)
def test_archives_of_any_kind_fit(count: int, size: int) -> None:
    planned = [Member(HEADER, size)] * count

    made = plan(planned, max_parts=8_000)

    check_sizes = sizes_of(made, planned)
    assert len(made.parts) <= 8_000
    assert all(MIN_PART <= found <= MAX_PART for found in check_sizes)


def test_what_no_object_holds_is_refused() -> None:
    with pytest.raises(TooLarge):
        plan([Member(HEADER, 3 << 40)] * 2)
    with pytest.raises(TooLarge):
        plan([Member(HEADER, 5 * GIB)] * 20, max_parts=5)


def test_the_same_files_make_the_same_plan() -> None:
    planned = [Member(HEADER, size) for size in (3, GIB, 7 * MIB, 12 * MIB, 0, 900)]

    assert plan(planned) == plan(list(planned))
