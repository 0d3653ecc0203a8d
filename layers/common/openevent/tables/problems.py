"""Values that tables cannot show, named for people. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from openevent.tables.model import Problem

# Problems that are named; more are counted.
NAMED = 20

MORE = "more-cells"


@dataclass(slots=True)
class Problems:
    """Collects problems, the first by name."""

    first: list[Problem] = field(default_factory=list)
    count: int = 0

    def add(self, problem: Problem) -> None:
        """Note a problem."""
        self.count += 1
        if len(self.first) < NAMED:
            self.first.append(problem)

    def warnings(self) -> Sequence[dict[str, str]]:
        """Return a warning for each named problem, and one with the number of the others."""
        named = [
            {"code": one.code, "table": one.table, "id": one.row, "column": one.column}
            for one in self.first
        ]
        more = self.count - len(self.first)
        return [*named, {"code": MORE, "count": str(more)}] if more else named
