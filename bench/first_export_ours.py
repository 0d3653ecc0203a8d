"""A worker's process: `python -m bench.first_export_ours`, a message a line from the input.

Prints the processor time of each invocation in seconds, without that of the modules that it loads.
"""

import builtins
import json
import sys
import time
from dataclasses import dataclass
from importlib import util
from types import ModuleType
from typing import Any

INVOCATION = 60_000


@dataclass(frozen=True)
class Context:
    """Lambda's context of an invocation."""

    function_name: str = "export_worker"
    memory_limit_in_mb: int = 1769
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:000000000000:function:export_worker"
    aws_request_id: str = "bench"

    def get_remaining_time_in_millis(self) -> int:
        """Return the time that is left."""
        return INVOCATION


class Imports:
    """Clock of the processor time that `import` statements take, from now on."""

    def __init__(self) -> None:
        """Start the clock, at 0 seconds."""
        self.seconds = 0.0
        self._is_importing = False
        self._import = builtins.__import__
        builtins.__import__ = self._timed

    def _timed(self, *arguments: Any, **options: Any) -> ModuleType:  # noqa: ANN401 - Python's
        if self._is_importing:
            return self._import(*arguments, **options)
        self._is_importing = True
        started = time.process_time()
        try:
            return self._import(*arguments, **options)
        finally:
            self.seconds += time.process_time() - started
            self._is_importing = False


def main() -> None:
    """Load the function, and invoke it for each message."""
    found = util.spec_from_file_location("app", "functions/export_worker/app.py")
    if found is None or found.loader is None:
        sys.exit("Start this program in the working copy")
    app = util.module_from_spec(found)
    answers, sys.stdout = sys.stdout, sys.stderr
    found.loader.exec_module(app)
    imports = Imports()
    for line in sys.stdin:
        started, imported = time.process_time(), imports.seconds
        answer = app.handler({"Records": [json.loads(line)]}, Context())
        seconds = time.process_time() - started - (imports.seconds - imported)
        print(seconds, file=answers, flush=True)
        if answer["batchItemFailures"]:
            sys.exit("The export failed")


if __name__ == "__main__":
    main()
