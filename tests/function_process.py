"""A Lambda function in a process of its own, as Lambda runs it: `python -m tests.function_process`.

The arguments are the folder of the function and the socket of the AWS of `tests.shared_aws`. The
process says that it has started, reads one event from its input, and prints the answer.
"""

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.lambda_context import Context
from tests.shared_aws import SharedAws

ROOT = Path(__file__).parents[1]
READY = "ready\n"


def load(name: str) -> ModuleType:
    """Load a function's `app.py`; it reads its settings from the environment."""
    specification = importlib.util.spec_from_file_location(
        f"functions_{name}", ROOT / "functions" / name / "app.py"
    )
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


def run_at_once(name: str, aws: Path, events: Sequence[dict[str, Any]]) -> list[Any]:
    """Return what the function answers to each event, each in a process of its own, all at once.

    `aws` is the socket of the AWS that they share.
    """
    with ExitStack() as running:
        processes = [running.enter_context(_process(name, aws)) for _ in events]
        lines = [(one.stdin, one.stdout) for one in processes if one.stdin and one.stdout]
        for _, answers in lines:
            assert answers.readline() == READY
        for (questions, _), event in zip(lines, events, strict=True):
            print(json.dumps(event), file=questions, flush=True)
        return [json.loads(answers.readline()) for _, answers in lines]


def _process(name: str, aws: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.function_process", name, str(aws)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'layers/common'}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def main(name: str, aws: str) -> None:
    SharedAws(aws).install()
    # Logs go where they do not stand between us and the answer.
    answers, sys.stdout = sys.stdout, sys.stderr
    function = load(name)
    print(READY, end="", file=answers, flush=True)
    event: dict[str, Any] = json.loads(sys.stdin.readline())
    print(json.dumps(function.handler(event, Context())), file=answers, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
