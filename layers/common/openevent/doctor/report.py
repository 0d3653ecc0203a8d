"""The report that a person reads. Pure."""

import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby

from openevent.doctor.finding import Finding, State

SIGNS = {State.OK: "✓", State.WARNING: "!", State.FAULT: "✗"}

# Columns of a terminal, and those before the text of a finding.
WIDTH = 100
MARGIN = 26


def report_of(findings: Sequence[Finding]) -> str:
    """Return the table of `findings`: a block for each area, advice below what was found."""
    return "\n".join([*_lines(findings), "", _summary(findings)])


def _lines(findings: Sequence[Finding]) -> Iterator[str]:
    for area, of_area in groupby(findings, key=lambda finding: finding.area):
        yield area
        for finding in of_area:
            head = f"  {SIGNS[finding.state]} {finding.check}".ljust(MARGIN - 1)
            yield from _wrapped(finding.found, f"{head} ")
            if finding.advice:
                yield from _wrapped(finding.advice, " " * (MARGIN - 2) + "→ ")


def _wrapped(text: str, first: str) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=" " * MARGIN,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _summary(findings: Sequence[Finding]) -> str:
    counts = {state: sum(finding.state is state for finding in findings) for state in State}
    return ", ".join(f"{SIGNS[state]} {count} {state.value}" for state, count in counts.items())
