"""The remarks on one import: all of them on disk, the first and their numbers in memory."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import IO

from openevent.importing.job import RemarkRecord
from openevent.importing.source import Remark

# Remarks that the task and the mail name; the report has all.
NAMED = 20

# Remarks that the report has, and characters of one text in it: an archive can give rise to as many
# as it has values, and its texts can be of any length.
MAX_REMARKS = 1_000_000
MAX_TEXT = 300


class Remarks:
    """Collects remarks (a `RemarkLog`).

    `counts`: their numbers by kind, `by_file`: by file and kind; `first`: the first.
    """

    def __init__(self, spool: IO[bytes]) -> None:
        """`spool`: an empty file for the remarks."""
        self.counts: Counter[str] = Counter()
        self.by_file: Counter[tuple[str, str]] = Counter()
        self.first: list[RemarkRecord] = []
        self._spool = spool
        self._written = 0

    def add(self, remark: Remark) -> None:
        """Append `remark`."""
        self.counts[remark.kind] += remark.count
        self.by_file[remark.place.file, remark.kind] += remark.count
        if self._written == MAX_REMARKS:
            return
        record = _record_of(remark)
        self._written += 1
        self._spool.write(json.dumps(record.model_dump(), ensure_ascii=False).encode() + b"\n")
        if len(self.first) < NAMED:
            self.first.append(record)

    def lines(self) -> Iterator[bytes]:
        """Yield a JSON object for each remark."""
        self._spool.seek(0)
        for line in self._spool:
            yield line.rstrip(b"\n")


def _record_of(remark: Remark) -> RemarkRecord:
    place = remark.place
    return RemarkRecord(
        kind=remark.kind,
        code=remark.code,
        file=_short(place.file),
        id=_short(place.id) if isinstance(place.id, str) else place.id,
        field=None if place.field is None else _short(place.field),
        detail=_short(remark.detail),
        count=remark.count,
    )


def _short(text: str) -> str:
    """Return `text` as UTF-8 has it, shortened."""
    whole = text.encode(errors="replace").decode()
    return whole if len(whole) <= MAX_TEXT else f"{whole[: MAX_TEXT - 1]}…"
