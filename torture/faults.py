"""Every AWS call and every SQL statement of every use case in turn, failed in every way.

`python -m torture.faults` plays each use case once without faults and records its calls. It then
plays it again for each call and each kind of fault, lets clients and queues try again without
faults, and looks at what is there in the end. It prints a table, writes `.local/torture.json`, and
exits with 1 if anything was lost.
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.function_process import ROOT
from torture.injection import OF_SQL, SQL, Fault, Plan, Point
from torture.stage import Stage, running_stage
from torture.use_cases import ALL, UseCase

RESULT = ROOT / ".local" / "torture.json"
LOG = ROOT / ".local" / "torture.log"


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


def play(stage: Stage, use_case: UseCase, plan: Plan | None) -> tuple[Case | None, Sequence[Point]]:
    """Play a use case with a fault, or without one; return what came of it, and its calls."""
    stage.reset()
    use_case.prepare(stage)
    ended = use_case.act(stage, plan)
    stage.judge_mail()
    problems = use_case.finish(stage, ended)
    problems += use_case.problems(stage)
    if plan is None:
        assert not problems, (use_case.name, ended, problems)
        return None, ended.points
    if ended.end == "hung":
        problems.append("it hung")
    return Case(use_case.name, plan, ended.end, problems), ended.points


def torture(stage: Stage, use_cases: Sequence[UseCase], every: int) -> Iterator[Case]:
    """Yield every `every`-th case of each use case."""
    for use_case in use_cases:
        _, points = play(stage, use_case, None)
        for plan in list(plans(points))[::every]:
            case, _ = play(stage, use_case, plan)
            if case is not None:
                yield case


def main(arguments: Sequence[str]) -> int:
    """Run the cases that the arguments choose; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m torture.faults", description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="play every N-th case alone")
    parser.add_argument("--only", default="", help="use cases whose names begin with this")
    parser.add_argument("--result", type=Path, default=RESULT)
    options = parser.parse_args(arguments)
    chosen = [use_case for use_case in ALL if use_case.name.startswith(options.only)]
    started = time.monotonic()
    cases = []
    with running_stage(LOG) as stage:
        for case in torture(stage, chosen, options.every):
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
