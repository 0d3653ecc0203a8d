"""Misconfigurations, and what the doctor says of each."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from openevent.adapters import clients
from openevent.adapters.secrets import forget_secrets
from openevent.importing.job import SentArchive, new_import
from openevent.importing.options import ImportOptions
from tests.functions import API, EXPORTS, MEDIA, MEDIA_ROOT, client_error
from tests.integration.doctor.installation import (
    BUCKET_ADDRESS,
    Installation,
    answering,
    json_answer,
)
from tests.integration.doctor.servers import closed_port, with_unknown_certificate, without_tls
from tests.integration.doctor.users import asked_for_a_password, limited_user

SEEDS: "list[Seed]" = []

OLD_REFUSAL = {
    "errors": [{"status": "401", "source": None, "title": "Unauthorized", "detail": "No token"}],
    "jsonapi": {"version": "1.0"},
}
OLD_INVITE = {
    "data": {"type": "role-invite", "id": "1", "attributes": {"hash": "the-secret-of-an-invite"}}
}
UNKNOWN_PATH = {"errors": [{"status": "404", "code": "not-found", "title": "Not Found"}]}

Sow = Callable[[Installation, ExitStack], None]


@dataclass(frozen=True)
class Seed:
    """A misconfiguration: how it is made, and where and in which words the doctor names it.

    `found` and `advice` are parts of the doctor's sentences.
    """

    name: str
    sow: Sow
    area: str
    check: str
    found: str
    advice: str
    state: str


def seed(place: str, found: str, advice: str, *, state: str = "fault") -> Callable[[Sow], Sow]:
    """Register a misconfiguration; `place` is `area: check`."""
    area, _, check = place.partition(": ")

    def register(sow: Sow) -> Sow:
        SEEDS.append(Seed(sow.__name__, sow, area, check, found, advice, state))
        return sow

    return register


@seed("database: address", "no host db.invalid", "Correct the host")
def wrong_host(one: Installation, _: ExitStack) -> None:
    one.change_database(host="db.invalid")


@seed("database: address", "No database listens at 127.0.0.1", "start the database")
def unreachable_port(one: Installation, _: ExitStack) -> None:
    one.change_database(host="127.0.0.1", port=closed_port())


@seed("database: connection", "refuses the password", "current password")
def wrong_password(one: Installation, ending: ExitStack) -> None:
    user = ending.enter_context(limited_user(one.connection))
    ending.enter_context(asked_for_a_password(one.connection, user))
    one.change_database(username=user, password="wrong")


@seed("database: connection", "asks for a password", "Add the password")
def no_password(one: Installation, ending: ExitStack) -> None:
    user = ending.enter_context(limited_user(one.connection))
    ending.enter_context(asked_for_a_password(one.connection, user))
    one.change_database(username=user)


@seed("database: connection", "does not let the user stranger connect", "may log in")
def unknown_database_user(one: Installation, _: ExitStack) -> None:
    one.change_database(username="stranger")


@seed("database: connection", "no database nowhere", "Correct dbname")
def missing_database(one: Installation, _: ExitStack) -> None:
    one.change_database(dbname="nowhere")


@seed("database: secret", "not a JSON object", 'Write it as {"host"')
def malformed_secret(one: Installation, _: ExitStack) -> None:
    one.change_secret("DATABASE_SECRET_ARN", "postgresql://user:pass-of-an-url@db/open_event")


@seed("database: secret", "has no host and no dbname", "set the parameters DatabaseHost")
def missing_secret_fields(one: Installation, _: ExitStack) -> None:
    one.change_database(host=None, dbname=None)


@seed("database: secret", "port is not a number", "Correct the port")
def port_without_number(one: Installation, _: ExitStack) -> None:
    one.change_database(port="postgresql")


@seed("database: secret", "may not read the secret", "SecretsKmsKeyArn")
def secret_denied(one: Installation, ending: ExitStack) -> None:
    ending.enter_context(_denied_secret(one.setting("DATABASE_SECRET_ARN")))


@seed("database: secret", "does not exist", "correct DatabaseSecretArn")
def secret_missing(one: Installation, _: ExitStack) -> None:
    arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:nowhere-AbCdEf"
    one.cloud.set("DATABASE_SECRET_ARN", arn)


@seed("database: connection", "accepts no encrypted connection", "ssl = on")
def tls_refused(one: Installation, ending: ExitStack) -> None:
    one.change_database(host="127.0.0.1", port=ending.enter_context(without_tls()))


@seed("database: connection", "certificate is not valid", "sslrootcert")
def certificate_of_a_stranger(one: Installation, ending: ExitStack) -> None:
    port = ending.enter_context(with_unknown_certificate())
    one.change_database(host="127.0.0.1", port=port, sslmode="verify-full")


@seed("database rights: tables", "no SELECT on events", "GRANT SELECT ON events TO functions_")
def no_grant_on_events(one: Installation, ending: ExitStack) -> None:
    _limit(one, ending, "REVOKE SELECT ON events FROM {user}")


@seed("database rights: tables", "no DELETE on role_invites", "GRANT DELETE ON role_invites")
def no_grant_on_role_invites(one: Installation, ending: ExitStack) -> None:
    _limit(one, ending, "REVOKE DELETE ON role_invites FROM {user}")


@seed(
    "database rights: tables", "no INSERT on users_events_roles", "GRANT INSERT ON users_events_r"
)
def no_grant_on_users_events_roles(one: Installation, ending: ExitStack) -> None:
    _limit(one, ending, "REVOKE INSERT ON users_events_roles FROM {user}")


@seed(
    "database rights: tables",
    "no UPDATE on columns of users",
    "GRANT UPDATE (is_verified) ON users TO functions_",
)
def no_grant_on_a_column(one: Installation, ending: ExitStack) -> None:
    _limit(one, ending, "REVOKE UPDATE (is_verified) ON users FROM {user}")


@seed("database rights: sequences", "USAGE of the sequences", "GRANT USAGE ON SEQUENCE")
def no_grant_on_sequences(one: Installation, ending: ExitStack) -> None:
    _limit(one, ending, "REVOKE USAGE ON ALL SEQUENCES IN SCHEMA public FROM {user}")


@seed("database rights: TEMP", "no TEMP on the database", "GRANT TEMP ON DATABASE")
def no_temporary_tables(one: Installation, ending: ExitStack) -> None:
    name = one.connection.exec_driver_sql("SELECT current_database()").scalar_one()
    _limit(one, ending, f"REVOKE TEMP ON DATABASE {name} FROM PUBLIC")


@seed("database schema: tables", "no table role_invites", "flask db upgrade")
def missing_table(one: Installation, _: ExitStack) -> None:
    one.run("DROP TABLE role_invites CASCADE")


@seed("database schema: tables", "no table sponsors", "docs/contract.md", state="warning")
def missing_table_of_the_archive(one: Installation, _: ExitStack) -> None:
    one.run("DROP TABLE sponsors CASCADE")


@seed("database schema: columns", "no column events.identifier", "search_path")
def missing_column(one: Installation, _: ExitStack) -> None:
    one.run("ALTER TABLE events DROP COLUMN identifier CASCADE")


@seed("database schema: columns", "no column speaker.mobile", "do without", state="warning")
def missing_column_of_the_archive(one: Installation, _: ExitStack) -> None:
    one.run("ALTER TABLE speaker DROP COLUMN mobile")


@seed("database schema: unknown tables", "event_sauna", "event_tables.py", state="warning")
def unknown_event_table(one: Installation, _: ExitStack) -> None:
    one.run("CREATE TABLE event_sauna (id serial PRIMARY KEY, event_id int REFERENCES events)")


@seed("database schema: safeguards", "no users.is_blocked", "flask db upgrade", state="warning")
def missing_is_blocked(one: Installation, _: ExitStack) -> None:
    one.run("ALTER TABLE users DROP COLUMN is_blocked")


@seed("token key: secret", "ends with a space or a line break", "SECRET_KEY", state="warning")
def key_with_a_line_break(one: Installation, _: ExitStack) -> None:
    one.change_secret("JWT_SECRET_ARN", "the key of the server, long enough for HS256\n")


@seed("token key: secret", "is empty", "SECRET_KEY")
def empty_key(one: Installation, _: ExitStack) -> None:
    one.change_secret("JWT_SECRET_ARN", " ")


@seed("media: bucket", "no bucket moved-away", "Correct MediaBucketName")
def media_bucket_missing(one: Installation, _: ExitStack) -> None:
    one.cloud.set("MEDIA_BUCKET", "moved-away")


@seed("media: bucket", "may not list the bucket media", "policy must permit s3:ListBucket")
def media_bucket_denied(_: Installation, ending: ExitStack) -> None:
    ending.enter_context(_refusing("HeadBucket", 403, "403", bucket=MEDIA))


@seed("media: objects", "1 are denied", "MediaKmsKeyArn")
def media_objects_denied(_: Installation, ending: ExitStack) -> None:
    ending.enter_context(_refusing("HeadObject", 403, "403", bucket=MEDIA))


@seed("media: objects", "1 are missing", "the bucket that the server uses now")
def media_objects_missing(_: Installation, __: ExitStack) -> None:
    keys = [item["Key"] for item in clients.s3().list_objects_v2(Bucket=MEDIA)["Contents"]]
    for key in keys:
        clients.s3().delete_object(Bucket=MEDIA, Key=key)


@seed("media: addresses", "0 lead to the bucket, 1 elsewhere", "old-cdn.example.org")
def media_addresses_elsewhere(one: Installation, _: ExitStack) -> None:
    one.run("UPDATE events SET logo_url = 'https://old-cdn.example.org/events/1/logo.png'")


@seed("media: addresses", "1 to prefixes that are not read", "MediaPublicPrefixes")
def media_prefixes_unread(one: Installation, _: ExitStack) -> None:
    one.run(f"UPDATE events SET logo_url = '{BUCKET_ADDRESS}/uploads/2026/logo.png'")  # noqa: S608


@seed("media: ACLs", "public ACLs are blocked", "Unblock public ACLs", state="warning")
def media_acls_blocked(_: Installation, __: ExitStack) -> None:
    clients.s3().put_public_access_block(
        Bucket=MEDIA, PublicAccessBlockConfiguration={"BlockPublicAcls": True}
    )


@seed("export bucket: CORS", "do not allow GET from https://www.example.com", "Deploy the stack")
def no_cors_for_an_origin(_: Installation, __: ExitStack) -> None:
    rule: Any = {"AllowedMethods": ["GET"], "AllowedOrigins": ["https://other.example.com"]}
    clients.s3().put_bucket_cors(Bucket=EXPORTS, CORSConfiguration={"CORSRules": [rule]})


@seed("export bucket: lifecycle", "Archives never expire", "Deploy the stack again")
def no_lifecycle(_: Installation, __: ExitStack) -> None:
    clients.s3().delete_bucket_lifecycle(Bucket=EXPORTS)


@seed("export bucket: lifecycle", "after 7 days, and ArchiveDays is 30", "Deploy the stack")
def lifecycle_of_other_days(one: Installation, _: ExitStack) -> None:
    one.cloud.set("ARCHIVE_DAYS", "30")


@seed("export bucket: archives", "cannot be written to: AccessDenied", "denies s3:PutObject")
def export_bucket_not_writable(_: Installation, ending: ExitStack) -> None:
    ending.enter_context(_refusing("PutObject", 403, "AccessDenied", bucket=EXPORTS))


@seed("export bucket: archives", "bucket exports-of-old does not exist", "remove it from the stack")
def export_bucket_gone(one: Installation, _: ExitStack) -> None:
    one.cloud.set("EXPORT_BUCKET", "exports-of-old")


@seed("export bucket: archives", "presigned address is answered with 403", "denies s3:GetObject")
def archives_not_downloadable(one: Installation, _: ExitStack) -> None:
    one.web[f"https://{EXPORTS}.s3"] = json_answer(403, "denied")


@seed("queue: exports", "queue of exports does not exist", "Deploy the stack again")
def queue_gone(one: Installation, _: ExitStack) -> None:
    clients.sqs().delete_queue(QueueUrl=one.cloud.queue_url)


@seed("queue: exports", "do not go to the dead-letter queue", "redrive policy")
def queue_without_redrive(one: Installation, _: ExitStack) -> None:
    clients.sqs().set_queue_attributes(
        QueueUrl=one.cloud.queue_url, Attributes={"RedrivePolicy": ""}
    )


@seed("queue: dead letters", "1 messages are in the dead-letter queue", "log of export-failed")
def dead_letters_present(one: Installation, _: ExitStack) -> None:
    clients.sqs().send_message(QueueUrl=one.cloud.dead_letter_url, MessageBody="{}")


@seed("import queue: imports", "queue of imports does not exist", "Deploy the stack again")
def import_queue_gone(one: Installation, _: ExitStack) -> None:
    clients.sqs().delete_queue(QueueUrl=one.cloud.import_queue_url)


@seed("import queue: imports", "do not go to the dead-letter queue", "redrive policy")
def import_queue_without_redrive(one: Installation, _: ExitStack) -> None:
    clients.sqs().set_queue_attributes(
        QueueUrl=one.cloud.import_queue_url, Attributes={"RedrivePolicy": ""}
    )


@seed("import queue: dead letters", "could not end their imports", "log of import-failed")
def import_dead_letters_present(one: Installation, _: ExitStack) -> None:
    clients.sqs().send_message(QueueUrl=one.cloud.import_dead_letter_url, MessageBody="{}")


@seed(
    *("import queue: age", "oldest unfinished import is 7 hours old", "import-worker"),
    state="warning",
)
def import_left_over(one: Installation, _: ExitStack) -> None:
    job = new_import(
        task_id="b7ca7088-876e-4c29-a0ee-b8029a64849a",
        user_id=one.owner["id"],
        user_email="owner@example.com",
        archive=SentArchive(name="event.zip", size=1, sha256="00" * 32),
        options=ImportOptions(),
        archive_days=7,
        is_uploaded_later=False,
    )
    begun = datetime.now(UTC) - timedelta(hours=7)
    left = job.model_copy(update={"created_at": begun.isoformat()})
    clients.dynamodb().put_item(TableName=one.setting("JOBS_TABLE"), Item=left.item())


@seed("mail: identity", "is not verified", "DKIM")
def identity_unverified(one: Installation, _: ExitStack) -> None:
    one.mail_identity["VerifiedForSendingStatus"] = False


@seed("mail events: configuration set", "lost does not exist", "MailConfigurationSet")
def own_configuration_set_gone(one: Installation, _: ExitStack) -> None:
    one.cloud.set("MAIL_CONFIGURATION_SET", "lost")


@seed("mail events: configuration set", "Sending is paused", "enable sending again")
def own_configuration_set_paused(_: Installation, ending: ExitStack) -> None:
    paused = {"SendingOptions": {"SendingEnabled": False}}
    answers = {"before-call.sesv2.GetConfigurationSet": lambda: paused}
    ending.enter_context(answering(clients.ses(), answers))


@seed("mail events: configuration set", "does not suppress", "suppression list", state="warning")
def suppression_is_off(_: Installation, ending: ExitStack) -> None:
    off: dict[str, Any] = {"SuppressionOptions": {"SuppressedReasons": []}}
    answers = {"before-call.sesv2.GetConfigurationSet": lambda: off}
    ending.enter_context(answering(clients.ses(), answers))


@seed("mail events: event destination", "BOUNCE, COMPLAINT", "event destination open-event")
def event_destination_disabled(one: Installation, _: ExitStack) -> None:
    one.mail_destination["Enabled"] = False


@seed("mail events: event destination", "EventBridge: BOUNCE.", "event destination open-event")
def event_destination_without_bounces(one: Installation, _: ExitStack) -> None:
    one.mail_destination["MatchingEventTypes"].remove("BOUNCE")


@seed("mail events: rule", "mail-events does not exist", "Deploy the stack again")
def rule_gone(one: Installation, _: ExitStack) -> None:
    name = one.setting("MAIL_EVENTS_RULE")
    clients.events().remove_targets(Rule=name, Ids=["mail-events"])
    clients.events().delete_rule(Name=name)


@seed("mail events: rule", "is disabled", "aws events enable-rule --name mail-events")
def rule_disabled(one: Installation, _: ExitStack) -> None:
    clients.events().disable_rule(Name=one.setting("MAIL_EVENTS_RULE"))


@seed("mail events: rule", "does not match events of", "right MailConfigurationSet")
def rule_of_another_set(one: Installation, _: ExitStack) -> None:
    pattern = {"detail": {"mail": {"tags": {"ses:configuration-set": ["another"]}}}}
    name = one.setting("MAIL_EVENTS_RULE")
    clients.events().put_rule(Name=name, EventPattern=json.dumps(pattern))


@seed("mail events: rule", "does not lead to the queue", "Deploy the stack again")
def rule_without_target(one: Installation, _: ExitStack) -> None:
    clients.events().remove_targets(Rule=one.setting("MAIL_EVENTS_RULE"), Ids=["mail-events"])


@seed("mail: identity", "configuration set audit does not exist", "Create it")
def configuration_set_gone(one: Installation, _: ExitStack) -> None:
    one.mail_identity["ConfigurationSetName"] = "audit"


@seed("mail: account", "in the SES sandbox", "Request production access")
def ses_sandbox(one: Installation, _: ExitStack) -> None:
    one.mail_account["ProductionAccessEnabled"] = False


@seed("mail: account", "paused for the whole account", "enable sending again")
def sending_paused(one: Installation, _: ExitStack) -> None:
    one.mail_account["SendingEnabled"] = False


@seed("mail: sender", "does not belong to MailIdentity example.org", "Set MailIdentity")
def sender_of_another_identity(one: Installation, _: ExitStack) -> None:
    one.cloud.set("MAIL_IDENTITY", "example.org")


@seed("routes: paths", "POST /v1/events/doctor/copy goes to the old server", "docs/deploy.md")
def route_to_the_old_server(one: Installation, _: ExitStack) -> None:
    one.web[f"{API}/v1/events/doctor/copy"] = json_answer(401, OLD_REFUSAL)


@seed("routes: paths", "GET /v1/tasks/doctor reaches API Gateway", "with /v1 once")
def path_without_its_stage(one: Installation, _: ExitStack) -> None:
    one.web[f"{API}/v1/tasks"] = json_answer(404, UNKNOWN_PATH)


@seed("routes: paths", "does not answer from the functions' network", "ApiUrl", state="warning")
def api_not_reachable(one: Installation, _: ExitStack) -> None:
    one.web[API] = None


@seed("routes: old invites", "DANGER: GET https://api.example.com/v1/role-invites/", "Close")
def old_invites_open(one: Installation, _: ExitStack) -> None:
    one.web[f"{API}/v1/role-invites/"] = json_answer(200, OLD_INVITE)


@seed("routes: old invites", "/v1/role%2Dinvites/", "in all spellings")
def old_invites_open_by_another_spelling(one: Installation, _: ExitStack) -> None:
    one.web[f"{API}/v1/role%2Dinvites/"] = json_answer(200, OLD_INVITE)


@seed("routes: old invites", "old server answers POST https://media.example.com", "Close")
def old_server_open_at_its_own_address(one: Installation, _: ExitStack) -> None:
    one.web[MEDIA_ROOT] = json_answer(401, OLD_REFUSAL)


@seed("clocks: S3", "s ahead of the functions' clock", "NTP")
def clock_off(one: Installation, _: ExitStack) -> None:
    one.s3_ahead = timedelta(seconds=60)


@seed("account: concurrency", "10 executions at the same time", "Service Quotas")
def concurrency_too_small(one: Installation, _: ExitStack) -> None:
    one.lambda_limit |= {"ConcurrentExecutions": 10, "UnreservedConcurrentExecutions": 9}


@seed("versions: template and code", "template is version 0.9.0", "make build")
def template_of_another_version(one: Installation, _: ExitStack) -> None:
    one.cloud.set("TEMPLATE_VERSION", "0.9.0")


def _limit(one: Installation, ending: ExitStack, statement: str) -> None:
    """Let the functions be a user with the privileges that they need, after `statement`."""
    user = ending.enter_context(limited_user(one.connection))
    one.run(statement.format(user=user))
    one.change_database(username=user)


@contextmanager
def _denied_secret(arn: str) -> Iterator[None]:
    """Refuse the secret as Secrets Manager does."""
    client = clients.secrets()
    get = client.get_secret_value

    def refuse(**options: Any) -> Any:  # noqa: ANN401 - as botocore has it
        if options["SecretId"] != arn:
            return get(**options)
        raise client_error("AccessDeniedException", "GetSecretValue")

    forget_secrets()
    client.get_secret_value = refuse  # type: ignore[method-assign]  # put back below
    try:
        yield
    finally:
        client.get_secret_value = get  # type: ignore[method-assign]


@contextmanager
def _refusing(operation: str, status: int, code: str, *, bucket: str) -> Iterator[None]:
    """Refuse calls about `bucket` as S3 does."""
    events = clients.s3().meta.events
    name = f"before-call.s3.{operation}"

    def refuse(params: dict[str, Any], **_: object) -> Any:  # noqa: ANN401 - as botocore has it
        if (
            bucket not in params["url"].split("/")[2].split(".")
            and f"/{bucket}" not in params["url"]
        ):
            return None
        return SimpleNamespace(status_code=status), {"Error": {"Code": code, "Message": ""}}

    events.register(name, refuse)
    try:
        yield
    finally:
        events.unregister(name, refuse)
