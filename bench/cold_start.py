"""Benchmark `cold_start`: processor time to import a function and make its AWS clients.

The floor is boto3 with clients of the same services. Each is a fresh process with bytecode, and the
two run alternately; the least time of each counts, so that other load matters little.
"""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

from bench import function_settings

FUNCTIONS = Path("functions")
ROUNDS = 5

# The clients that the usual call of each function uses, by their names in `adapters.clients`.
CLIENTS: Mapping[str, Sequence[str]] = {
    "copy_event": ("secrets", "dynamodb", "s3"),
    "doctor": ("secrets", "dynamodb", "s3"),
    "export_failed": ("secrets", "dynamodb", "s3", "sqs", "ses"),
    "export_start": ("secrets", "dynamodb", "sqs"),
    "export_status": ("secrets", "dynamodb", "s3"),
    "export_worker": ("secrets", "dynamodb", "s3", "sqs", "ses"),
    "import_failed": ("secrets", "dynamodb", "s3", "sqs", "ses"),
    "import_start": ("secrets", "dynamodb", "s3"),
    "import_worker": ("secrets", "dynamodb", "s3", "sqs", "ses"),
    "mail_events": ("dynamodb", "ses"),
    "role_invite": ("secrets", "dynamodb", "ses"),
    "schedule_feed": ("secrets", "s3"),
    "sweeper": ("secrets", "dynamodb", "s3", "sqs", "ses"),
}
SERVICES = {"secrets": "secretsmanager", "ses": "sesv2"}


def run() -> dict[str, float]:
    """Return the ratio of each function, by its name."""
    return {name: round(ratio(name), 2) for name in names()}


def names() -> list[str]:
    """Return the names of all functions."""
    return sorted(path.parent.name for path in FUNCTIONS.glob("*/app.py"))


def ratio(name: str) -> float:
    """Return the processor time of the function `name` in that of boto3 with its clients."""
    wanted = CLIENTS[name]
    services = [SERVICES.get(client, client) for client in wanted]
    plain = "import sys, boto3\nfor name in sys.argv[1:]: boto3.client(name)"
    pairs = [
        (_processor_time("-c", plain, *services), _processor_time(*_ours(name, wanted)))
        for _ in range(ROUNDS)
    ]
    return min(ours for _, ours in pairs) / min(floor for floor, _ in pairs)


def _ours(name: str, wanted: Sequence[str]) -> list[str]:
    return ["-c", _START, str(FUNCTIONS / name / "app.py"), *wanted]


# As Lambda starts a function: the file is a module of its own, of no package. Neither the layer nor
# the runtime has `cryptography`, which PyJWT loads where it is installed.
_START = """
import importlib.util, sys
sys.modules["cryptography"] = None
found = importlib.util.spec_from_file_location("app", sys.argv[1])
found.loader.exec_module(importlib.util.module_from_spec(found))
from openevent.adapters import clients
for name in sys.argv[2:]: getattr(clients, name)()
"""


def _processor_time(*arguments: str) -> float:
    """Return the seconds, user and system, of a Python with these arguments."""
    before = getrusage(RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], check=True, env=function_settings.environment())
    after = getrusage(RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
