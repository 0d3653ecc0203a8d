"""Receives SES's events from a queue, and records what they say."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from openevent.delivery.events import MailEvent, NotOurs, Unknown, read_event
from openevent.delivery.record import MailRecord
from openevent.delivery.states import State, Step
from openevent.delivery.store import DeliveryStore

logger = Logger(child=True)
metrics = Metrics()

# Metric of the facts about each step.
COUNTED = {
    Step.DELIVERED: "MailsDelivered",
    Step.BOUNCED: "MailsBounced",
    Step.REJECTED: "MailsRejected",
    Step.COMPLAINT: "MailComplaints",
}

# The states in which the person who sent an invite is notified.
RETURNED = frozenset({State.BOUNCED, State.REJECTED})

# Time for which the delivery is awaited that an automatic reply follows.
PATIENCE = timedelta(minutes=10)


class TooEarly(Exception):
    """The state of a mail cannot be decided yet: the event has to be delivered again."""


@dataclass(frozen=True, slots=True)
class ReceiveEvents:
    """Records events. `returned`: called for each event of a mail that did not arrive."""

    store: DeliveryStore
    returned: Callable[[MailRecord, str], None]

    def handle(self, event: Mapping[str, Any], owner: str) -> dict[str, Any]:
        """Record the SES event in each message of a queue's `event`; return the failed messages.

        The answer is that of `ReportBatchItemFailures`.
        """
        failed: list[str] = []
        for record in event["Records"]:
            try:
                self.receive(record["body"], owner)
            except Exception:  # noqa: BLE001 - logged where it was raised
                failed.append(record["messageId"])
        return {"batchItemFailures": [{"itemIdentifier": message} for message in failed]}

    def receive(self, body: str, owner: str) -> None:
        """Record the event in a message's `body`. An unknown event is counted and dropped.

        `owner` identifies the invocation. Raises `Unavailable`, `TooEarly`, and what `returned`
        raises; the event is then to be delivered again.
        """
        try:
            event = read_event(_object(body))
        except NotOurs:
            metrics.add_metric("MailEventsOfOthers", MetricUnit.Count, 1)
            return
        except Unknown as unknown:
            # A retry would read the same.
            metrics.add_metric("MailEventsUnknown", MetricUnit.Count, 1)
            logger.warning("Unknown event of SES", extra={"event_type": str(unknown)})
            return
        logger.append_keys(mail_id=event.mail_id)
        try:
            self._apply(event, owner)
        except TooEarly:
            logger.info("The state of the mail is not clear yet")
            raise
        except Exception:
            logger.exception("The event was not recorded")
            raise
        finally:
            logger.remove_keys(["mail_id"])

    def _apply(self, event: MailEvent, owner: str) -> None:
        is_new = self.store.add(event.mail_id, event.step, event.fact, event.message_id)
        # An event comes again if its mail cannot be decided yet, or a notice cannot be sent.
        if is_new and event.step in COUNTED:
            metrics.add_metric(COUNTED[event.step], MetricUnit.Count, 1)
        logger.info(
            "Mail event",
            extra={"step": event.step, "kind": event.fact.kind, "reason": event.fact.reason},
        )
        if event.step not in (Step.BOUNCED, Step.REJECTED):
            return
        record = self.store.find(event.mail_id)
        if record is None or record.delivery.state not in RETURNED:
            return
        fact = record.delivery.fact
        if fact is not None and fact.may_be_a_reply and _age(event) < PATIENCE:
            raise TooEarly
        self.returned(record, owner)


def _age(event: MailEvent) -> timedelta:
    return datetime.now(UTC) - datetime.fromisoformat(event.fact.at)


def _object(body: str) -> Mapping[str, Any]:
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unknown("no JSON") from error
    if not isinstance(message, dict):
        raise Unknown("no object")
    return message
