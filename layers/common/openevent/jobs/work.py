"""The work that one message asks for: claim the job, finish it, give it back, send its mail.

each message: claim ─▶ finish ─▶ ended ─▶ mail
                │        │ time is up ─▶ a new message
                │        └ transient fault ─▶ release, and raise: the queue delivers again
                └ it has ended already ─▶ the mail, if that is still to be sent
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from aws_lambda_powertools import Logger

from openevent.adapters.queue import TaskQueue
from openevent.errors import Unavailable
from openevent.jobs.notifier import Notifier
from openevent.jobs.record import JobRecord, State
from openevent.jobs.store import JobStore, LeaseLost
from openevent.media.deadline import Deadline

logger = Logger(child=True)

J = TypeVar("J", bound=JobRecord)

# Seconds of an invocation, at most, in which nothing new is begun, so that what is under way ends;
# and the share of it, where it is short.
MARGIN = 60.0
MARGIN_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Work(Generic[J]):
    """Works on jobs of one kind.

    `finish` returns the job when it has ended, None if time was up before that. `lost` is called
    with a job that was removed, or taken over, while it ran.
    """

    jobs: JobStore[J]
    queue: TaskQueue
    notifier: Notifier[J]
    finish: Callable[[J, str, Deadline], J | None]
    lost: Callable[[J], None]

    def do(self, task_id: str, owner: str, seconds: int) -> None:
        """Do what is still to be done for the job, as `owner`, within `seconds`.

        Nothing is to be done for a job that does not exist, was removed, or has ended with its mail
        sent. Raises `Busy` while another worker has it, and `Unavailable` or another error if a
        retry can succeed; the job is given back for it.
        """
        try:
            job = self.jobs.claim(task_id, owner, seconds=seconds)
        except Unavailable:
            # It may be claimed all the same.
            self._release(task_id, owner)
            raise
        if job is None:
            logger.info("There is no such job any more")
            return
        if job.state is State.WAITING:
            margin = min(MARGIN, seconds * MARGIN_SHARE)
            try:
                finished = self.finish(job, owner, Deadline(time.monotonic() + seconds - margin))
            except LeaseLost:
                logger.info("The job was removed, or taken over, while it ran")
                self.lost(job)
                return
            except BaseException:
                self._release(job.id, owner)
                raise
            if finished is None:
                self._hand_on(job, owner)
                return
            job = finished
        self.notifier.notify(job, owner)

    def _hand_on(self, job: J, owner: str) -> None:
        """Let another invocation resume the job, by a new message."""
        try:
            self.jobs.hand_on(job, owner)
        except LeaseLost:
            logger.info("The job was removed, or taken over, at the end of the round")
            self.lost(job)
            return
        self.queue.send(job.id, group=job.group)
        logger.info("The next invocation resumes the job")

    def _release(self, task_id: str, owner: str) -> None:
        try:
            self.jobs.release(task_id, owner)
        except (LeaseLost, Unavailable):
            logger.warning("The job was not given back; its lease has to run out")
