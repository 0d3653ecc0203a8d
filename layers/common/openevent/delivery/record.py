"""The record of a mail: what the mail is about, and the facts that are known of it.

It contains no address. The invite, the task and the user that it names have theirs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from openevent.delivery.states import Delivery, Fact, Step


class Subject(StrEnum):
    """Kinds of mails."""

    INVITE = "invite"
    BOUNCE_NOTICE = "bounce-notice"
    OWNER = "owner"
    JOB = "job"


@dataclass(frozen=True, slots=True)
class About:
    """Purpose of a mail: its kind, and the ids of what it concerns. None if there is none.

    `user_id`: who caused the mail. Of an invite, the inviter.
    """

    subject: Subject
    user_id: int | None = None
    event_id: int | None = None
    invite_id: int | None = None
    task_id: str | None = None

    def item(self) -> dict[str, Any]:
        """Return the fields that are set, as attributes of DynamoDB."""
        ids = {"user_id": self.user_id, "event_id": self.event_id, "invite_id": self.invite_id}
        return {
            "subject": {"S": self.subject.value},
            **{name: {"N": str(value)} for name, value in ids.items() if value is not None},
            **({} if self.task_id is None else {"task_id": {"S": self.task_id}}),
        }

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> "About | None":
        """Read the fields; None if the item has none, or a kind that this release does not know."""
        subject = item.get("subject", {}).get("S")
        if subject not in set(Subject):
            return None
        ids = {
            name: int(item[name]["N"])
            for name in ("user_id", "event_id", "invite_id")
            if name in item
        }
        return cls(Subject(subject), **ids, task_id=item.get("task_id", {}).get("S"))


@dataclass(frozen=True, slots=True)
class MailRecord:
    """Record of the mail `id`. `about`: None if an event came before the mail was recorded."""

    id: str
    about: About | None
    delivery: Delivery

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> "MailRecord":
        """Read DynamoDB's attributes."""
        facts = {step: Fact.of(item[step]["S"]) for step in Step if step in item}
        return cls(item["id"]["S"], About.of(item), Delivery(facts))
