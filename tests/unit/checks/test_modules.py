from pathlib import Path

import pytest

from checks import modules


def tree(root: Path, *lengths: int) -> Path:
    room = root / "layers" / "common" / "openevent" / "room"
    room.mkdir(parents=True)
    (root / "functions").mkdir()
    for number, length in enumerate(lengths):
        (room / f"module_{number}.py").write_text("x = 1\n" * length)
    (room / "__init__.py").write_text("")
    return root


@pytest.mark.parametrize(
    ("lengths", "found"),
    [
        ((1, 120, 9000), []),
        ((1, 121, 9000), ["the median of all modules is 121 lines, more than 120"]),
        ((120, 122), ["the median of all modules is 121 lines, more than 120"]),
    ],
)
def test_half_of_the_modules_have_at_most_120_lines(
    tmp_path: Path, lengths: tuple[int, ...], found: list[str]
) -> None:
    broken = list(modules.problems(tree(tmp_path, *lengths)))
    assert [problem.message for problem in broken] == found
