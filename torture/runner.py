"""A warm process that runs each invocation of a Lambda function in a fork of itself.

`python -m torture.runner SOCKET` reads one order a line and prints one result a line. The fork is
what dies when a fault kills the invocation; nothing that it keeps outlives it. An order can have
the invocation run in the process itself instead, which warms it: its forks inherit the schema that
it has read and the statements that it has compiled, as in a function that was called before.
"""

import gc
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

from openevent.adapters.secrets import forget_secrets
from tests.function_process import ROOT, load
from tests.lambda_context import Context
from tests.shared_aws import SharedAws
from torture.injection import Injector, Plan, Point

# Seconds after which an invocation is said to hang, on a machine that is busy too.
PATIENCE = 300


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
        """`aws`: the socket of the AWS to use. The settings are this process's environment.

        While `is_warming` is set, invocations without a fault warm the process.
        """
        self.is_warming = False
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
        self,
        function: str,
        event: dict[str, Any],
        plan: Plan | None = None,
        *,
        later: int = 0,
        is_cold: bool = False,
    ) -> Ended:
        """Invoke `function`, `later` seconds from now by its clock.

        `is_cold`: it is the first invocation of a new process.
        """
        order = {"function": function, "event": event, "later": later, "cold": is_cold}
        if plan is not None:
            order["plan"] = plan.text()
        elif self.is_warming:
            order["here"] = True
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
    injector = Injector()
    injector.install()
    aws = SharedAws(aws_path)
    aws.around = injector.around
    aws.install()
    functions = {
        path.parent.name: load(path.parent.name) for path in ROOT.glob("functions/*/app.py")
    }
    process = _Process(injector, clock, functions)
    for line in sys.stdin:
        order = json.loads(line)
        result = process.invoke(order) if "here" in order else _forked(process, order)
        print(json.dumps(result), file=results, flush=True)


def _forked(process: "_Process", order: dict[str, Any]) -> dict[str, Any]:
    reading, writing = os.pipe()
    # What lives now is shared with the fork; the collector would write to all of it.
    gc.freeze()
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
    """The warm process, and what a fork inherits from it."""

    injector: Injector
    clock: "Clock"
    functions: dict[str, Any]

    def invoke(self, order: dict[str, Any]) -> dict[str, Any]:
        self.injector.begin(Plan.of(order["plan"]) if "plan" in order else None)
        self.clock.set_ahead(order["later"])
        name = order["function"]
        try:
            function = load(name) if order["cold"] else self.functions[name]
            answer = function.handler(order["event"], Context())
            end = "answered"
        except Exception as error:  # noqa: BLE001 - Lambda would report it
            answer, end = None, f"{type(error).__name__}: {error}"
        # Secrets are read again after a few seconds, so most invocations read them.
        forget_secrets()
        points = [(point.operation, point.number) for point in self.injector.points]
        return {"answer": answer, "end": end, "points": points}


class Clock:
    """The clock of this process, which can be set ahead."""

    def __init__(self) -> None:
        """Replace the clock of all that is imported from now on."""
        self._time, self._ahead = time.time, 0
        time.time = lambda: self._time() + self._ahead
        clock = self

        class OfAny(type):
            def __instancecheck__(cls, instance: object) -> bool:
                # Moments that libraries make are of the class that was replaced.
                return isinstance(instance, datetime)

        class Later(datetime, metaclass=OfAny):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> "Later":
                return super().now(tz) + timedelta(seconds=clock._ahead)

        self._later = Later

    def set_ahead(self, seconds: int) -> None:
        """Let the time be `seconds` later, in all modules of ours that are loaded."""
        self._ahead = seconds
        for name, module in list(sys.modules.items()):
            if name.startswith("openevent.") and getattr(module, "datetime", None) is datetime:
                module.datetime = self._later  # type: ignore[attr-defined]  # it has one


if __name__ == "__main__":
    main(sys.argv[1])
