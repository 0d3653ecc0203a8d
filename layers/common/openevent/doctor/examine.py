"""The examination: every check of every area, none of which can end it."""

from collections.abc import Iterable, Iterator

from aws_lambda_powertools import Logger

from openevent.doctor.causes import DENIED, aws_code, describe
from openevent.doctor.finding import Area, Check, Finding, Result, State, fault, warning
from openevent.doctor.opening import NotReached

logger = Logger(child=True)


def examine(areas: Iterable[Area]) -> list[Finding]:
    """Run all checks of `areas` and return their findings, in order.

    An exception in a check becomes a fault of that check; the others run nevertheless.
    """
    return [
        Finding(area.name, name, result.state, result.found, result.advice)
        for area in areas
        for name, check in area.checks().items()
        for result in _results(check)
    ]


def is_healthy(findings: Iterable[Finding]) -> bool:
    """Return whether no finding is a fault."""
    return all(finding.state is not State.FAULT for finding in findings)


def _results(check: Check) -> Iterator[Result]:
    try:
        yield from check()
    except NotReached:
        yield warning(
            "Not examined, because the database was not reached.",
            "Correct the faults of the database first.",
        )
    except Exception as error:
        logger.warning("A check failed", exc_info=error)
        yield _failed(error)


def _failed(error: Exception) -> Result:
    if aws_code(error) in DENIED:
        return fault(
            f"The doctor's role has no right to this call: {describe(error)}.",
            "Deploy the current template. If it is deployed, look for a policy of the resource or "
            "of your organization that denies the call.",
        )
    return fault(
        f"The check failed: {describe(error)}.",
        "Read the log of the function doctor for the cause.",
    )
