"""Invites to the team that an archive names: sent by a call of their own, never by the import."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from openevent.edge.validation import StrictModel
from openevent.errors import Conflict, Invalid, NotFound, OpenEventError
from openevent.importing.job import ImportJob, InviteRecord
from openevent.importing.job_store import ImportJobs
from openevent.jobs.record import State
from openevent.media.deadline import Deadline
from openevent.rights.access import Role
from openevent.rights.identity import Claims

# Sends an invite to an event (by its id) and returns why its mail was not sent, None if it was.
# Raises what inviting a person raises.
Send = Callable[[Claims, int, InviteRecord], str | None]


class InviteRequest(StrictModel):
    """The body of the call.

    `emails`: those of the proposed invites that are sent; without it, all but those to owners, as
    an event has one owner. At most 500, which is what a report proposes.
    """

    emails: list[str] | None = Field(default=None, max_length=500)


@dataclass(frozen=True, slots=True)
class SendProposed:
    """Sends the invites that an import proposes."""

    jobs: ImportJobs
    send: Send

    def run(
        self, claims: Claims, task_id: str, request: InviteRequest, deadline: Deadline
    ) -> dict[str, Any]:
        """Send the proposed invites until `deadline`; return what became of each.

        The caller started the import, and has the rights at its event that inviting needs. A call
        that is repeated sends those that are left: an address with an open invite or the role is a
        conflict, and gets no second mail.

        Raises `NotFound` for another's task, `Conflict` if no event was made, and what the first
        invite raises if that is about the caller: `Unauthenticated`, `Forbidden`,
        `TooManyRequests`, `Unavailable`.
        """
        job = self.jobs.find(task_id)
        if job is None or job.user_id != claims.user_id or job.removed_at is not None:
            raise NotFound("task-not-found", "There is no such task, or you have no access to it.")
        event_id = _event_of(job)
        wanted = _wanted(job, request)
        outcomes: list[dict[str, Any]] = []
        for invite in wanted:
            if request.emails is None and invite.role == Role.OWNER:
                outcomes.append(_outcome(invite, "not-sent", "owner-not-chosen"))
                continue
            if deadline.is_over():
                outcomes.append(_outcome(invite, "not-sent", "time-over"))
                continue
            try:
                fault = self.send(claims, event_id, invite)
            except OpenEventError as error:
                # What is about this one person does not concern the others.
                is_about_invite = isinstance(error, (Conflict, Invalid))
                if not is_about_invite and not outcomes:
                    raise
                outcomes.append(_outcome(invite, "not-sent", error.code))
            else:
                outcomes.append(_outcome(invite, "sent" if fault is None else "not-mailed", fault))
        sent = sum(1 for outcome in outcomes if outcome["outcome"] == "sent")
        return {"event": event_id, "sent": sent, "invites": outcomes}


def _event_of(job: ImportJob) -> int:
    if job.state is not State.SUCCESS or job.event is None or job.event.id is None:
        raise Conflict(
            "no-event-imported",
            "This import has made no event, so no one can be invited to it.",
        )
    return job.event.id


def _wanted(job: ImportJob, request: InviteRequest) -> Sequence[InviteRecord]:
    proposed = () if job.report is None else job.report.invites
    if request.emails is None:
        return proposed
    chosen = set(request.emails)
    return [invite for invite in proposed if invite.email in chosen]


def _outcome(invite: InviteRecord, outcome: str, code: str | None) -> dict[str, Any]:
    return {**invite.model_dump(), "outcome": outcome, "code": code}
