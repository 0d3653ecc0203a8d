"""Issue 16: what a function does not use is not imported when it starts."""

import json
import subprocess
import sys
from functools import cache

import pytest

from bench import function_settings
from bench.cold_start import names
from tests.unit import starting

# The functions that API Gateway calls.
CALLED = {
    "copy_event",
    "export_start",
    "export_status",
    "import_start",
    "role_invite",
    "schedule_feed",
}

# Libraries that take long to load, and the functions that load them when they start. Others that
# need one load it when they do. boto3 is loaded for transfers of files (`adapters.clients`).
COSTLY: dict[str, set[str]] = {
    "boto3": set(),
    "s3transfer": set(),
    "openevent.archive.multipart.assembler": set(),
    "asyncio": CALLED,
    "aws_lambda_powertools.event_handler": CALLED,
    "aws_lambda_powertools.utilities.batch": set(),
    "aws_lambda_powertools.utilities.parameters": set(),
    "jinja2": set(),
    "xlsxwriter": set(),
    "sqlalchemy": set(),
}

# Most functions load these modules, so they are loaded once. A costly library that one of them
# began to load would be found in each function.
COMMON = [
    "aws_lambda_powertools",
    "openevent.wiring.calling",
    "openevent.wiring.export_failed",
]


@cache
def started() -> dict[str, set[str]]:
    """The modules in the process of each function after its start."""
    done = subprocess.run(
        [sys.executable, "-m", starting.__name__, *COMMON],
        check=True,
        env=function_settings.environment(),
        stdout=subprocess.PIPE,
    )
    return {name: set(modules) for name, modules in map(json.loads, done.stdout.splitlines())}


@pytest.mark.parametrize("name", names())
def test_a_function_starts_without_what_it_does_not_use(name: str) -> None:
    modules = started()[name]
    assert {library for library in COSTLY if library in modules} == {
        library for library, functions in COSTLY.items() if name in functions
    }
