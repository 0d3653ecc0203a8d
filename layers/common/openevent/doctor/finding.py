"""Findings of the doctor. Pure.

An area has checks; a check yields results; a result with the names of its area and check is a
finding.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class State(StrEnum):
    """States of what was examined."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Result:
    """Outcome of a check: the state, what was found, and advice; both are for the operator."""

    state: State
    found: str
    advice: str = ""


Check = Callable[[], Iterable[Result]]


class Area(Protocol):
    """Part of an installation that is examined as one."""

    @property
    def name(self) -> str:
        """The area's name."""

    def checks(self) -> Mapping[str, Check]:
        """Return the checks by their names, in the order in which they run."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's report."""

    area: str
    check: str
    state: State
    found: str
    advice: str = ""


def ok(found: str) -> Result:
    """Return the result of a check that found nothing to improve."""
    return Result(State.OK, found)


def warning(found: str, advice: str) -> Result:
    """Return the result of a check that found less than what is possible or safe."""
    return Result(State.WARNING, found, advice)


def fault(found: str, advice: str) -> Result:
    """Return the result of a check that found something that does not work, or is not safe."""
    return Result(State.FAULT, found, advice)
