"""Starts each function in a new process, and prints the modules in it.

`python -m tests.unit.starting <modules>` loads the modules first, and then forks a process for each
function. So what many functions load is loaded once. A line of its output is JSON: a function, and
the modules in its process.
"""

import gc
import importlib.util
import json
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from bench.cold_start import FUNCTIONS, names


def main(modules: Sequence[str]) -> None:
    """Start all functions, after `modules`."""
    # Neither the layer nor the runtime of Lambda has it. PyJWT loads it where it is installed.
    sys.modules["cryptography"] = None  # type: ignore[assignment]
    for module in modules:
        import_module(module)
    for function in names():
        process = os.fork()
        if not process:
            _start(function)
            json.dump([function, sorted(sys.modules)], sys.stdout)
            sys.stdout.write("\n")
            sys.stdout.flush()
            os._exit(0)
        assert os.waitpid(process, 0) == (process, 0)


def _start(function: str) -> None:
    found = importlib.util.spec_from_file_location("app", FUNCTIONS / function / "app.py")
    assert found is not None
    assert found.loader is not None
    found.loader.exec_module(importlib.util.module_from_spec(found))
    # The garbage collector ignores what was loaded, and runs again.
    assert gc.isenabled()
    assert gc.get_freeze_count() > 50_000


if __name__ == "__main__":
    main(sys.argv[1:])
