"""The record of an export: one job, its archive, and what is not in it."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from pydantic import BaseModel, ConfigDict, Field

from openevent.archive.progress import Progress
from openevent.export.clock import DAY, epoch, timestamp
from openevent.export.options import Options

# Days that a record outlives its archive, so that it can say that the archive has expired.
RECORD_DAYS = 30

# How many of the media that were left out a record names; the archive's manifest names all.
NAMED_SKIPPED = 20

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
    """A medium that was asked for and is not in the archive."""

    file: str
    id: int | None
    field: str
    address: str
    reason: str
    detail: str


class ArchiveRecord(_Record):
    """A finished archive: where and what it is, and what is not in it.

    `sha256` is None for one whose bytes S3 put together. `expires_at`: epoch seconds.
    """

    key: str
    size: int
    sha256: str | None
    files: int
    skipped_count: int
    skipped: tuple[SkippedMedia, ...]
    repaired: Mapping[str, int] = Field(default_factory=dict)
    expires_at: int

    @property
    def path(self) -> str:
        """Where it is downloaded, below the event's `exports/`."""
        return self.key.split("/", 2)[2]


class UploadRecord(_Record):
    """The unfinished upload of an archive that S3 puts together."""

    key: str
    id: str


class Job(_Record):
    """A job. Times are ISO 8601 in UTC, but `lease_until` and `expires_at`: epoch seconds."""

    id: str
    event_id: int
    event_identifier: str
    event_name: str
    user_id: int
    user_email: str
    options: Options
    state: State = State.WAITING
    created_at: str
    finished_at: str | None = None
    removed_at: str | None = None
    attempts: int = 0
    lease_owner: str | None = None
    lease_until: int = 0
    progress: Progress | None = None
    upload: UploadRecord | None = None
    archive: ArchiveRecord | None = None
    failure: str | None = None
    mailed_at: str | None = None
    expires_at: int

    @property
    def is_waiting(self) -> bool:
        """Whether it has not come to an end, one way or the other."""
        return self.state is State.WAITING and self.removed_at is None

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        """From DynamoDB's attributes. Raises pydantic's `ValidationError` for what is no job."""
        return cls.model_validate(
            {name: _plain(_deserialize(value)) for name, value in item.items()}
        )

    def item(self) -> dict[str, Any]:
        """As DynamoDB's attributes."""
        return as_item(self.model_dump(mode="json", exclude_none=True))


def new_job(  # noqa: PLR0913 - what a job is about
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
    """A job that begins to wait now."""
    return Job(
        id=task_id,
        event_id=event_id,
        event_identifier=event_identifier,
        event_name=event_name,
        user_id=user_id,
        user_email=user_email,
        options=options,
        created_at=timestamp(),
        expires_at=epoch() + (archive_days + RECORD_DAYS) * DAY,
    )


def as_item(values: Mapping[str, object]) -> dict[str, Any]:
    """Return `values` as DynamoDB's attributes."""
    return {name: _serialize(value) for name, value in values.items()}


def _plain(value: object) -> object:
    """`value` with DynamoDB's numbers as integers; no record holds another kind of number."""
    match value:
        case Decimal():
            return int(value)
        case Mapping():
            return {name: _plain(inner) for name, inner in value.items()}
        case list():
            return [_plain(inner) for inner in value]
        case _:
            return value
