"""The record of a job, of whatever kind: its state, its lease, and its mail."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict

from openevent.jobs import attributes

# Days that a record outlives what its job made, so that it can say that this has expired.
RECORD_DAYS = 30

# Seconds after which a waiting job without a worker is idle. A message is delivered within seconds
# of being sent, so one that is this old has been lost, or waits behind many others; a second
# message does no harm in either case.
IDLE_SECONDS = 300

# Tries of a job, or of a round of one, until it is given up. The queue delivers a message more
# often than that, as deliveries that no worker could take count there, too.
MAX_TRIES = 3

# The kind of records that name none: releases before 1.1 knew no other.
FIRST_KIND = "export"


class State(StrEnum):
    """The states a client sees."""

    WAITING = "WAITING"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"


class Record(BaseModel):
    """Base of what records hold."""

    # A function validates few of the records that it knows.
    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)


class JobRecord(Record):
    """Base of all jobs. Times ending in `_at` are ISO 8601 in UTC; `expires_at`, `queued_at` and
    those ending in `_until` are epoch seconds.

    `queued_at`: when a message of the job was last put into the queue, or left there for another
    try; `requeued` counts messages sent to replace one that may be lost. `attempts` counts claims,
    `rounds` those of them that handed the job on, the last being number `handed_on`. `pending` is
    None when nothing is left to be done. `mail_id`: record of the latest try to send the mail;
    release 1.0 had none.

    Each kind of job has a class of its own. `KIND` is the value of `kind` in its records, `PENDING`
    that of `pending` while anything is still to be done.
    """  # noqa: D205 - units first

    KIND: ClassVar[str]
    PENDING: ClassVar[str]

    id: str
    kind: str
    user_id: int
    user_email: str
    state: State = State.WAITING
    created_at: str
    queued_at: int = 0
    requeued: int = 0
    finished_at: str | None = None
    removed_at: str | None = None
    attempts: int = 0
    rounds: int = 0
    handed_on: int = 0
    lease_owner: str | None = None
    lease_until: int = 0
    failure: str | None = None
    mail_owner: str | None = None
    mail_until: int = 0
    mail_attempts: int = 0
    mail_unconfirmed: int = 0
    mail_failure: str | None = None
    mailed_at: str | None = None
    mail_id: str | None = None
    pending: str | None = None
    expires_at: int

    @property
    def is_waiting(self) -> bool:
        """Whether it has neither ended nor been removed."""
        return self.state is State.WAITING and self.removed_at is None

    @property
    def sends_mail(self) -> bool:
        """Whether a mail announces its end."""
        return True

    @property
    def is_mail_due(self) -> bool:
        """Whether it has ended, and its mail was neither sent nor given up."""
        final = self.state is not State.WAITING and self.removed_at is None
        unsent = self.mailed_at is None and self.mail_failure is None
        return self.sends_mail and final and unsent

    @property
    def tries(self) -> int:
        """Number of claims since the job was last brought any further."""
        return self.attempts - self.handed_on

    @property
    def group(self) -> str:
        """Group of its messages, between which the queue is fair: one for each user."""
        return f"user-{self.user_id}"

    def is_idle(self, now: int, *, seconds: int = IDLE_SECONDS) -> bool:
        """Return whether it waits, and had neither lease nor message for `seconds`."""
        return self.is_waiting and max(self.lease_until, self.queued_at + seconds) <= now

    @classmethod
    def is_in(cls, item: Mapping[str, Any]) -> bool:
        """Return whether DynamoDB's attributes are those of a job of this kind."""
        return "state" in item and item.get("kind", {}).get("S", FIRST_KIND) == cls.KIND

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        """Read DynamoDB's attributes. Raises pydantic's `ValidationError` for another record."""
        return cls.model_validate(cls.upgraded(attributes.from_item(item)))

    @classmethod
    def upgraded(cls, record: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the record of an earlier release in the form of today."""
        return record

    def item(self) -> dict[str, Any]:
        """Return the record as DynamoDB's attributes, without those that are None or empty sets."""
        fields = self.model_dump(exclude_none=True)
        # DynamoDB has no empty sets.
        return attributes.as_item(
            {name: value for name, value in fields.items() if value != frozenset()}
        )
