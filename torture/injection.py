"""Faults of one invocation: at the HTTP layer of botocore and at the wire of PostgreSQL.

A point is the n-th call of an operation (`sqs.SendMessage`, or `sql` for all statements, `COMMIT`
and connecting included). Points are found by recording an invocation without faults. botocore's own
retries act as in production, without their pauses.
"""

import json
import os
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from botocore.exceptions import ConnectionClosedError, ReadTimeoutError
from pg8000.exceptions import InterfaceError

from openevent.adapters.driver import Connection
from tests.shared_aws import Call, Reply, Transport

T = TypeVar("T")

SQL = "sql"

# Exit status of a process that a fault killed.
KILLED = 9

# Seconds of a pause at most: retries wait for longer, and find nothing else by that.
PAUSE = 0.005


class Fault(StrEnum):
    """The kinds of faults. A kill ends the process at once, as Lambda does at a timeout."""

    REQUEST_LOST = "request lost"
    ANSWER_LOST = "answer lost"
    TIMED_OUT = "timed out"
    THROTTLED = "throttled"
    SERVER_ERROR = "5xx"
    KILLED_BEFORE = "killed before"
    KILLED_AFTER = "killed after"

    @property
    def is_kill(self) -> bool:
        """Whether the process does not survive it."""
        return self in {Fault.KILLED_BEFORE, Fault.KILLED_AFTER}


OF_SQL = (Fault.REQUEST_LOST, Fault.ANSWER_LOST, Fault.KILLED_BEFORE, Fault.KILLED_AFTER)


@dataclass(frozen=True, slots=True)
class Point:
    """The `number`-th call (from 1) of `operation`."""

    operation: str
    number: int


@dataclass(frozen=True, slots=True)
class Plan:
    """A fault at a point; `for_good`: at all later calls of the operation too."""

    point: Point
    fault: Fault
    for_good: bool = False

    @classmethod
    def of(cls, text: str) -> "Plan":
        """Read what `text` returned."""
        found = json.loads(text)
        return cls(Point(**found["point"]), Fault(found["fault"]), found["for_good"])

    def text(self) -> str:
        """Return it as JSON."""
        return json.dumps(asdict(self))


@dataclass
class Injector:
    """Counts the calls of this process, and fails those of its plan."""

    plan: Plan | None = None
    points: list[Point] = field(default_factory=list)
    _counts: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, plan: Plan | None) -> None:
        """Count from 1 again, and fail the calls of `plan`."""
        self.plan = plan
        self.points.clear()
        self._counts.clear()

    def install(self) -> None:
        """Stand between this process and PostgreSQL, and shorten all pauses."""
        driver: Any = Connection
        driver.__init__ = self._connecting(driver.__init__)
        for name in ("execute_simple", "execute_unnamed"):
            setattr(driver, name, self._executing(getattr(driver, name)))
        sleep = time.sleep
        time.sleep = lambda seconds: sleep(min(float(seconds), PAUSE))

    def around(self, call: Call, send: Transport) -> Reply:
        """Send a call to AWS, or fail it."""
        match self._fault_of(call.operation):
            case Fault.REQUEST_LOST:
                raise ConnectionClosedError(endpoint_url=call.url)
            case Fault.ANSWER_LOST:
                send(call)
                raise ConnectionClosedError(endpoint_url=call.url)
            case Fault.TIMED_OUT:
                send(call)
                raise ReadTimeoutError(endpoint_url=call.url)
            case Fault.THROTTLED:
                return _refusal(call, 503 if call.operation.startswith("s3.") else 400, "throttled")
            case Fault.SERVER_ERROR:
                return _refusal(call, 500, "error")
            case Fault.KILLED_BEFORE:
                os._exit(KILLED)
            case Fault.KILLED_AFTER:
                send(call)
                os._exit(KILLED)
            case None:
                return send(call)

    def _fault_of(self, operation: str) -> Fault | None:
        with self._lock:
            self._counts[operation] += 1
            point = Point(operation, self._counts[operation])
            self.points.append(point)
        plan = self.plan
        if plan is None or plan.point.operation != operation:
            return None
        is_meant = point == plan.point or (plan.for_good and point.number > plan.point.number)
        return plan.fault if is_meant else None

    def _connecting(self, connect: Callable[..., None]) -> Callable[..., None]:
        def connecting(*arguments: Any, **named: Any) -> None:  # noqa: ANN401 - of pg8000
            self._sql(lambda: connect(*arguments, **named), hang_up=lambda: None)

        return connecting

    def _executing(self, execute: Callable[..., T]) -> Callable[..., T]:
        def executing(connection: Any, *arguments: Any, **named: Any) -> T:  # noqa: ANN401
            def hang_up() -> None:
                with suppress(OSError):
                    connection._usock.shutdown(socket.SHUT_RDWR)

            return self._sql(lambda: execute(connection, *arguments, **named), hang_up=hang_up)

        return executing

    def _sql(self, act: Callable[[], T], *, hang_up: Callable[[], None]) -> T:
        match self._fault_of(SQL):
            case Fault.REQUEST_LOST:
                hang_up()
                raise InterfaceError("network error")
            case Fault.ANSWER_LOST:
                act()
                hang_up()
                raise InterfaceError("network error")
            case Fault.KILLED_BEFORE:
                os._exit(KILLED)
            case Fault.KILLED_AFTER:
                act()
                os._exit(KILLED)
            case _:
                return act()


def _refusal(call: Call, status: int, why: str) -> Reply:
    """Return what the service answers when it throttles a call, or has an internal error."""
    service = call.operation.partition(".")[0]
    code = {
        ("throttled", "s3"): "SlowDown",
        ("throttled", "sesv2"): "TooManyRequestsException",
        ("throttled", "sqs"): "RequestThrottled",
        ("error", "s3"): "InternalError",
    }.get((why, service), "ThrottlingException" if why == "throttled" else "InternalServerError")
    if service == "s3":
        body = f"<Error><Code>{code}</Code><Message>No.</Message></Error>"
        return Reply(status, {"Content-Type": "application/xml"}, body.encode())
    headers = {"Content-Type": "application/x-amz-json-1.0", "x-amzn-ErrorType": code}
    return Reply(status, headers, json.dumps({"__type": code, "message": "No."}).encode())
