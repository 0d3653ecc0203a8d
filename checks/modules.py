"""The length of the deployed modules: half of them have at most 120 lines."""

from collections.abc import Iterator
from pathlib import Path
from statistics import median

from checks.problem import Problem

# Lines of the median module; modules named `__init__.py` do not count.
MOST_LINES = 120

ROOMS = ("layers/common/openevent", "functions")


def problems(root: Path) -> Iterator[Problem]:
    """Yield one problem, at the longest module, if the median is above `MOST_LINES`."""
    lengths = {
        file: len(file.read_text().splitlines())
        for room in ROOMS
        for file in sorted((root / room).rglob("*.py"))
        if file.name != "__init__.py"
    }
    middle = median(lengths.values())
    if middle > MOST_LINES:
        longest = max(lengths, key=lambda file: lengths[file])
        message = f"the median of all modules is {middle:g} lines, more than {MOST_LINES}"
        yield Problem(longest.relative_to(root), lengths[longest], message)
