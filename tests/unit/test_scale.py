"""docs/scale.md has the tables that the simulations print."""

from pathlib import Path

import pytest

from bench import simulate_fairness
from bench.simulate_scale import GB, TB, export, limits, tables, until_ready

DOCUMENT = Path(__file__).parents[2] / "docs" / "scale.md"


def test_the_document_has_the_current_tables() -> None:
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


def test_the_document_has_the_current_fairness_table() -> None:
    assert simulate_fairness.table() in DOCUMENT.read_text()


def test_a_greedy_organizer_does_not_delay_modest_ones() -> None:
    alone = simulate_fairness.waits(simulate_fairness.arrivals(greedy=False), fair=True, most=2)
    beside = simulate_fairness.waits(simulate_fairness.arrivals(greedy=True), fair=True, most=2)

    assert max(alone[user][0] for user in alone) == pytest.approx(simulate_fairness.SECONDS)
    assert max(beside[user][0] for user in alone) < 1.5 * simulate_fairness.SECONDS
    assert len(beside[simulate_fairness.GREEDY_USER]) == simulate_fairness.GREEDY
