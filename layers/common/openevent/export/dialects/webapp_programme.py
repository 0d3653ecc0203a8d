"""The programme of a `webapp` archive: which sessions and speakers it holds. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from openevent.catalogue.files import DataFile
from openevent.export.dialects.webapp_cells import Cells, Values, row_id
from openevent.export.dialects.webapp_files import (
    MICROLOCATIONS,
    SESSION_TYPES,
    SESSIONS,
    SPEAKERS,
    TRACKS,
)
from openevent.export.repairs import RepairKind

SHOWN_STATES = frozenset({"accepted", "confirmed"})

# The ids of the track and of the room for sessions without one.
PLACEHOLDER_TRACK = 0
PLACEHOLDER_ROOM = 0


@dataclass(frozen=True, slots=True)
class Outline:
    """The outline of a session that other files repeat."""

    title: str
    state: str
    track: int
    room: int


@dataclass(slots=True)
class Programme:
    """The sessions and speakers that an archive holds, in their order, and their relations.

    It is in memory while the files are written: the ids, names and titles of an event's sessions,
    speakers, tracks, rooms and types, and which speaker gives which session, but no longer text.
    """

    tracks: Mapping[int, str] = field(default_factory=dict)
    microlocations: Mapping[int, str] = field(default_factory=dict)
    session_types: Mapping[int, str] = field(default_factory=dict)
    sessions: dict[int, Outline] = field(default_factory=dict)
    speakers: dict[int, str] = field(default_factory=dict)
    speakers_of: dict[int, list[int]] = field(default_factory=dict)
    sessions_of: dict[int, list[int]] = field(default_factory=dict)
    sessions_in: dict[int, list[int]] = field(default_factory=dict)


def make_programme(
    cells: Cells,
    *,
    sessions: Iterable[Values],
    speakers: Iterable[Values],
    links: Iterable[Values],
    named: Mapping[DataFile, Iterable[Values]],
) -> Programme:
    """Decide which sessions and speakers the archive holds.

    `sessions` and `speakers` have the columns of `SESSION_OUTLINE` and `SPEAKER_OUTLINE`, in the
    order of their files. `named`: the rows of `TRACKS`, `MICROLOCATIONS` and `SESSION_TYPES`.
    """
    made = Programme(
        tracks=_names(cells, TRACKS, named),
        microlocations=_names(cells, MICROLOCATIONS, named),
        session_types=_names(cells, SESSION_TYPES, named),
    )
    for row in sessions:
        if _is_shown(cells, row):
            _add_session(made, cells, row)
    living = {row_id(row): row.get("name") for row in speakers}
    given = _sessions_by_speaker(made, cells, links, living)
    made.speakers = {
        speaker_id: _speaker_name(cells, {"id": speaker_id, "name": name})
        for speaker_id, name in living.items()
        if speaker_id in given
    }
    order = {session_id: place for place, session_id in enumerate(made.sessions)}
    for speaker_id in made.speakers:
        made.sessions_of[speaker_id] = sorted(given[speaker_id], key=order.__getitem__)
        for session_id in made.sessions_of[speaker_id]:
            made.speakers_of.setdefault(session_id, []).append(speaker_id)
    return made


def _names(
    cells: Cells, file: DataFile, named: Mapping[DataFile, Iterable[Values]]
) -> dict[int, str]:
    return {row_id(row): cells.text(file, row, "name") for row in named[file]}


def _is_shown(cells: Cells, row: Values) -> bool:
    if row.get("state") not in SHOWN_STATES:
        return False
    times = [(column, row.get(column)) for column in ("starts_at", "ends_at")]
    if any(value is None for _, value in times):
        return False
    unreadable = [column for column, value in times if cells.moment(value) is None]
    if unreadable:
        cells.note(RepairKind.SESSION_DROPPED, SESSIONS, row, unreadable[0])
    return not unreadable


def _add_session(made: Programme, cells: Cells, row: Values) -> None:
    session_id, track, room = row_id(row), row.get("track_id"), row.get("microlocation_id")
    track_id = track if isinstance(track, int) and track in made.tracks else PLACEHOLDER_TRACK
    room_id = room if isinstance(room, int) and room in made.microlocations else PLACEHOLDER_ROOM
    title = cells.text(SESSIONS, row, "title")
    made.sessions[session_id] = Outline(title, str(row["state"]), track_id, room_id)
    made.sessions_in.setdefault(track_id, []).append(session_id)


def _sessions_by_speaker(
    made: Programme, cells: Cells, links: Iterable[Values], living: Mapping[int, object]
) -> dict[int, set[int]]:
    """Return the sessions that are shown, by the id of each of their speakers."""
    given: dict[int, set[int]] = {}
    for link in links:
        session_id, speaker_id = link.get("session_id"), link.get("speaker_id")
        if not isinstance(session_id, int) or session_id not in made.sessions:
            continue
        if isinstance(speaker_id, int) and speaker_id in living:
            given.setdefault(speaker_id, set()).add(session_id)
        else:
            cells.note(RepairKind.REFERENCE_DROPPED, SESSIONS, {"id": session_id}, "speakers")
    return given


def _speaker_name(cells: Cells, row: Values) -> str:
    name = cells.name(SPEAKERS, row, "name")
    if name:
        return name
    cells.note(RepairKind.NAME_REPLACED, SPEAKERS, row, "name")
    return f"Speaker {row_id(row)}"
