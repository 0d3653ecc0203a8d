"""Remarks on the rows of one file while it is read."""

from openevent.importing.source import Place, Remark, RemarkKind, RemarkLog

# Unknown keys of one file that are named; those beyond are counted.
_NAMED = 100


class Silence:
    """A log that keeps nothing: for what is read a second time (`importing.source.RemarkLog`)."""

    def add(self, remark: Remark) -> None:
        """Forget `remark`."""


class Notes:
    """Makes remarks on the rows of `file`, and counts the keys that are unknown."""

    def __init__(self, file: str, log: RemarkLog) -> None:
        """`log`: gets the remarks."""
        self.file = file
        self._log = log
        self._unknown: dict[str, tuple[Place, int]] = {}
        self._unnamed = 0

    def add(
        self, kind: RemarkKind, code: str, row: object, detail: str, field: str | None = None
    ) -> None:
        """Make a remark on the row with the id `row`, as the file has it."""
        row_id = row if isinstance(row, int | str) and not isinstance(row, bool) else None
        if isinstance(row_id, int) and row_id < 0:
            row_id = None
        self._log.add(Remark(kind, code, Place(self.file, row_id, field), detail))

    def unknown(self, key: str, row: object) -> None:
        """Count a key with a value for which there is no column."""
        if key in self._unknown:
            place, count = self._unknown[key]
            self._unknown[key] = place, count + 1
        elif len(self._unknown) < _NAMED:
            row_id = row if isinstance(row, int) and row >= 0 else None
            self._unknown[key] = Place(self.file, row_id, key[:_NAMED]), 1
        else:
            self._unnamed += 1

    def finish(self) -> None:
        """Make the remarks on unknown keys, one each."""
        detail = "This installation has no such column, so the values are not imported."
        for place, count in self._unknown.values():
            self._log.add(Remark(RemarkKind.UNKNOWN, "column-unknown", place, detail, count))
        if self._unnamed:
            place = Place(self.file)
            self._log.add(
                Remark(RemarkKind.UNKNOWN, "column-unknown", place, detail, self._unnamed)
            )
