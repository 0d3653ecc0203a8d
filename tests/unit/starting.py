"""Starts functions in new processes, and prints the modules in each of them.

`python -m tests.unit.starting <stages>`: JSON, a list of pairs of modules and functions. For each
pair it loads the modules, and then forks a process for each function. So what many functions load
is loaded once. A line of its output is JSON again: a function, the modules in its process, and the
names that it imported there.
"""

import builtins
import gc
import importlib.util
import json
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module

from bench.cold_start import FUNCTIONS


def main(stages: Sequence[tuple[Sequence[str], Sequence[str]]]) -> None:
    """Start the functions of each stage, after the modules of this stage and of those before."""
    # Neither the layer nor the runtime of Lambda has it. PyJWT loads it where it is installed.
    sys.modules["cryptography"] = None  # type: ignore[assignment]
    for modules, functions in stages:
        for module in modules:
            import_module(module)
        for function in functions:
            process = os.fork()
            if not process:
                json.dump([function, *_start(function)], sys.stdout)
                sys.stdout.write("\n")
                sys.stdout.flush()
                os._exit(0)
            assert os.waitpid(process, 0) == (process, 0)


def _start(function: str) -> tuple[list[str], list[str]]:
    """Start a function in this process; return its modules, and the names that it imported."""
    imported: set[str] = set()
    real = builtins.__import__

    def record(
        name: str,
        globals: Mapping[str, object] | None = None,  # noqa: A002 - Python's
        locals: Mapping[str, object] | None = None,  # noqa: A002 - Python's
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> object:
        imported.add(name)
        return real(name, globals, locals, fromlist, level)

    builtins.__import__ = record  # type: ignore[assignment]
    found = importlib.util.spec_from_file_location("app", FUNCTIONS / function / "app.py")
    assert found is not None
    assert found.loader is not None
    found.loader.exec_module(importlib.util.module_from_spec(found))
    # The garbage collector ignores what was loaded, and runs again.
    assert gc.isenabled()
    assert gc.get_freeze_count() > 50_000
    return sorted(sys.modules), sorted(imported)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
