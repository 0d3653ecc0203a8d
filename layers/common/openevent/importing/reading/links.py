"""Links of speakers and sessions, as the rows of both name them. Pure.

The samples of Open Event name them at both sides, and in 12 of them the two disagree: the union of
what exists is taken.
"""

from collections.abc import Collection, Iterator, Mapping

from openevent.importing.reading.json_rows import Document
from openevent.importing.reading.keys import LINKS
from openevent.importing.reading.limits import Limits
from openevent.importing.reading.notes import Notes
from openevent.importing.reading.references import NoId, read_id
from openevent.importing.source import ArchiveRefused, RemarkKind, SourceRow

TABLE = "speakers_sessions"

# The tables whose rows name the links.
SIDES = ("sessions", "speaker")

# A session's id and a speaker's.
Pair = tuple[int, int]


class Side:
    """The links that the rows of one table name. `is_there`: whether any row names some."""

    def __init__(self, table: str, limits: Limits) -> None:
        """`table`: `sessions` or `speaker`."""
        self.is_there = False
        self.pairs: dict[Pair, None] = {}
        self._key = LINKS[table][0]
        self._is_session = table == "sessions"
        self._limits = limits

    def collect(self, document: Document, number: int, notes: Notes) -> None:
        """Take the links of one row. Raises `ArchiveRefused` for more than any event has."""
        value = document.get(self._key)
        if value is None:
            return
        if not isinstance(value, list):
            detail = "The value is no list, so it is not read."
            notes.add(RemarkKind.REPAIRED, "list-expected", number, detail, self._key)
            return
        self.is_there = True
        if len(self.pairs) + len(value) > self._limits.rows:
            raise ArchiveRefused("too-many-rows", "The archive links too many rows.")
        for one in value:
            self._take(one, number, notes)

    def _take(self, one: object, number: int, notes: Notes) -> None:
        try:
            other = read_id(one)
        except NoId:
            other = None
        if other is None:
            detail = f"One of the row's {self._key} has no id, so it is left out."
            notes.add(RemarkKind.REFERENCE_DROPPED, "reference-dropped", number, detail, self._key)
        else:
            self.pairs[(number, other) if self._is_session else (other, number)] = None


def union(
    sides: Mapping[str, Side], ids: Mapping[str, Collection[int]], notes: Notes
) -> Iterator[Pair]:
    """Yield each link of either side once, if both its rows exist.

    `ids`: of the tables `sessions` and `speaker`.
    """
    by_session, by_speaker = sides["sessions"], sides["speaker"]
    both = by_session.is_there and by_speaker.is_there
    for pair in by_session.pairs | by_speaker.pairs:
        session, speaker = pair
        if session not in ids["sessions"] or speaker not in ids["speaker"]:
            missing = "speaker_id" if session in ids["sessions"] else "session_id"
            detail = f"The link of session {session} and speaker {speaker} leads to a missing row."
            notes.add(RemarkKind.REFERENCE_DROPPED, "reference-dropped", None, detail, missing)
            continue
        if both and (pair in by_session.pairs) != (pair in by_speaker.pairs):
            detail = (
                f"Of session {session} and speaker {speaker} one names the other; "
                "they are linked now."
            )
            notes.add(RemarkKind.REPAIRED, "link-on-one-side", None, detail)
        yield pair


def pair_of(row: SourceRow) -> Pair:
    """Return the link that a row of speakers_sessions is."""
    session, speaker = row.values["session_id"], row.values["speaker_id"]
    if not isinstance(session, int) or not isinstance(speaker, int):
        raise TypeError(row)
    return session, speaker


def row_of(pair: Pair, file: str) -> SourceRow:
    """Return the row of speakers_sessions for a link."""
    session, speaker = pair
    return SourceRow(TABLE, file, None, {"session_id": session, "speaker_id": speaker})
