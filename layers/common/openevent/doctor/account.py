"""Area: limits of the AWS account."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from openevent.doctor.finding import Check, Result, fault, ok

# Executions that remain for calls of the API while all workers run.
REMAINING = 5


@dataclass(frozen=True)
class AccountArea:
    """Concurrency of Lambda.

    `settings`: returns Lambda's settings of the account. `workers`: the template's
    WorkerConcurrency.
    """

    settings: Callable[[], Mapping[str, Any]]
    workers: int

    name = "account"

    def checks(self) -> Mapping[str, Check]:
        """Return the check."""
        return {"concurrency": self._concurrency}

    def _concurrency(self) -> Iterator[Result]:
        limit = self.settings()["AccountLimit"]
        whole, free = limit["ConcurrentExecutions"], limit["UnreservedConcurrentExecutions"]
        found = (
            f"The account allows {whole} executions at the same time, {free} of them not reserved; "
            f"WorkerConcurrency is {self.workers}."
        )
        if free < self.workers + REMAINING:
            yield fault(
                found,
                "While all workers run, calls of the API are throttled. Lower WorkerConcurrency or "
                "reserved concurrencies, or request a higher quota (Service Quotas, AWS Lambda, "
                "Concurrent executions).",
            )
        else:
            yield ok(found)
