"""Start and stop the whole local cloud."""

import shutil
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pg8000.dbapi
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from local import Failed, account, emulator, postgres, processes, sam
from local.account import Account
from local.places import ROOT
from local.stack import Stack
from local.steps import step
from local.tokens import token
from openevent.adapters.credentials import Credentials

# Address of the Open Event server, which does not run here.
SERVER_URL = "http://open-event.example"

# Short times, so that failures and retries end soon.
LOCAL = {"WorkerTimeout": "30", "RetrySeconds": "2", "RequireTls": "false", "WorkerStorage": "2048"}


@dataclass(frozen=True)
class CloudOptions:
    """Choices of the person who starts the cloud.

    `database_url`: an existing Open Event database, whose rows stay unchanged, instead of a new one
    with the sample event. `secret_key`: SECRET_KEY of its server. `user_ids`: its users who get
    tokens. `parameters`: parameters of the template. `source`: the working copy to deploy.
    """

    database_url: str | None = None
    secret_key: str | None = None
    user_ids: Sequence[int] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    source: Path = ROOT


@dataclass(frozen=True)
class _People:
    event: dict[str, int | str]
    users: dict[str, int]


def up(directory: Path, options: CloudOptions) -> Stack:
    """Start a cloud in `directory`, replacing an earlier one, and leave it running.

    Raises `Failed`; then nothing is left running.
    """
    down(directory)
    directory.mkdir(parents=True)
    try:
        return _up(directory, options)
    except BaseException:
        processes.stop(directory)
        raise


def down(directory: Path) -> None:
    """Stop the cloud in `directory`, or the rest of one, and remove its files."""
    processes.stop(directory)
    if directory.exists():
        shutil.rmtree(directory)


def _up(directory: Path, options: CloudOptions) -> Stack:
    with ThreadPoolExecutor() as pool:
        try:
            building = pool.submit(_build, directory, options.source)
            starting = pool.submit(_start_emulator, directory, options)
            database_url = options.database_url or _start_postgres(directory)
            credentials = _checked(database_url)
            owner = starting.result()
            filling = pool.submit(_fill, credentials, owner, options)
            database_secret_arn = owner.keep_database(asdict(credentials))
            building.result()
            outputs = _deploy(directory, owner, database_secret_arn, options)
            return _stack(owner, outputs, database_url, filling.result())
        except BaseException:
            # Leaving the pool waits for its threads, so their processes must end first.
            processes.stop(directory)
            raise


def _build(directory: Path, source: Path) -> None:
    with step("sam build"):
        sam.build(directory, source)


def _start_emulator(directory: Path, options: CloudOptions) -> Account:
    with step("AWS emulator, secrets and buckets"):
        return account.prepare(emulator.start(directory), options.secret_key)


def _start_postgres(directory: Path) -> str:
    with step("PostgreSQL"):
        return postgres.start(directory)


def _checked(database_url: str) -> Credentials:
    """Return working credentials; without an `sslmode`, encrypted if the server supports it."""
    credentials = Credentials.from_url(database_url)
    asked = "sslmode" in parse_qs(urlsplit(database_url).query)
    ways = [credentials]
    if not asked:
        ways += [replace(credentials, sslmode=mode) for mode in ("require", "disable")]
    causes = []
    for way in ways:
        try:
            way.connect().close()
        except (pg8000.dbapi.Error, OSError) as cause:
            causes.append(cause)
        else:
            return way
    raise Failed(f"The database refused the connection: {causes[-1]}") from causes[-1]


def _fill(credentials: Credentials, owner: Account, options: CloudOptions) -> _People:
    if options.database_url:
        return _People({}, {f"user-{number}": number for number in options.user_ids})
    from local import sample, schema  # noqa: PLC0415 (large, and not always used)

    engine = create_engine("postgresql+pg8000://", creator=credentials.connect, poolclass=NullPool)
    with step("Schema of Open Event, sample event"), engine.begin() as connection:
        schema.create(connection.connection)
        event = sample.load(connection, owner.keep_media, owner.media_url)
    return _People(
        {
            "id": event.id,
            "identifier": event.identifier,
            "empty_id": event.empty_event_id,
            "of_a_group_id": event.group_event_id,
        },
        {role: user.id for role, user in event.users.items()},
    )


def _deploy(
    directory: Path, owner: Account, database_secret_arn: str, options: CloudOptions
) -> dict[str, str]:
    with step("sam deploy"):
        return sam.deploy(
            directory,
            owner.access,
            {
                **LOCAL,
                "DatabaseSecretArn": database_secret_arn,
                "JwtSecretArn": owner.jwt_secret_arn,
                "ApiUrl": _api_url(owner),
                "FrontendUrl": "http://localhost:4200",
                "MailSender": account.SENDER,
                "MailIdentity": account.SENDER,
                "MediaBucketName": account.MEDIA_BUCKET,
                # The bucket is also available under the server's own address, as behind a CDN.
                "MediaBaseUrls": f"{owner.media_url},{SERVER_URL}",
                "MediaRootUrl": SERVER_URL,
                **options.parameters,
            },
        )


def _api_url(owner: Account) -> str:
    return f"{owner.access.endpoint_url}/_aws/execute-api/{sam.API_ID}"


def _stack(owner: Account, outputs: Mapping[str, str], database_url: str, people: _People) -> Stack:
    access = owner.access
    return Stack(
        api_url=_api_url(owner),
        aws_endpoint_url=access.endpoint_url,
        aws_region=access.region,
        aws_access_key_id=access.access_key_id,
        aws_secret_access_key=access.secret_access_key,
        database_url=database_url,
        jwt_secret=owner.jwt_secret,
        jobs_table=outputs["JobsTable"],
        export_bucket=outputs["ExportBucket"],
        media_bucket=account.MEDIA_BUCKET,
        media_url=owner.media_url,
        export_queue=_queue_name(outputs["ExportQueueUrl"]),
        export_queue_url=outputs["ExportQueueUrl"],
        dead_letter_queue=_queue_name(outputs["DeadLetterQueueUrl"]),
        dead_letter_queue_url=outputs["DeadLetterQueueUrl"],
        functions=_functions(outputs),
        inbox_url=f"{access.endpoint_url}/_ministack/ses/messages",
        mail_sender=account.SENDER,
        event=people.event,
        users=people.users,
        tokens={role: token(number, owner.jwt_secret) for role, number in people.users.items()},
    )


def _queue_name(url: str) -> str:
    return url.rpartition("/")[2]


def _functions(outputs: Mapping[str, str]) -> dict[str, str]:
    """Return the functions' names by folder; output `ExportStartFunction` is `export_start`."""
    names = {}
    for output, name in outputs.items():
        if output.endswith("Function"):
            folder = "".join(f"_{c.lower()}" if c.isupper() else c for c in output)
            names[folder.strip("_").removesuffix("_function")] = name
    return names
