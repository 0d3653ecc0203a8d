"""What docs/scale.md says is what the simulation says today."""

from pathlib import Path

import pytest

from bench.simulate_scale import GB, TB, export, limits, tables, until_ready

DOCUMENT = Path(__file__).parents[2] / "docs" / "scale.md"


def test_the_document_has_the_tables_of_today() -> None:
    assert tables() in DOCUMENT.read_text()


def test_large_exports_hardly_pass_through_the_worker() -> None:
    work = export(TB)

    assert work.worker_bytes / TB == pytest.approx(0.0105, rel=0.02)
    assert work.invocations == 2


def test_a_queue_that_only_grows_is_never_done() -> None:
    work = export(10 * GB)

    assert until_ready(work, 10, 5) == pytest.approx(work.seconds)
    assert until_ready(work, 1_000, 5) is None
    assert limits(work, 10) == []
    assert limits(work, 1_000) == ["WorkerConcurrency: 13"]
