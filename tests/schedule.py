"""How `pytest -n` divides the tests among processes."""

from pathlib import PurePosixPath

from xdist.scheduler import LoadScopeScheduling

E2E = PurePosixPath("tests/e2e")

# End-to-end tests that mostly wait, for timeouts and retries.
WAITING = {"test_export_assembly.py", "test_export_faults.py", "test_update.py"}


class Schedule(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Runs the tests of a file in one process, and end-to-end tests in two that have a cloud each.

    The largest groups begin first, so the end-to-end tests run beside all others.
    """

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


def group_of(nodeid: str) -> str:
    """Return the name of the group of tests that run in the process of this one."""
    file = PurePosixPath(nodeid.partition("::")[0])
    if file.is_relative_to(E2E):
        return "waiting" if file.name in WAITING else "end to end"
    return str(file)
