"""SES's events about mails under torture: an invite bounced, and its inviter is notified."""

import json
from typing import Any

from openevent.delivery.events import TAG
from openevent.delivery.record import Subject
from tests.functions import TABLES, sqs_event
from tests.unit.delivery.test_events import example
from torture.injection import Plan
from torture.invites import invite
from torture.runner import Ended
from torture.stage import A_WHILE, DELIVERIES, Stage
from torture.use_case import UseCase

# What the function answers when it has handled all messages.
DONE: dict[str, list[object]] = {"batchItemFailures": []}


def _invited(stage: Stage) -> None:
    assert invite(stage).status == 201


def _report(stage: Stage, plan: Plan | None = None, *, later: int = 0) -> Ended:
    """Deliver the event of a bounce of the invite's mail."""
    event = example("bounce-permanent-general")
    event["detail"]["mail"]["tags"][TAG] = [_record_of_invite(stage)["id"]["S"]]
    return stage.runner.run("mail_events", sqs_event(json.dumps(event)), plan, later=later)


def _finish(stage: Stage, ended: Ended) -> list[str]:
    """Deliver the event again until it is handled, as its queue does."""
    # SES can have taken the notice of a try that does not know of it.
    is_noted = "noticed_at" in _record_of_invite(stage)
    stage.more_mails = 0 if is_noted else len(stage.mails()) - 1
    for number in range(1, DELIVERIES + 1):
        if ended.answer == DONE:
            return []
        ended = _report(stage, later=number * A_WHILE)
    return [] if ended.answer == DONE else ["the event is not handled"]


def _noticed_once(stage: Stage) -> list[str]:
    """Return what is wrong unless the bounce is recorded, and its inviter has got one mail.

    A mail that SES may have taken counts as sent: the list of invites shows the bounce as well.
    """
    record = _record_of_invite(stage)
    sent = ["sent" in item for item in _records(stage, Subject.BOUNCE_NOTICE)]
    found = [] if "noticed_at" in record else ["the notice is not recorded"]
    if "bounced" not in record:
        found.append("the bounce is not recorded")
    notices = len(stage.mails()) - 1
    if not all(sent) <= notices <= 1 + stage.more_mails:
        found.append(f"notices: {notices}")
    return found


def _record_of_invite(stage: Stage) -> dict[str, Any]:
    (found,) = _records(stage, Subject.INVITE)
    return found


def _records(stage: Stage, subject: Subject) -> list[dict[str, Any]]:
    """The records of mails of a kind."""
    items = stage.items(TABLES["DeliveriesTable"])
    return [item for item in items if item.get("subject") == {"S": subject}]


MAIL_EVENTS = [UseCase("mail event", _invited, _report, _finish, _noticed_once)]
