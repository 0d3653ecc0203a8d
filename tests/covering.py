"""Coverage of the deployed code, as a plugin of pytest: `pytest -p tests.covering`.

SlipCover counts lines and branches by instructions that it adds to the measured code. A tracer, as
coverage.py has on Python 3.11, is called in every library as well, and doubles the processor time
of the tests.

The module must be loaded before any module that it measures. `[tool.slipcover]` in pyproject.toml
lists what is measured, and the percentage that must run.
"""

import ast
import json
import sys
import tomllib
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import pytest
import slipcover
from slipcover.branch import preinstrument
from slipcover.importer import SlipcoverLoader

ROOT = Path(__file__).parents[1]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["slipcover"]
SOURCE = [str(ROOT / folder) for folder in SETTINGS["source"]]

# Of xdist: the key of a worker's report, in which its result travels.
_RESULT = "coverage"


class Covering:
    """Counts in this process, and adds what the other processes of the run have counted."""

    def __init__(self) -> None:
        """Begin to count."""
        self._counter = slipcover.Slipcover(
            branch=True,
            source=SOURCE,
            exclude_also=SETTINGS["exclude-also"],
            # The instructions stay: to take them out costs more, and changes code that runs.
            d_miss_threshold=sys.maxsize >> 33,
        )
        self._counted: dict[Path, CodeType] = {}
        SlipcoverLoader.exec_module = lambda loader, module: self._execute(loader.origin, module)
        matcher = slipcover.FileMatcher(sources=SOURCE)
        slipcover.ImportManager(self._counter, matcher).__enter__()
        slipcover.wrap_spec_from_file_location(self._counter, matcher)
        self._others: list[dict[str, Any]] = []

    def _execute(self, file: Path, module: ModuleType) -> None:
        """Execute a module that is measured, as SlipCover's loader does, but compile it once.

        Tests load the files of functions hundreds of times, as a new process of Lambda does.
        """
        if file not in self._counted:
            code = compile(preinstrument(ast.parse(file.read_bytes())), str(file), "exec")
            self._counted[file] = self._counter.instrument(code)
        exec(self._counted[file], module.__dict__)  # noqa: S102 - as every loader does

    def pytest_testnodedown(self, node: Any) -> None:  # noqa: ANN401 - xdist's
        """Keep what a process has counted; one that was killed has sent nothing."""
        output = getattr(node, "workeroutput", {})
        if _RESULT in output:
            self._others.append(json.loads(output[_RESULT]))

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Any:  # noqa: ANN401 - a hook's
        """Send the result to the process that prints it, or judge it there."""
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output[_RESULT] = json.dumps(self._counter.get_coverage())
            return (yield)
        done = yield
        if self._percent() < SETTINGS["fail-under"] and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        return done

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print what has not run."""
        slipcover.print_coverage(self._total(), outfile=sys.stdout, skip_covered=True)
        terminalreporter.line(
            f"Coverage: {self._percent():.2f} % of lines and branches, "
            f"at least {SETTINGS['fail-under']} % is required"
        )

    def _percent(self) -> float:
        return float(self._total()["summary"]["percent_covered"])

    def _total(self) -> dict[str, Any]:
        total: dict[str, Any] = self._counter.get_coverage()
        for other in self._others:
            slipcover.merge_coverage(total, other)
        return total


def pytest_configure(config: pytest.Config) -> None:
    """Let pytest call the counter, which has counted since this module was loaded."""
    config.pluginmanager.register(_covering)


_covering = Covering()
