"""Issue 16: what a function does not use is not imported when it starts."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from bench import function_settings
from bench.cold_start import FUNCTIONS, names

# Libraries that take long to load, and the functions that load them when they start. Others that
# need one load it when they do. boto3 is loaded for transfers of files (`adapters.clients`).
COSTLY: dict[str, set[str]] = {
    "boto3": set(),
    "s3transfer": set(),
    "aws_lambda_powertools.utilities.batch": set(),
    "aws_lambda_powertools.utilities.parameters": set(),
    "jinja2": set(),
    "xlsxwriter": set(),
    "sqlalchemy": set(names())
    - {"export_failed", "export_start", "export_status", "export_worker", "schedule_feed"},
}

START = """
import gc, importlib.util, json, sys
found = importlib.util.spec_from_file_location("app", sys.argv[1])
found.loader.exec_module(importlib.util.module_from_spec(found))
assert gc.isenabled() and gc.get_freeze_count() > 50_000
print(json.dumps(sorted(sys.modules)))
"""


@cache
def loaded(name: str) -> frozenset[str]:
    """The modules that a new process has after it has loaded the function.

    What was loaded is none of the garbage collector's business any more, and the rest is again.
    """
    started = subprocess.run(
        [sys.executable, "-c", START, str(Path(FUNCTIONS, name, "app.py"))],
        check=True,
        env=function_settings.environment(),
        stdout=subprocess.PIPE,
    )
    return frozenset(json.loads(started.stdout))


@pytest.mark.parametrize("name", names())
def test_a_function_starts_without_what_it_does_not_use(name: str) -> None:
    modules = loaded(name)
    assert {library for library in COSTLY if library in modules} == {
        library for library, functions in COSTLY.items() if name in functions
    }
