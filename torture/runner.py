"""A warm process that runs each invocation of a Lambda function in a fork of itself.

`python -m torture.runner SOCKET` reads one order a line and prints one result a line. The fork is
what dies when a fault kills the invocation; nothing that it keeps outlives it.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import IO, Any

from openevent.adapters import clients
from tests.function_process import ROOT, load
from tests.lambda_context import Context
from tests.shared_aws import SharedAws
from torture.injection import Injector, Plan, Point

# Seconds after which an invocation is said to hang.
PATIENCE = 60


@dataclass(frozen=True)
class Ended:
    """How an invocation ended: what it answered, or why not (`killed`, `hung`, an exception)."""

    answer: Any
    end: str
    points: Sequence[Point]

    @property
    def is_answered(self) -> bool:
        """Whether the function returned."""
        return self.end == "answered"


class Runner:
    """The warm process."""

    def __init__(self, aws: Path, log: IO[str]) -> None:
        """`aws`: the socket of the AWS to use. The settings are this process's environment."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "torture.runner", str(aws)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'layers/common'}"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )

    def run(
        self, function: str, event: dict[str, Any], plan: Plan | None = None, *, later: int = 0
    ) -> Ended:
        """Invoke `function`, `later` seconds from now by its clock."""
        order = {"function": function, "event": event, "later": later}
        if plan is not None:
            order["plan"] = plan.text()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(order), file=self._process.stdin, flush=True)
        found = json.loads(self._process.stdout.readline())
        points = [Point(*point) for point in found["points"]]
        return Ended(found["answer"], found["end"], points)

    def stop(self) -> None:
        """End the process."""
        with suppress(OSError):
            self._process.stdin.close()  # type: ignore[union-attr]  # it is a pipe
        self._process.wait()


def main(aws_path: str) -> None:
    """Run the orders of the input until it ends."""
    results, sys.stdout = sys.stdout, sys.stderr
    clock = Clock()
    aws = SharedAws(aws_path)
    aws.install()
    functions = {
        path.parent.name: load(path.parent.name) for path in ROOT.glob("functions/*/app.py")
    }
    _warm(functions)
    for line in sys.stdin:
        print(
            json.dumps(_forked(_Process(aws, clock, functions), json.loads(line))),
            file=results,
            flush=True,
        )


def _warm(functions: dict[str, Any]) -> None:
    """Make the clients and read the schema, as an earlier invocation would have done."""
    for name in ("s3", "s3_for_copies", "dynamodb", "sqs", "ses"):
        getattr(clients, name)()
    clients.secrets().get(os.environ["JWT_SECRET_ARN"])
    for function in functions.values():
        database = getattr(function.wiring, "database", None)
        if database is not None:
            with database.snapshot():
                pass
    clients.secrets().clear_cache()  # type: ignore[no-untyped-call]


def _forked(process: "_Process", order: dict[str, Any]) -> dict[str, Any]:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        signal.alarm(PATIENCE)
        result = json.dumps(process.invoke(order)).encode()
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(result)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        result = pipe.read()
    _, status = os.waitpid(child, 0)
    if status == 0:
        return json.loads(result)  # type: ignore[no-any-return]  # what `_invoked` returned
    hung = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGALRM
    return {"answer": None, "end": "hung" if hung else "killed", "points": []}


@dataclass(frozen=True)
class _Process:
    """A fork: what it inherits from the warm process."""

    aws: SharedAws
    clock: "Clock"
    functions: dict[str, Any]

    def invoke(self, order: dict[str, Any]) -> dict[str, Any]:
        plan = Plan.of(order["plan"]) if "plan" in order else None
        injector = Injector(plan)
        injector.install()
        self.aws.around = injector.around
        self.clock.set_ahead(order["later"])
        try:
            answer = self.functions[order["function"]].handler(order["event"], Context())
            end = "answered"
        except Exception as error:  # noqa: BLE001 - Lambda would report it
            answer, end = None, f"{type(error).__name__}: {error}"
        points = [(point.operation, point.number) for point in injector.points]
        return {"answer": answer, "end": end, "points": points}


class Clock:
    """The clock of this process, which can be set ahead."""

    def __init__(self) -> None:
        """Replace the clock of all that is imported from now on."""
        self._time, self._ahead = time.time, 0
        time.time = lambda: self._time() + self._ahead

    def set_ahead(self, seconds: int) -> None:
        """Let the time be `seconds` later, in all modules of ours that are loaded."""
        self._ahead, ahead = seconds, timedelta(seconds=seconds)

        class Later(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> "Later":
                return super().now(tz) + ahead

        for name, module in list(sys.modules.items()):
            if name.startswith("openevent.") and getattr(module, "datetime", None) is datetime:
                module.datetime = Later  # type: ignore[attr-defined]  # it has one


if __name__ == "__main__":
    main(sys.argv[1])
