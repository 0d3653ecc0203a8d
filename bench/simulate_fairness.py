"""Simulate 50 modest organizers beside a greedy one: `python -m bench.simulate_fairness`.

A simulation, not a measurement: the exports of an hour pass through a queue and `WORKERS` workers.
The output is the table in docs/scale.md, and a test compares the two.
"""

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

HOUR = 3600

# Defaults of the template: WorkerConcurrency and ExportsRunningPerUser.
WORKERS, USER_EXPORTS = 5, 3

# Seconds of a worker for one export of 1 GB of media (docs/scale.md).
SECONDS = 32.0

# Organizers who start one export each within the hour, and the exports of the greedy one, who owns
# many events (each has a limit of 20 starts an hour) and starts all of them at the full hour.
MODEST, GREEDY = 50, 1_000

# The name of the greedy organizer.
GREEDY_USER = "greedy"


@dataclass(frozen=True, slots=True)
class Start:
    """An export that a user starts at a time, in seconds from the beginning."""

    at: float
    user: str


@dataclass(slots=True)
class Queue:
    """Waiting exports, and the number of running exports of each user.

    `fair`: deliver messages of the users with the fewest running exports first, as SQS does for the
    message groups of a fair queue (Amazon SQS Developer Guide, "Fair queues"). `most`: exports of
    one user at the same time, None for no limit; a user starts further ones as soon as possible.
    """

    fair: bool
    most: int | None
    waiting: dict[str, deque[Start]] = field(default_factory=dict)
    running: Counter[str] = field(default_factory=Counter)

    def put(self, start: Start) -> None:
        """Add a message."""
        self.waiting.setdefault(start.user, deque()).append(start)

    def take(self) -> Start | None:
        """Take the next message that may run; None if there is none."""
        users = [
            user
            for user, starts in self.waiting.items()
            if starts and (self.most is None or self.running[user] < self.most)
        ]
        if not users:
            return None
        start = self.waiting[min(users, key=self._order)].popleft()
        self.running[start.user] += 1
        return start

    def _order(self, user: str) -> tuple[int, float]:
        return self.running[user] if self.fair else 0, self.waiting[user][0].at


def waits(starts: Sequence[Start], *, fair: bool, most: int | None) -> dict[str, list[float]]:
    """Return the seconds between start and end of each user's exports."""
    queue = Queue(fair, most)
    coming = deque(sorted(starts, key=lambda start: start.at))
    ends: deque[tuple[float, Start]] = deque()
    taken: dict[str, list[float]] = {}
    while coming or ends:
        # All exports take the same time, so they end in the order in which they began.
        if ends and (not coming or ends[0][0] <= coming[0].at):
            now, start = ends.popleft()
            queue.running[start.user] -= 1
            taken.setdefault(start.user, []).append(now - start.at)
        else:
            now = coming[0].at
            queue.put(coming.popleft())
        while len(ends) < WORKERS and (following := queue.take()) is not None:
            ends.append((now + SECONDS, following))
    return taken


def arrivals(*, greedy: bool) -> list[Start]:
    """Return an hour's starts: one of each modest organizer, and those of the greedy one."""
    random = Random(1)  # noqa: S311 - no secret
    modest = [Start(random.uniform(0, HOUR), f"modest {i}") for i in range(MODEST)]
    return modest + [Start(0.0, GREEDY_USER)] * (GREEDY if greedy else 0)


def table() -> str:
    """Return the table, in Markdown."""
    variants = (
        ("without the greedy organizer", False, True, USER_EXPORTS),
        ("with, first come, first served", True, False, None),
        ("with, fair queue", True, True, None),
        (f"with, fair queue and {USER_EXPORTS} exports per user", True, True, USER_EXPORTS),
    )
    lines = [
        "| variant | modest: median | modest: 95th percentile | greedy: last export |",
        "| --- | --- | --- | --- |",
    ]
    for name, greedy, fair, most in variants:
        taken = waits(arrivals(greedy=greedy), fair=fair, most=most)
        modest = sorted(s for user, all_ in taken.items() if user != GREEDY_USER for s in all_)
        last = max(taken.get(GREEDY_USER, []), default=None)
        cells = [
            name,
            _seconds(modest[len(modest) // 2]),
            _seconds(modest[int(len(modest) * 0.95)]),
            "-" if last is None else _seconds(last),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _seconds(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 10 * 60 else f"{seconds / 60:.0f} min"


if __name__ == "__main__":
    print(table(), end="")
