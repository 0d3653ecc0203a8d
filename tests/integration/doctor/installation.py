"""A healthy installation, into which tests seed misconfigurations."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from threading import Lock
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest
from botocore.compat import HTTPHeaders
from moto.core.botocore_stubber import BotocoreStubber
from sqlalchemy import Connection

from openevent.adapters import clients
from openevent.doctor.answers import Answered
from openevent.doctor.asking import NotAnswered
from openevent.doctor.mail_events import NEEDED
from openevent.wiring import doctor
from tests.factories import Row, make_event, make_role_invite, make_user
from tests.functions import (
    API,
    EXPORTS,
    MAIL_SET,
    MEDIA,
    Cloud,
    answer_of,
    function_of,
    proxy_event,
    template,
)

BUCKET_ADDRESS = "https://media.s3.example.com"
LIMIT = {"ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": 1000}


@dataclass
class Installation:
    """The functions, an event with an image, and the answers of the web and of AWS.

    `web`: answers by the beginning of an address; the longest one counts, None is no answer.
    `mail_account`, `mail_identity`, `mail_destination`, `lambda_limit`, `s3_ahead`: what AWS says,
    which moto does not.
    """

    cloud: Cloud
    connection: Connection
    owner: Row
    event: Row
    web: dict[str, Callable[[str, str, bytes | None], Answered] | None]
    mail_account: dict[str, Any] = field(
        default_factory=lambda: {"ProductionAccessEnabled": True, "SendingEnabled": True}
    )
    mail_identity: dict[str, Any] = field(
        default_factory=lambda: {"VerifiedForSendingStatus": True}
    )
    mail_destination: dict[str, Any] = field(
        default_factory=lambda: {
            "Name": "open-event",
            "Enabled": True,
            "MatchingEventTypes": sorted(NEEDED),
            "EventBridgeDestination": {"EventBusArn": "arn:aws:events:…:event-bus/default"},
        }
    )
    lambda_limit: dict[str, Any] = field(default_factory=lambda: dict(LIMIT))
    s3_ahead: timedelta = timedelta(0)
    one_at_a_time: Lock = field(default_factory=Lock)

    def examine(self, **request: str) -> dict[str, Any]:
        """The doctor's answer."""
        return self.cloud.invoke("doctor", request)

    def run(self, statement: str) -> None:
        """Change the database by a statement of its owner."""
        self.connection.exec_driver_sql(statement)
        self.connection.commit()

    def change_secret(self, setting: str, content: str) -> None:
        """Replace the text of the secret that a setting names."""
        arn = self.setting(setting)
        boto3.client("secretsmanager").put_secret_value(SecretId=arn, SecretString=content)

    def change_database(self, **fields: object) -> None:
        """Replace fields of the database's secret; None removes one."""
        arn = self.setting("DATABASE_SECRET_ARN")
        found = boto3.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
        changed = {**json.loads(found), **fields}
        kept = {name: value for name, value in changed.items() if value is not None}
        self.change_secret("DATABASE_SECRET_ARN", json.dumps(kept))

    def setting(self, name: str) -> str:
        """The value of a setting."""
        return self.cloud.settings[name]

    def ask(self, method: str, address: str, body: bytes | None = None) -> Answered:
        """Answer a request of the doctor, as the web does."""
        known = [beginning for beginning in self.web if address.startswith(beginning)]
        answer = self.web[max(known, key=len)] if known else None
        if answer is None:
            raise NotAnswered
        return answer(method, address, body)

    def answer_by_function(self, method: str, address: str, body: bytes | None) -> Answered:
        """Answer as API Gateway does, by the function of the path."""
        path = urlsplit(address).path.replace("//", "/").replace("%2D", "-").replace("%5F", "_")
        event = proxy_event(
            method,
            path,
            headers={"Content-Type": "application/json"},
            body=None if body is None else body.decode(),
        )
        with self.one_at_a_time:
            answer = answer_of(self.cloud.invoke(function_of(path), event))
        return Answered(answer.status, answer.headers, answer.text.encode())


def answer_by_s3(method: str, address: str, body: bytes | None) -> Answered:
    """Answer a presigned address from moto's S3."""
    request = AWSPreparedRequest(method, address, HTTPHeaders(), body or b"", False)  # noqa: FBT003 - as botocore has it
    status, headers, content = BotocoreStubber().process_request(request) or (404, {}, b"")
    named = {str(name).lower(): str(value) for name, value in headers.items()}
    return Answered(status, named, content.encode() if isinstance(content, str) else content)


def json_answer(status: int, document: object) -> Callable[[str, str, bytes | None], Answered]:
    """A server that answers everything with one document."""
    content = json.dumps(document).encode()
    headers = {"content-type": "application/vnd.api+json"}
    return lambda _method, _address, _body: Answered(status, headers, content)


@contextmanager
def healthy_installation(
    cloud: Cloud, connection: Connection, patch: pytest.MonkeyPatch
) -> Iterator[Installation]:
    """An installation in which the doctor finds nothing."""
    owner = make_user(connection, "owner@example.com")
    event = make_event(connection, owner)
    key = f"events/{event['id']}/logo.png"
    connection.exec_driver_sql(f"UPDATE events SET logo_url = '{BUCKET_ADDRESS}/{key}'")  # noqa: S608
    make_role_invite(connection, event, "bob@example.com")
    connection.commit()
    clients.s3().put_object(Bucket=MEDIA, Key=key, Body=b"image")
    _set_up_bucket()
    _set_up_queues(cloud)
    _set_up_rule(cloud)
    installation = Installation(cloud, connection, owner, event, {})
    exports = f"https://{EXPORTS}.s3"
    installation.web |= {API: installation.answer_by_function, exports: answer_by_s3}
    patch.setattr(doctor, "ask", installation.ask)

    def date(parsed: dict[str, Any], **_: object) -> None:
        now = format_datetime(datetime.now(UTC) + installation.s3_ahead, usegmt=True)
        answer = parsed.setdefault("ResponseMetadata", {})
        answer.setdefault("HTTPHeaders", {})["date"] = now

    answered: dict[str, Callable[[], Mapping[str, Any]]] = {
        "before-call.sesv2.GetAccount": lambda: installation.mail_account,
        "before-call.sesv2.GetEmailIdentity": lambda: installation.mail_identity,
        "before-call.sesv2.GetConfigurationSetEventDestinations": lambda: {
            "EventDestinations": [installation.mail_destination]
        },
        "before-call.lambda.GetAccountSettings": lambda: {
            "AccountLimit": installation.lambda_limit
        },
    }
    events = clients.s3().meta.events
    events.register("after-call.s3.HeadBucket", date)
    with answering(clients.ses(), answered), answering(clients.lambda_(), answered):
        yield installation
    events.unregister("after-call.s3.HeadBucket", date)


@contextmanager
def answering(
    client: Any,  # noqa: ANN401 - a client of any service
    answers: Mapping[str, Callable[[], Mapping[str, Any]]],
) -> Iterator[None]:
    """Answer calls by their events' names, in place of AWS."""

    def hook(call: Callable[[], Mapping[str, Any]]) -> Callable[..., Any]:
        return lambda **_: (SimpleNamespace(status_code=200), deepcopy(dict(call())))

    hooks = {name: hook(call) for name, call in answers.items()}
    for name, handler in hooks.items():
        client.meta.events.register(name, handler)
    try:
        yield
    finally:
        for name, handler in hooks.items():
            client.meta.events.unregister(name, handler)


def _set_up_bucket() -> None:
    wanted = template()["Resources"]["ExportBucket"]["Properties"]
    clients.s3().put_bucket_cors(
        Bucket=EXPORTS,
        CORSConfiguration={
            "CORSRules": [
                {
                    "AllowedMethods": wanted["CorsConfiguration"]["CorsRules"][0]["AllowedMethods"],
                    "AllowedOrigins": ["https://www.example.com"],
                }
            ]
        },
    )
    clients.s3().put_bucket_lifecycle_configuration(
        Bucket=EXPORTS,
        LifecycleConfiguration={
            "Rules": [
                {
                    "ID": "expire-archives",
                    "Status": "Enabled",
                    "Filter": {"Prefix": "exports/"},
                    "Expiration": {"Days": 7},
                },
                {
                    "ID": "abort-unfinished-uploads",
                    "Status": "Enabled",
                    "Filter": {"Prefix": ""},
                    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
                },
            ]
        },
    )


def _set_up_rule(cloud: Cloud) -> None:
    pattern = {"detail": {"mail": {"tags": {"ses:configuration-set": [MAIL_SET]}}}}
    name, queue = cloud.settings["MAIL_EVENTS_RULE"], cloud.settings["MAIL_EVENTS_QUEUE_ARN"]
    clients.events().put_rule(Name=name, EventPattern=json.dumps(pattern))
    clients.events().put_targets(Rule=name, Targets=[{"Id": "mail-events", "Arn": queue}])


def _set_up_queues(cloud: Cloud) -> None:
    sqs = clients.sqs()
    for url, dead_url in (
        (cloud.queue_url, cloud.dead_letter_url),
        (cloud.import_queue_url, cloud.import_dead_letter_url),
    ):
        dead = sqs.get_queue_attributes(QueueUrl=dead_url, AttributeNames=["QueueArn"])
        policy = {"deadLetterTargetArn": dead["Attributes"]["QueueArn"], "maxReceiveCount": 10}
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": json.dumps(policy)})
