"""The record of an export: one job, its archive, and the media that is not in it."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from pydantic import BaseModel, ConfigDict, Field

from openevent.archive.progress import Progress
from openevent.export.clock import DAY, epoch, timestamp
from openevent.export.old_jobs import upgrade
from openevent.export.options import Options

# Days that a record outlives its archive, so that it can say that the archive has expired.
RECORD_DAYS = 30

# Number of skipped media files that a record names; the archive's manifest names all.
NAMED_SKIPPED = 20

# Seconds after which a waiting job without a worker is idle. A message is delivered within seconds
# of being sent, so one that is this old has been lost, or waits behind many others; a second
# message does no harm in either case.
IDLE_SECONDS = 300

# Tries of a job, or of a round of one, until it is given up. The queue delivers a message more
# often than that, as deliveries that no worker could take count there, too.
MAX_TRIES = 3

# Value of `Job.pending` while anything is still to be done for a job.
PENDING = "job"

_serialize = TypeSerializer().serialize
_deserialize = TypeDeserializer().deserialize


class State(StrEnum):
    """The states a client sees."""

    WAITING = "WAITING"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class SkippedMedia(_Record):
    """A media file that was asked for and is not in the archive."""

    file: str
    id: int | None
    field: str
    address: str
    reason: str
    detail: str


class ArchiveRecord(_Record):
    """A finished archive: its key, its size in bytes, and the media that is not in it.

    `sha256` is None for an archive that S3 assembled. `expires_at`: epoch seconds.
    """

    key: str
    size: int
    sha256: str | None
    files: int
    skipped_count: int
    skipped: tuple[SkippedMedia, ...]
    repaired: Mapping[str, int] = Field(default_factory=dict)
    warnings: tuple[Mapping[str, str], ...] = ()
    expires_at: int

    @property
    def path(self) -> str:
        """Path of its download, below the event's `exports/`."""
        return self.key.split("/", 2)[2]


class UploadRecord(_Record):
    """The unfinished upload of an archive that S3 assembles."""

    key: str
    id: str


class Job(_Record):
    """A job. Times ending in `_at` are ISO 8601 in UTC; `expires_at`, `queued_at` and those ending
    in `_until` are epoch seconds.

    `joined_by`: ids of the users who asked for the same export while it waited. `queued_at`: when a
    message of the job was last put into the queue, or left there for another try; `requeued` counts
    messages sent to replace one that may be lost. `attempts` counts claims, `rounds` those of them
    that made parts of the archive and handed the job on, the last being number `handed_on`.
    `pending` is None when nothing is left to be done.
    """  # noqa: D205 - units first

    id: str
    event_id: int
    event_identifier: str
    event_name: str
    user_id: int
    user_email: str
    joined_by: frozenset[int] = frozenset()
    options: Options
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
    progress: Progress | None = None
    upload: UploadRecord | None = None
    archive: ArchiveRecord | None = None
    failure: str | None = None
    mail_owner: str | None = None
    mail_until: int = 0
    mail_attempts: int = 0
    mail_unconfirmed: int = 0
    mail_failure: str | None = None
    mailed_at: str | None = None
    pending: str | None = None
    expires_at: int

    @property
    def is_waiting(self) -> bool:
        """Whether it has neither ended nor been removed."""
        return self.state is State.WAITING and self.removed_at is None

    @property
    def is_mail_due(self) -> bool:
        """Whether it has ended, and its mail was neither sent nor given up."""
        final = self.state is not State.WAITING and self.removed_at is None
        return final and self.mailed_at is None and self.mail_failure is None

    @property
    def tries(self) -> int:
        """Number of claims since the archive was last brought any further."""
        return self.attempts - self.handed_on

    @property
    def group(self) -> str:
        """Group of its messages, between which the queue is fair: one for each user."""
        return f"user-{self.user_id}"

    def is_idle(self, now: int, *, seconds: int = IDLE_SECONDS) -> bool:
        """Return whether it waits, and had neither lease nor message for `seconds`."""
        return self.is_waiting and max(self.lease_until, self.queued_at + seconds) <= now

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        """Read DynamoDB's attributes. Raises pydantic's `ValidationError` for another record."""
        record = {name: _plain(_deserialize(value)) for name, value in item.items()}
        return cls.model_validate(upgrade(record))

    def item(self) -> dict[str, Any]:
        """Return the record as DynamoDB's attributes, without those that are None or empty."""
        fields = self.model_dump(exclude_none=True)
        if not self.joined_by:
            # DynamoDB has no empty sets.
            del fields["joined_by"]
        return as_item(fields)


def new_job(  # noqa: PLR0913 - the facts of a job
    *,
    task_id: str,
    event_id: int,
    event_identifier: str,
    event_name: str,
    user_id: int,
    user_email: str,
    options: Options,
    archive_days: int,
) -> Job:
    """Return a job that begins to wait now."""
    return Job(
        id=task_id,
        event_id=event_id,
        event_identifier=event_identifier,
        event_name=event_name,
        user_id=user_id,
        user_email=user_email,
        options=options,
        created_at=timestamp(),
        queued_at=epoch(),
        pending=PENDING,
        expires_at=epoch() + (archive_days + RECORD_DAYS) * DAY,
    )


def as_item(values: Mapping[str, object]) -> dict[str, Any]:
    """Return `values` as DynamoDB's attributes."""
    return {name: _serialize(value) for name, value in values.items()}


def _plain(value: object) -> object:
    """Return `value` with DynamoDB's numbers as integers; records hold no other numbers."""
    match value:
        case Decimal():
            return int(value)
        case Mapping():
            return {name: _plain(inner) for name, inner in value.items()}
        case list():
            return [_plain(inner) for inner in value]
        case AbstractSet():
            return frozenset(_plain(inner) for inner in value)
        case _:
            return value
