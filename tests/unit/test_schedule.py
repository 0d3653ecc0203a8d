from pathlib import Path

import pytest

from tests import schedule

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("test", "group"),
    [
        ("tests/unit/test_mail.py::test_a[b::c]", "tests/unit/test_mail.py"),
        ("tests/e2e/test_copy.py::test_a", "end to end"),
        ("tests/e2e/test_export.py::test_b", "end to end"),
        ("tests/e2e/test_export_faults.py::test_a[1]", "faults"),
        ("tests/e2e/test_export_assembly.py::test_a", "assembly"),
        ("tests/e2e/test_first_export.py::test_a", "assembly"),
    ],
)
def test_tests_that_share_a_cloud_share_a_process(test: str, group: str) -> None:
    assert schedule.group_of(test) == group


def test_the_files_of_the_tests_that_wait_are_there() -> None:
    assert all((ROOT / schedule.E2E / name).exists() for name in schedule.WAITING)
