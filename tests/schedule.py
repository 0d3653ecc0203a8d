"""How `pytest -n` divides the tests among processes."""

from functools import cache
from pathlib import PurePosixPath

from xdist.scheduler import LoadScopeScheduling

E2E = PurePosixPath("tests/e2e")

# Files of end-to-end tests that mostly wait, for timeouts and retries, each with the name of its
# group: a process of its own, with a cloud, so that they wait at the same time. The guide's test
# deploys a stack of its own, which takes as long as a dozen other tests, beside that of assemblies.
WAITING = {
    "test_export_assembly.py": "assembly",
    "test_first_export.py": "assembly",
    "test_export_faults.py": "faults",
    "test_update.py": "update",
}

# The longest file of all, which would come last, and leave the other processes without work.
FIRST = "tests/integration/test_torture.py::"


class Schedule(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Runs the tests of a file in one process, and most end-to-end tests in one that has a cloud.

    The end-to-end tests begin first, so they run beside all others.
    """

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


def group_of(nodeid: str) -> str:
    """Return the name of the group of tests that run in the process of this one."""
    return _group_of_file(nodeid.partition("::")[0])


@cache
def _group_of_file(name: str) -> str:
    file = PurePosixPath(name)
    if file.is_relative_to(E2E):
        return WAITING.get(file.name, "end to end")
    return str(file)
