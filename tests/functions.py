"""The functions as Lambda runs them, in this process, on an AWS that moto plays.

What is AWS alone is played; the database is a real one.
"""

import io
import json
import re
import warnings
import zipfile
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, partialmethod
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

import pytest
import yaml
from botocore.exceptions import ClientError
from moto.core.exceptions import JsonRESTError
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ses.exceptions import NotFoundException
from moto.ses.models import ses_backends
from moto.sesv2.responses import SESV2Response

from openevent import __version__
from openevent.adapters import clients
from openevent.adapters.counters import Counters
from openevent.adapters.credentials import Credentials
from openevent.adapters.database import Database
from openevent.export.job import Job
from openevent.export.job_store import Jobs
from openevent.export.quotas import Quotas
from openevent.export.starts import Starts
from openevent.importing.job_store import ImportJobs
from tests.aws import (
    REGION,
    make_bucket,
    make_queue,
    make_secret,
    make_table,
    played_aws,
    shared_aws,
)
from tests.factories import token
from tests.function_process import load, run_at_once
from tests.lambda_context import Context
from tests.openapi import Exchange
from tests.warm import keep_warm

ROOT = Path(__file__).parents[1]
JWT_KEY = "the key of the server, long enough for HS256"
TICKET_KEY = "the key of the tickets, long enough for HS256"
API = "https://api.example.com"
MAIL_SET = "open-event"
MEDIA_ROOT = "https://media.example.com"

TABLE, EXPORTS, MEDIA = "jobs", "exports", "media"
TABLES = {
    "JobsTable": TABLE,
    "CopiesTable": "copies",
    "LimitsTable": "limits",
    "DeliveriesTable": "deliveries",
}


@dataclass(frozen=True)
class Answer:
    """Answer to a client. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - it is JSON
        return json.loads(self.text)

    @property
    def codes(self) -> list[str]:
        """The codes of a refusal, all of whose parts are as the contract has them."""
        assert self.headers["content-type"] == "application/vnd.api+json"
        assert self.json["jsonapi"] == {"version": "1.0"}
        errors = self.json["errors"]
        assert all(error["status"] == str(self.status) for error in errors)
        assert all(error["title"] and error["detail"] for error in errors)
        return [error["code"] for error in errors]


@dataclass
class SuppressionList:
    """The account's suppression list: reasons by addresses. `answers`: whether SES does."""

    reasons: dict[str, str] = field(default_factory=dict)
    answers: bool = True


def _suppressed(response: SESV2Response, listed: SuppressionList) -> str:
    """Answer a call that moto does not know."""
    address = unquote(response.uri.rpartition("/")[2])
    if not listed.answers:
        raise JsonRESTError("InternalFailure", "SES is away.")
    if address not in listed.reasons:
        raise NotFoundException(f"{address} is not on the list.")
    found = {"EmailAddress": address, "Reason": listed.reasons[address]}
    return json.dumps({"SuppressedDestination": found})


class Cloud:
    """The deployed functions and what they use."""

    def __init__(self, database_url: str, environment: Callable[[str, str], None]) -> None:
        self.database_url = database_url
        self.set = environment
        self.suppression = SuppressionList()
        # moto calls it as a method.
        answer = partialmethod(_suppressed, self.suppression)
        setattr(SESV2Response, "get_suppressed_destination", answer)  # noqa: B010
        self.queue_url = make_queue(clients.sqs(), "exports")
        self.dead_letter_url = make_queue(clients.sqs(), "dead")
        self.import_queue_url = make_queue(clients.sqs(), "imports")
        self.import_dead_letter_url = make_queue(clients.sqs(), "dead-i")
        mail_events = make_queue(clients.sqs(), "mail-events")
        self.mail_events_queue_arn = clients.sqs().get_queue_attributes(
            QueueUrl=mail_events, AttributeNames=["QueueArn"]
        )["Attributes"]["QueueArn"]
        self.jobs = Jobs(clients.dynamodb(), TABLE)
        self.imports = ImportJobs(clients.dynamodb(), TABLE)
        self.counters = Counters(clients.dynamodb(), TABLE)
        self.database = Database(lambda: Credentials.from_url(database_url))
        self._modules: dict[str, ModuleType] = {}
        create_tables()
        for bucket in (EXPORTS, MEDIA):
            make_bucket(clients.s3(), bucket)
        clients.ses().create_configuration_set(ConfigurationSetName=MAIL_SET)
        # moto makes it paused.
        made = ses_backends[DEFAULT_ACCOUNT_ID][REGION].config_sets[MAIL_SET]
        made.enabled = True  # type: ignore[assignment]
        clients.ses().create_email_identity(EmailIdentity="noreply@example.com")
        self._settings()

    def call(  # noqa: PLR0913 - the parts of a request
        self,
        method: str,
        path: str,
        *,
        user: Mapping[str, Any] | int | None = None,
        body: object = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a request as API Gateway would; `user` (a row or an id) is logged in."""
        sent = {"Content-Type": "application/json", **(headers or {})}
        if user is not None:
            user_id = user if isinstance(user, int) else user["id"]
            sent["Authorization"] = f"JWT {token(user_id, JWT_KEY)}"
        event = proxy_event(method, path, headers=sent, query=query, body=body)
        answer = answer_of(self.invoke(function_of(path), event))
        sent_back = answer.text.encode()
        exchange = Exchange(method, path, body, answer.status, answer.headers, sent_back)
        exchange.require_described()
        return answer

    def start(self, user: Mapping[str, Any] | int | None, event: object, **flags: bool) -> str:
        """Start an export, which must be accepted; the task's id."""
        answer = self.call("POST", f"/v1/events/{event}/export/json", user=user, body=flags)
        assert (answer.status, list(answer.json)) == (200, ["task_url", "page_url"]), answer.text
        return str(answer.json["task_url"]).split("/")[3]

    def messages(self) -> list[dict[str, Any]]:
        """The messages that wait in the queue, which are hidden from now on."""
        found = clients.sqs().receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10)
        return [dict(message) for message in found.get("Messages", [])]

    def deliver(
        self,
        body: str,
        *,
        to: str = "export_worker",
        context: Context | None = None,
        tries: int = 1,
    ) -> bool:
        """Give a function a message for the so many-th time; whether it was done with."""
        answer = self.invoke(to, sqs_event(body, tries=tries), context)
        assert answer in (
            {"batchItemFailures": []},
            {"batchItemFailures": [{"itemIdentifier": "m1"}]},
        )
        return not answer["batchItemFailures"]

    def work(
        self, task_id: str, *, to: str = "export_worker", context: Context | None = None
    ) -> bool:
        """Let the worker have the task's message; whether it was done with."""
        return self.deliver(json.dumps({"task_id": task_id}), to=to, context=context)

    def work_at_once(self, *task_ids: str) -> list[bool]:
        """Let as many workers, each a process, have a task's message at the same time."""
        events = [sqs_event(json.dumps({"task_id": task_id})) for task_id in task_ids]
        with TemporaryDirectory() as directory, shared_aws(Path(directory)) as aws:
            answers = run_at_once("export_worker", aws, events)
        return [answer == {"batchItemFailures": []} for answer in answers]

    def give_up(self, task_id: str) -> bool:
        """Let the dead-letter queue's function have the task's message."""
        return self.work(task_id, to="export_failed")

    def sweep(self) -> None:
        """Let the sweeper run, as its schedule does."""
        assert self.invoke("sweeper", {}) is None

    def starts(self, **quotas: int) -> Starts:
        """Opening of jobs, with ample quotas except those that are given."""
        ample = {"starts_per_hour": 9, "running": 9, "gigabytes_per_day": 9}
        return Starts(
            client=clients.dynamodb(),
            table=TABLE,
            jobs=self.jobs,
            counters=self.counters,
            quotas=Quotas(**{**ample, **quotas}),
        )

    def job(self, task_id: str) -> Job:
        """The task's record."""
        job = self.jobs.find(task_id)
        assert job is not None
        return job

    def mails(self) -> list[Any]:
        """All mails that were sent."""
        return list(ses_backends[DEFAULT_ACCOUNT_ID][REGION].sent_messages)

    def archive(self, task_id: str) -> zipfile.ZipFile:
        """The task's archive, which must be whole."""
        job = self.job(task_id)
        assert job.archive is not None, job
        body = clients.s3().get_object(Bucket=EXPORTS, Key=job.archive.key)["Body"].read()
        archive = zipfile.ZipFile(io.BytesIO(body))
        assert archive.testzip() is None
        return archive

    def archives(self) -> list[str]:
        """The keys of all archives."""
        listed = clients.s3().list_objects_v2(Bucket=EXPORTS)
        return [item["Key"] for item in listed.get("Contents", [])]

    def export(self, user: Mapping[str, Any], event: object, **flags: bool) -> zipfile.ZipFile:
        """The archive of a new export, which must succeed."""
        task_id = self.start(user, event, **flags)
        assert self.work(task_id)
        return self.archive(task_id)

    def invoke(
        self, function: str, event: dict[str, Any], context: Context | None = None
    ) -> dict[str, Any]:
        """Call a function's handler."""
        with warnings.catch_warnings():
            # Powertools warns of calls that count nothing.
            warnings.filterwarnings("ignore", "No application metrics to publish")
            answer: dict[str, Any] = self._module(function).handler(event, context or Context())
        return json.loads(json.dumps(answer))  # type: ignore[no-any-return]  # as Lambda does

    def forget(self) -> None:
        """Restart the functions, with the current environment."""
        self._modules.clear()

    def _module(self, name: str) -> ModuleType:
        if name not in self._modules:
            self._modules[name] = load(name)
        return self._modules[name]

    def _settings(self) -> None:
        credentials = Credentials.from_url(self.database_url)
        place = {
            "host": credentials.host,
            "dbname": credentials.dbname,
            "username": credentials.username,
        }
        settings = {
            "DATABASE_SECRET_ARN": make_secret(json.dumps(place)),
            "JWT_SECRET_ARN": make_secret(JWT_KEY),
            "TICKET_SECRET_ARN": make_secret(TICKET_KEY),
            "JOBS_TABLE": TABLE,
            "COPIES_TABLE": TABLES["CopiesTable"],
            "LIMITS_TABLE": TABLES["LimitsTable"],
            "DELIVERIES_TABLE": TABLES["DeliveriesTable"],
            "MAIL_CONFIGURATION_SET": MAIL_SET,
            "MAIL_EVENTS_RULE": "mail-events",
            "MAIL_EVENTS_QUEUE_ARN": self.mail_events_queue_arn,
            "EXPORT_QUEUE_URL": self.queue_url,
            "DEAD_LETTER_QUEUE_URL": self.dead_letter_url,
            "EXPORT_BUCKET": EXPORTS,
            "IMPORT_QUEUE_URL": self.import_queue_url,
            "IMPORT_DEAD_LETTER_QUEUE_URL": self.import_dead_letter_url,
            # Ample: tests start several exports as one user.
            "EXPORTS_RUNNING_PER_USER": "9",
            "API_URL": API,
            "FRONTEND_URL": "https://www.example.com",
            "MAIL_SENDER": "Open Event <noreply@example.com>",
            "MAIL_IDENTITY": "noreply@example.com",
            "WORKER_CONCURRENCY": "5",
            "TEMPLATE_VERSION": __version__,
            "ALLOWED_ORIGINS": "https://www.example.com",
            "MEDIA_BUCKET": MEDIA,
            "MEDIA_BASE_URLS": "https://media.s3.example.com/, https://cdn.example.com/m",
            "MEDIA_ROOT_URL": MEDIA_ROOT,
            "MEDIA_CONCURRENCY": "8",
            "POWERTOOLS_METRICS_NAMESPACE": "OpenEvent",
        }
        self.settings = settings
        for name, value in settings.items():
            self.set(name, value)


@contextmanager
def running_cloud(database_url: str, patch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """A cloud of a test's own."""
    keep_warm()
    with played_aws(REGION):
        for name in (
            "s3",
            "s3_for_copies",
            "dynamodb",
            "sqs",
            "ses",
            "ses_lookups",
            "events",
            "lambda_",
        ):
            patch.setattr(clients, name, _kept(name))
        yield Cloud(database_url, patch.setenv)


# To make a client takes longer than most tests: they are kept for others.
_clients: dict[str, object] = {}


def _kept(name: str) -> Callable[[], object]:
    if name not in _clients:
        _clients[name] = getattr(clients, name).__wrapped__()
    return lambda: _clients[name]


def create_tables() -> None:
    """The tables that the template declares, each by the name in `TABLES`."""
    for resource, table in TABLES.items():
        create_table(resource, table)


def create_table(resource: str, table: str) -> None:
    """The table that the template declares as `resource`, under the name `table`."""
    wanted = template()["Resources"][resource]["Properties"]
    names = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
    make_table(clients.dynamodb(), table, {name: wanted[name] for name in names if name in wanted})


def function_of(path: str) -> str:
    """The folder of the function that API Gateway calls for `path`, which begins with `/v1`."""
    path = path.partition("?")[0].removeprefix("/v1")
    return next(function for pattern, function in _routes() if pattern.fullmatch(path))


@cache
def _routes() -> list[tuple[re.Pattern[str], str]]:
    """The paths of the template, those without variables first, as API Gateway prefers them."""
    found = {
        event["Properties"]["Path"]: resource["Properties"]["CodeUri"].split("/")[1]
        for resource in template()["Resources"].values()
        for event in resource["Properties"].get("Events", {}).values()
        if event["Type"] == "Api"
    }
    return [
        (re.compile(re.sub(r"\{\w+\}", "[^/]+", re.sub(r"\{\w+\+\}", ".+", path))), function)
        for path, function in sorted(found.items(), key=lambda item: item[0].count("{"))
    ]


@cache
def template() -> dict[str, Any]:
    """template.yaml, with what CloudFormation works out left as text."""
    return yaml.load((ROOT / "template.yaml").read_text(), _Loader)  # type: ignore[no-any-return]  # noqa: S506 - a safe loader


class _Loader(yaml.CSafeLoader):
    """Reads `!Ref` and the like as plain values."""


def _plain(loader: _Loader, _tag: str, node: yaml.Node) -> object:
    match node:
        case yaml.ScalarNode():
            return loader.construct_scalar(node)
        case yaml.SequenceNode():
            return loader.construct_sequence(node, deep=True)
        case yaml.MappingNode():
            return loader.construct_mapping(node, deep=True)
    raise TypeError(node)


_Loader.add_multi_constructor("!", _plain)


def proxy_event(
    method: str,
    path: str,
    *,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    body: object = None,
) -> dict[str, Any]:
    """A REST API's proxy event.

    A `body` that is no text is sent as JSON; bytes, which are of a binary media type, as base64.
    """
    if isinstance(body, bytes):
        text: str | None = b64encode(body).decode()
    else:
        text = body if body is None or isinstance(body, str) else json.dumps(body)
    return {
        "httpMethod": method,
        "path": path.removeprefix("/v1"),
        "resource": path,
        "headers": dict(headers or {}),
        "multiValueHeaders": {name: [value] for name, value in (headers or {}).items()},
        "queryStringParameters": dict(query) if query else None,
        "multiValueQueryStringParameters": {n: [v] for n, v in query.items()} if query else None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "requestId": str(uuid4()),
            "stage": "v1",
            "path": path,
            "identity": {"sourceIp": "192.0.2.1"},
        },
        "body": text,
        "isBase64Encoded": isinstance(body, bytes),
    }


def sqs_event(body: str, *, tries: int = 1) -> dict[str, Any]:
    """An event of a queue with one message, which is delivered for the `tries`-th time."""
    record = {
        "messageId": "m1",
        "receiptHandle": "r1",
        "body": body,
        "attributes": {"ApproximateReceiveCount": str(tries)},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
    }
    return {"Records": [record]}


def answer_of(result: Mapping[str, Any]) -> Answer:
    """The answer that API Gateway makes of what a function returns."""
    assert result["isBase64Encoded"] is False
    headers = {name.lower(): ", ".join(v) for name, v in result["multiValueHeaders"].items()}
    return Answer(result["statusCode"], headers, result["body"])


def client_error(code: str, operation: str = "Operation") -> ClientError:
    """Exception of boto3 for an error that AWS answers."""
    return ClientError({"Error": {"Code": code, "Message": "a message from inside"}}, operation)
