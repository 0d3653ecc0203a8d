"""A use case under torture: what is prepared, what is tortured, what must be true in the end."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from tests.functions import EXPORTS, MEDIA
from torture.injection import Plan
from torture.runner import Ended
from torture.stage import A_WHILE, Called, Stage

# Seconds after which the sweeper looks: whatever waits by then waits for it.
LONG_AFTER = 50 * A_WHILE

# Calls that a client makes again after an answer that promises nothing.
RETRIES = 3


@dataclass(frozen=True)
class UseCase:
    """A use case.

    `act` runs the invocation that is tortured, and returns it; `finish` does what clients and
    queues do afterwards, without faults; `problems` says what is wrong in the end. `known`:
    operations that another use case calls in the same way, and that are not failed again here.
    """

    name: str
    prepare: Callable[[Stage], None]
    act: Callable[[Stage, Plan | None], Ended]
    finish: Callable[[Stage, Ended], list[str]]
    problems: Callable[[Stage], list[str]]
    known: Collection[str] = ()


def nothing(_: Stage) -> None:
    """Prepare nothing."""


def sweep(stage: Stage, *, later: int = LONG_AFTER) -> None:
    """Run the sweeper once, much later, and let the workers do what it queued."""
    stage.runner.run("sweeper", {}, later=later)
    for worker in ("export_worker", "import_worker"):
        stage.drain(to=worker, later=later)


def again_until(call: Callable[[int], Called], first: Ended, accepted: Sequence[int]) -> list[str]:
    """Make the call again as a client would, unless it was answered; what is wrong with it."""
    if first.is_answered and first.answer["statusCode"] in accepted:
        return []
    seen = [first.end if not first.is_answered else str(first.answer["statusCode"])]
    for number in range(RETRIES):
        called = call(number * A_WHILE)
        if called.status in accepted:
            return []
        seen.append(str(called.status))
    return [f"calls in vain: {', '.join(seen)}"]


def nothing_left(stage: Stage) -> list[str]:
    """Return what is wrong if a message or an upload is left."""
    found = []
    if stage.messages:
        found.append(f"messages left: {stage.messages}")
    if stage.uploads(EXPORTS) or stage.uploads(MEDIA):
        found.append("an upload left")
    return found
