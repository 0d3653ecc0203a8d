"""The length of the functions in `functions/*/app.py`: they parse, call one use case and answer."""

import ast
from collections.abc import Iterator
from pathlib import Path

from checks.problem import Problem

# Lines of a function's body without its docstring.
MOST_LINES = 15


def problems(root: Path) -> Iterator[Problem]:
    """Yield each handler and helper of a Lambda function that has more than `MOST_LINES` lines."""
    for file in sorted(root.glob("functions/*/app.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef) and (lines := _length(node)) > MOST_LINES:
                message = f"{node.name} has {lines} lines, more than {MOST_LINES}"
                yield Problem(file.relative_to(root), node.lineno, message)


def _length(function: ast.FunctionDef) -> int:
    """Return the number of lines from the first statement after the docstring to the last."""
    body = function.body[ast.get_docstring(function) is not None :]
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
