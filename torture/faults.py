"""Every AWS call and every SQL statement of every use case in turn, failed in every way.

`python -m torture.faults` plays each use case without faults and records its calls. It then plays
it again for each call and each kind of fault, lets clients and queues try again without faults, and
looks at what is there in the end. Processes share the cases, each on a stage of its own. It prints
a table, writes `.local/torture.json`, and exits with 1 if anything was lost.
"""

import argparse
import json
import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.function_process import ROOT
from torture.injection import OF_SQL, SQL, Fault, Plan, Point
from torture.stage import Stage, running_stage
from torture.use_case import UseCase
from torture.use_cases import ALL

if TYPE_CHECKING:
    from multiprocessing.queues import SimpleQueue

RESULT = ROOT / ".local" / "torture.json"
LOGS = ROOT / ".local"


@dataclass(frozen=True)
class Case:
    """A use case with one fault, and what was lost by it."""

    use_case: str
    plan: Plan
    end: str
    lost: Sequence[str]


def plans(points: Sequence[Point]) -> Iterator[Plan]:
    """Yield each fault at each point: once, and for good where the process lives on."""
    for point in points:
        for fault in OF_SQL if point.operation == SQL else Fault:
            yield Plan(point, fault)
            if not fault.is_kill:
                yield Plan(point, fault, for_good=True)


def record(stage: Stage, use_case: UseCase) -> Sequence[Point]:
    """Play a use case twice without faults, first to warm the functions; return its calls."""
    for stage.runner.is_warming in (True, False):
        stage.begin(use_case.name, use_case.prepare)
        ended = use_case.act(stage, None)
        problems = [*use_case.finish(stage, ended), *use_case.problems(stage)]
        assert not problems, (use_case.name, ended.end, ended.answer, problems)
    return ended.points


def play(stage: Stage, use_case: UseCase, plan: Plan) -> Case:
    """Play a use case with a fault; return what came of it."""
    stage.begin(use_case.name, use_case.prepare)
    ended = use_case.act(stage, plan)
    stage.judge_mail()
    problems = [*use_case.finish(stage, ended), *use_case.problems(stage)]
    if ended.end == "hung":
        problems.append("it hung")
    return Case(use_case.name, plan, ended.end, problems)


def torture(use_cases: Sequence[UseCase], *, every: int, share: int, shares: int) -> Iterator[Case]:
    """Yield every `every`-th case of each use case, of those every `shares`-th after `share`."""
    with running_stage(LOGS / f"torture-{share}.log") as stage:
        for use_case in use_cases:
            points = [one for one in record(stage, use_case) if one.operation not in use_case.known]
            found = list(plans(points))[::every]
            yield from (play(stage, use_case, plan) for plan in found[share::shares])


def torture_at_once(use_cases: Sequence[UseCase], *, every: int, shares: int) -> Iterator[Case]:
    """Yield what `torture` yields for all shares, each played by a process of its own.

    Raises `ChildProcessError` if a process failed; it has printed why.
    """
    spawning = multiprocessing.get_context("spawn")
    results: SimpleQueue[Case | None] = spawning.SimpleQueue()
    names = [use_case.name for use_case in use_cases]
    processes = [
        spawning.Process(target=_put_share, args=[results, names, every, share, shares])
        for share in range(shares)
    ]
    for process in processes:
        process.start()
    for _ in processes:
        yield from iter(results.get, None)
    for process in processes:
        process.join()
        if process.exitcode:
            raise ChildProcessError(f"A process ended with {process.exitcode}")


def _put_share(
    results: "SimpleQueue[Case | None]", names: Sequence[str], every: int, share: int, shares: int
) -> None:
    use_cases = [use_case for use_case in ALL if use_case.name in names]
    try:
        for case in torture(use_cases, every=every, share=share, shares=shares):
            results.put(case)
    finally:
        results.put(None)


def main(arguments: Sequence[str]) -> int:
    """Run the cases that the arguments choose; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m torture.faults", description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="play every N-th case alone")
    parser.add_argument(
        "--only", nargs="*", default=[""], help="use cases whose names begin with one of these"
    )
    parser.add_argument("--without", nargs="*", default=[], help="names of use cases to leave out")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--result", type=Path, default=RESULT)
    options = parser.parse_args(arguments)
    chosen = [
        use_case
        for use_case in ALL
        if use_case.name.startswith(tuple(options.only)) and use_case.name not in options.without
    ]
    started = time.monotonic()
    cases = []
    for case in torture_at_once(chosen, every=options.every, shares=options.processes):
        cases.append(case)
        print(f"\r{len(cases)} cases", end="", file=sys.stderr, flush=True)
        for problem in case.lost:
            print(f"LOST  {_title(case)}: {problem} ({case.end})", flush=True)
    print(table(cases))
    options.result.write_text(
        json.dumps(
            {
                "seconds": round(time.monotonic() - started),
                "cases": [asdict(case) for case in cases],
            },
            indent=1,
        )
    )
    return 1 if any(case.lost for case in cases) else 0


def table(cases: Sequence[Case]) -> str:
    """Return a line for each use case and kind of fault: tried, survived, lost."""
    tried: Counter[tuple[str, str]] = Counter((case.use_case, case.plan.fault) for case in cases)
    lost: Counter[tuple[str, str]] = Counter(
        (case.use_case, case.plan.fault) for case in cases if case.lost
    )
    lines = [f"{'':<34}{'tried':>8}{'survived':>10}{'lost':>6}"]
    for name, fault in tried:
        count, gone = tried[name, fault], lost[name, fault]
        lines.append(f"{name:<18}{fault:<16}{count:>8}{count - gone:>10}{gone:>6}")
    total, gone = sum(tried.values()), sum(lost.values())
    lines.append(f"{'total':<34}{total:>8}{total - gone:>10}{gone:>6}")
    return "\n".join(lines)


def _title(case: Case) -> str:
    plan = case.plan
    times = " for good" if plan.for_good else ""
    return f"{case.use_case}, {plan.point.operation} {plan.point.number}, {plan.fault}{times}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
