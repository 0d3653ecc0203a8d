from pathlib import Path

import pytest

from checks import ROOT, handlers

DOCSTRING = '    """Answer.\n\n    Over\n    four lines.\n    """\n'


def app(root: Path, *, lines: int) -> Path:
    file = root / "functions" / "greet" / "app.py"
    file.parent.mkdir(parents=True)
    file.write_text("def handler():\n" + DOCSTRING + "    x = 1\n" * lines)
    return root


@pytest.mark.parametrize(
    ("lines", "found"), [(15, []), (16, ["handler has 16 lines, more than 15"])]
)
def test_a_handler_has_fifteen_lines_beside_its_docstring(
    tmp_path: Path, lines: int, found: list[str]
) -> None:
    broken = list(handlers.problems(app(tmp_path, lines=lines)))
    assert [problem.message for problem in broken] == found


def test_every_function_of_the_repository_is_looked_at() -> None:
    assert len(list(ROOT.glob("functions/*/app.py"))) >= 6
