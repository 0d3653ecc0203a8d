"""Settings: one model per function, read and validated once when the function starts.

Each field is an environment variable of the same name in capitals, which template.yaml sets.
"""

import os
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PositiveInt

from openevent import end_start


def _listed(value: object) -> object:
    if isinstance(value, str):
        return tuple(item.strip() for item in value.split(",") if item.strip())
    return value


def _without_slash(value: object) -> object:
    return value.rstrip("/") if isinstance(value, str) else value


def _none_if_empty(value: object) -> object:
    return None if value == "" else value


CommaList = Annotated[tuple[str, ...], BeforeValidator(_listed)]
Url = Annotated[str, BeforeValidator(_without_slash)]
Port = Annotated[PositiveInt | None, BeforeValidator(_none_if_empty)]

# The roles of template.yaml have room for as many prefixes.
KeyPrefixes = Annotated[CommaList, Field(min_length=1, max_length=4)]
PublicPrefixes = Annotated[CommaList, Field(max_length=8)]


class Settings(BaseModel):
    """Base of all settings, which come from the environment."""

    # Each function validates one of the models, so the others are not built.
    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    @classmethod
    def load(cls) -> Self:
        """Read the environment, which is the last step of a function's start.

        Raises pydantic's `ValidationError`, which names missing fields.
        """
        end_start()
        return cls.model_validate({name.lower(): value for name, value in os.environ.items()})


class DatabaseSettings(Settings):
    """Settings of every function that uses the database.

    `database_host`, `database_port`, `database_name`: what the secret lacks, or what is used
    instead of the secret's. Secrets that RDS manages have only a user name and a password.
    """

    database_secret_arn: str
    database_host: str = ""
    database_port: Port = None
    database_name: str = ""


class ApiSettings(DatabaseSettings):
    """Settings of every function that API Gateway calls."""

    jwt_secret_arn: str
    allowed_origins: CommaList = ("*",)


class MailSettings(Settings):
    """Settings of every function that sends mail. Links in mails begin with the two addresses.

    `mail_configuration_set`: of SES, which publishes what becomes of mails. `deliveries_table`:
    where that is recorded.
    """

    mail_sender: str
    mail_configuration_set: str
    deliveries_table: str
    api_url: Url
    frontend_url: Url


class MediaSettings(Settings):
    """Settings of every function that reads or copies media files of the media bucket.

    `media_base_urls`: base addresses of the objects in `media_bucket`, besides those of AWS.
    `media_key_prefixes`: prefixes of the keys that belong to an event; `{event_id}` and
    `{event_identifier}` are replaced by the event's own. `media_public_prefixes`: prefixes of
    public uploads, which any event can use.
    """

    media_bucket: str
    media_base_urls: CommaList
    media_key_prefixes: KeyPrefixes = ("events/{event_id}/", "events/{event_identifier}/")
    media_public_prefixes: PublicPrefixes = (
        "temp/images/",
        "events/temp/",
        "users/",
        "event_topic/",
        "exhibitors/",
    )


class MediaFetchSettings(MediaSettings):
    """Settings of every function that fetches media files from the web, too.

    `media_root_url`: base of relative media addresses. `media_trusted_hosts`: `host:port` pairs
    from which media is fetched although their IP addresses are not public.
    """

    media_root_url: Url
    media_trusted_hosts: CommaList = ()
    media_concurrency: PositiveInt = 32
    media_max_file_megabytes: PositiveInt = 2048


class CopySettings(ApiSettings, MediaSettings):
    """Settings of `copy_event`.

    `copies_table`: intents and answers of copies. `limits_table`: counts of copies.
    `copy_seconds`: maximum time of a copy, below the 29 s for which API Gateway waits.
    `media_root_url`: base of relative media addresses. Keys of the copy begin with the first of
    `media_key_prefixes`.
    """

    copies_table: str
    media_root_url: Url
    limits_table: str
    copy_seconds: PositiveInt = 22
    copy_concurrency: PositiveInt = 32
    copies_per_hour: PositiveInt = 20
    copy_dry_runs_per_hour: PositiveInt = 60


class ExportStartSettings(ApiSettings, MediaFetchSettings):
    """Settings of `export_start`. Links to pages of exports begin with `api_url`."""

    api_url: Url
    ticket_secret_arn: str
    frontend_url: Url
    jobs_table: str
    export_queue_url: str
    export_starts_per_hour: PositiveInt = 20
    exports_running_per_user: PositiveInt = 3
    export_gigabytes_per_day: PositiveInt = 500
    archive_days: PositiveInt = 7


class InviteSettings(ApiSettings, MailSettings):
    """Settings of every function that invites people. `limits_table`: counts of rate limits."""

    limits_table: str
    invite_days: PositiveInt = 7
    token_lookups_per_minute: PositiveInt = 60
    invite_mails_per_hour: PositiveInt = 100
    invite_mails_per_day: PositiveInt = 500
    invite_mails_per_recipient: PositiveInt = 20


class ImportStartSettings(InviteSettings):
    """Settings of `import_start`.

    `import_allowed`: who may import. `import_megabytes_per_hour`
    and `import_max_megabytes` are in units of 1,000,000 bytes.
    """

    jobs_table: str
    export_bucket: str
    import_queue_url: str
    import_allowed: Literal["any", "verified", "staff"] = "verified"
    imports_per_hour: PositiveInt = 20
    imports_running_per_user: PositiveInt = 2
    import_megabytes_per_hour: PositiveInt = 10_000
    import_max_megabytes: PositiveInt = 2_000
    archive_days: PositiveInt = 7


class ExportStatusSettings(ApiSettings):
    """Settings of `export_status`. `frontend_url`: of the web client, for imported events."""

    jobs_table: str
    deliveries_table: str
    export_bucket: str
    ticket_secret_arn: str
    api_url: Url
    frontend_url: Url
    download_url_seconds: PositiveInt = 3600


class ExportMailSettings(MailSettings):
    """Settings of every function that mails people about the end of their exports."""

    ticket_secret_arn: str


class ExportWorkerSettings(DatabaseSettings, ExportMailSettings, MediaFetchSettings):
    """Settings of `export_worker`."""

    jobs_table: str
    export_bucket: str
    export_queue_url: str
    archive_days: PositiveInt = 7
    retry_seconds: PositiveInt = 60
    media_max_total_megabytes: PositiveInt = 8192
    media_max_file_seconds: PositiveInt = 120
    assemble_above_megabytes: PositiveInt = 1000


class ExportFailedSettings(ExportMailSettings):
    """Settings of `export_failed`."""

    jobs_table: str
    export_bucket: str
    dead_letter_queue_url: str
    retry_seconds: PositiveInt = 60


class ImportWorkerSettings(DatabaseSettings, MailSettings, MediaFetchSettings):
    """Settings of `import_worker`. `copies_table`: intents of events that are being made."""

    jobs_table: str
    copies_table: str
    export_bucket: str
    import_queue_url: str
    archive_days: PositiveInt = 7
    retry_seconds: PositiveInt = 60
    import_max_megabytes: PositiveInt = 2_000
    media_max_file_seconds: PositiveInt = 120
    media_max_total_megabytes: PositiveInt = 8192


class ImportFailedSettings(DatabaseSettings, MailSettings):
    """Settings of `import_failed`."""

    jobs_table: str
    export_bucket: str
    import_dead_letter_queue_url: str
    retry_seconds: PositiveInt = 60


class SweeperSettings(DatabaseSettings, ExportMailSettings):
    """Of `sweeper`. `media_bucket`: where copies put their media."""

    jobs_table: str
    copies_table: str
    export_bucket: str
    export_queue_url: str
    import_queue_url: str
    media_bucket: str


class MailEventsSettings(DatabaseSettings, MailSettings):
    """Settings of `mail_events`."""


class RoleInviteSettings(InviteSettings):
    """Settings of `role_invite`."""


class ScheduleFeedSettings(DatabaseSettings):
    """Settings of `schedule_feed`, which needs no login.

    `schedule_check_seconds`: time between two looks at an event in the database. `media_root_url`:
    address of the Open Event server, to which relative addresses belong.
    """

    export_bucket: str
    media_root_url: Url
    frontend_url: Url
    schedule_check_seconds: PositiveInt = 60


class DoctorSettings(ApiSettings, MediaSettings):
    """Settings of `doctor`, which examines what the other functions are set up with.

    `mail_identity`: identity of SES from which the functions may send. `mail_events_rule`: rule of
    EventBridge that takes SES's events to the queue `mail_events_queue_arn`. `worker_concurrency`:
    exports that run at the same time. `template_version`: version of the deployed template.
    """

    media_root_url: Url
    jobs_table: str
    export_bucket: str
    export_queue_url: str
    dead_letter_queue_url: str
    import_queue_url: str
    import_dead_letter_queue_url: str
    archive_days: PositiveInt = 7
    mail_sender: str
    mail_identity: str
    mail_configuration_set: str
    mail_events_rule: str
    mail_events_queue_arn: str
    api_url: Url
    worker_concurrency: PositiveInt
    template_version: str
