"""What the operator sets, one model a function, read and checked once when the function starts.

Each field is an environment variable of the same name in capitals; template.yaml sets them.
"""

import os
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PositiveInt


def _listed(value: object) -> object:
    if isinstance(value, str):
        return tuple(item.strip() for item in value.split(",") if item.strip())
    return value


def _without_slash(value: object) -> object:
    return value.rstrip("/") if isinstance(value, str) else value


CommaList = Annotated[tuple[str, ...], BeforeValidator(_listed)]
Url = Annotated[str, BeforeValidator(_without_slash)]


class Settings(BaseModel):
    """What all settings share: where they come from."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    @classmethod
    def load(cls) -> Self:
        """From the environment. Raises pydantic's `ValidationError`, naming what is missing."""
        return cls.model_validate({name.lower(): value for name, value in os.environ.items()})


class ApiSettings(Settings):
    """Of every function that API Gateway calls."""

    database_secret_arn: str
    jwt_secret_arn: str
    allowed_origins: CommaList = ("*",)


class MailSettings(Settings):
    """Of every function that sends mail. The addresses are those that people's links begin with."""

    mail_sender: str
    api_url: Url
    frontend_url: Url


class MediaSettings(Settings):
    """Where an event's media may lie, for every function that reads or copies it.

    `media_base_urls`: the addresses under which the objects of `media_bucket` are known.
    `media_key_prefixes`: the keys there that belong to an event; `{event_id}` and
    `{event_identifier}` stand for its own.
    """

    media_bucket: str
    media_base_urls: CommaList
    media_key_prefixes: CommaList = ("events/{event_id}/", "events/{event_identifier}/")


class MediaFetchSettings(MediaSettings):
    """Of every function that asks for an event's media wherever it lies.

    `media_root_url`: what relative media addresses are relative to. `media_trusted_hosts`:
    `host:port` that media is fetched from although their addresses are not public.
    `assemble_above_megabytes`: an archive with more media in our bucket is put together by S3.
    """

    media_root_url: Url
    media_trusted_hosts: CommaList = ()
    media_concurrency: PositiveInt = 32
    media_max_file_megabytes: PositiveInt = 2048


class CopySettings(ApiSettings, MediaSettings):
    """Of `copy_event`.

    `copies_table`: intents and answers of copies. `limits_table`: counts of copies.
    `copy_seconds`: how long a copy may take, within the 29 that API Gateway waits for an answer.
    `media_root_url`: what relative media addresses are relative to. The copy's own keys begin with
    the first of `media_key_prefixes`.
    """

    copies_table: str
    media_root_url: Url
    media_key_prefixes: Annotated[CommaList, Field(min_length=1)] = (
        "events/{event_id}/",
        "events/{event_identifier}/",
    )
    limits_table: str
    copy_seconds: PositiveInt = 22
    copy_concurrency: PositiveInt = 32
    copies_per_hour: PositiveInt = 20
    copy_dry_runs_per_hour: PositiveInt = 60


class ExportStartSettings(ApiSettings, MediaFetchSettings):
    """Of `export_start`."""

    frontend_url: Url
    jobs_table: str
    export_queue_url: str
    export_starts_per_hour: PositiveInt = 20
    exports_running_per_user: PositiveInt = 5
    export_gigabytes_per_day: PositiveInt = 500
    archive_days: PositiveInt = 7


class ExportStatusSettings(ApiSettings):
    """Of `export_status`."""

    jobs_table: str
    export_bucket: str
    ticket_secret_arn: str
    api_url: Url
    download_url_seconds: PositiveInt = 900


class ExportMailSettings(MailSettings):
    """Of every function that mails people about the end of their exports."""

    ticket_secret_arn: str


class ExportWorkerSettings(ExportMailSettings, MediaFetchSettings):
    """Of `export_worker`."""

    database_secret_arn: str
    jobs_table: str
    export_bucket: str
    export_queue_url: str
    archive_days: PositiveInt = 7
    retry_seconds: PositiveInt = 60
    media_max_total_megabytes: PositiveInt = 8192
    media_max_file_seconds: PositiveInt = 120
    assemble_above_megabytes: PositiveInt = 1000


class ExportFailedSettings(ExportMailSettings):
    """Of `export_failed`."""

    jobs_table: str
    export_bucket: str
    dead_letter_queue_url: str
    retry_seconds: PositiveInt = 60


class RoleInviteSettings(ApiSettings, MailSettings):
    """Of `role_invite`. `limits_table`: counts what may be done only so often."""

    limits_table: str
    invite_days: PositiveInt = 7
    token_lookups_per_minute: PositiveInt = 60
    invite_mails_per_hour: PositiveInt = 100
