"""template.yaml agrees with the code that it deploys and with the rules for it."""

import json
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from openevent import __version__
from openevent.adapters.storage.media_keys import PRIVATE_FOLDERS
from openevent.edge import settings
from openevent.edge.settings import Settings

ROOT = Path(__file__).parents[2]

# What is set for the libraries, not for us.
LIBRARIES = {
    "MALLOC_ARENA_MAX",
    "POWERTOOLS_LOG_LEVEL",
    "POWERTOOLS_METRICS_NAMESPACE",
    "POWERTOOLS_SERVICE_NAME",
}


class _Loader(yaml.CSafeLoader):
    """Reads CloudFormation's short forms as what they stand for."""


def _short_form(loader: _Loader, tag: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        raise TypeError(node)
    return {tag if tag == "Ref" else f"Fn::{tag}": value}


_Loader.add_multi_constructor("!", _short_form)


@cache
def template() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load((ROOT / "template.yaml").read_text(), _Loader)  # noqa: S506
    return loaded


def resources(kind: str) -> dict[str, Any]:
    return {
        name: resource["Properties"]
        for name, resource in template()["Resources"].items()
        if resource["Type"] == kind
    }


def functions() -> dict[str, Any]:
    return resources("AWS::Serverless::Function")


def folder(function: str) -> Path:
    return ROOT / str(functions()[function]["CodeUri"])


def settings_of(function: str) -> type[Settings]:
    code = (folder(function) / "app.py").read_text()
    found = re.search(r"^wiring = \w+\((\w+)\.load\(\)\)", code, re.MULTILINE)
    assert found
    model: type[Settings] = getattr(settings, found[1])
    return model


def statements_of(role: str) -> dict[str, dict[str, Any]]:
    """The statements of a role by their Sid, those of conditional policies included."""
    shared = [
        policy
        for policy in resources("AWS::IAM::Policy").values()
        if {"Ref": role} in policy["Roles"]
    ]
    return {
        statement["Sid"]: statement
        for policy in [*resources("AWS::IAM::Role")[role]["Policies"], *shared]
        for statement in policy["PolicyDocument"]["Statement"]
    }


def statements() -> list[dict[str, Any]]:
    roles = resources("AWS::IAM::Role")
    return [statement for role in roles for statement in statements_of(role).values()]


def as_list(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize("function", functions())
def test_a_function_gets_all_its_settings_and_no_others(function: str) -> None:
    given = set(functions()[function]["Environment"]["Variables"])

    assert given == {name.upper() for name in settings_of(function).model_fields}


def test_all_functions_get_the_settings_of_the_libraries() -> None:
    assert set(template()["Globals"]["Function"]["Environment"]["Variables"]) == LIBRARIES


@pytest.mark.parametrize("parameter", template()["Parameters"])
def test_a_parameter_is_used(parameter: str) -> None:
    text = (ROOT / "template.yaml").read_text()

    assert re.search(rf"!Ref {parameter}\b|\${{{parameter}}}", text)


@pytest.mark.parametrize("parameter", template()["Parameters"])
def test_a_parameter_has_its_place_in_the_console(parameter: str) -> None:
    groups = template()["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]

    assert [parameter in group["Parameters"] for group in groups].count(True) == 1


def test_every_function_has_a_role_and_a_log_of_its_own() -> None:
    roles = [function["Role"]["Fn::GetAtt"] for function in functions().values()]
    logs = [function["LoggingConfig"]["LogGroup"]["Ref"] for function in functions().values()]

    assert roles == [f"{name}Role.Arn" for name in functions()]
    assert logs == [f"{name}Logs" for name in functions()]


# Actions without resources (Service Authorization Reference); they read settings of the account.
WITHOUT_RESOURCES = {
    *("lambda:GetAccountSettings", "ses:GetAccount", "ses:GetSuppressedDestination"),
}


def test_no_role_may_do_everything_or_touch_everything() -> None:
    for statement in statements():
        assert statement["Effect"] == ("Deny" if statement["Sid"] == "NeverRead" else "Allow")
        actions = set(as_list(statement["Action"]))
        assert not any("*" in action for action in actions)
        for resource in as_list(statement["Resource"]):
            assert resource != "*" or actions <= WITHOUT_RESOURCES


def test_what_clients_poll_has_a_limit_of_its_own() -> None:
    settings = resources("AWS::Serverless::Api")["Api"]["MethodSettings"]
    polled = {
        setting["ResourcePath"].replace("~1", "/").removeprefix("/")
        for setting in settings
        if setting["ThrottlingRateLimit"] == {"Ref": "PollRateLimit"}
    }

    assert polled == {
        "/tasks/{task_id}",
        "/events/{event_identifier}/exports/page/{task_id}",
        *(f"/events/{{event_identifier}}/schedule.{end}" for end in ("ics", "xcs", "xml", "json")),
    }


@pytest.mark.parametrize(
    ("running", "workers"),
    [
        ("ExportsRunningPerUser", "WorkerConcurrency"),
        ("ImportsRunningPerUser", "ImportConcurrency"),
    ],
)
def test_one_user_does_not_occupy_all_workers(running: str, workers: str) -> None:
    parameters = template()["Parameters"]

    assert parameters[running]["Default"] < parameters[workers]["Default"]


def test_all_logs_are_dropped_one_day() -> None:
    for group in resources("AWS::Logs::LogGroup").values():
        assert group["RetentionInDays"] == {"Ref": "LogRetentionDays"}


def test_a_message_stays_hidden_six_times_as_long_as_its_function_may_run() -> None:
    hidden = template()["Mappings"]["VisibilityTimeouts"]

    assert {int(timeout): entry["Seconds"] for timeout, entry in hidden.items()} == {
        timeout: 6 * timeout
        for timeout in template()["Parameters"]["WorkerTimeout"]["AllowedValues"]
    }
    queues = resources("AWS::SQS::Queue")
    assert queues["ExportQueue"]["VisibilityTimeout"] == {
        "Fn::FindInMap": ["VisibilityTimeouts", {"Ref": "WorkerTimeout"}, "Seconds"]
    }
    seconds = template()["Globals"]["Function"]["Timeout"]
    assert queues["DeadLetterQueue"]["VisibilityTimeout"] >= 6 * seconds


def test_the_bucket_of_archives_is_private_encrypted_and_forgets() -> None:
    bucket = resources("AWS::S3::Bucket")["ExportBucket"]

    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["BucketEncryption"]
    assert bucket["LifecycleConfiguration"]["Rules"] == [
        {
            "Id": "expire-archives",
            "Status": "Enabled",
            "Prefix": "exports/",
            "ExpirationInDays": {"Ref": "ArchiveDays"},
        },
        {
            "Id": "expire-schedules",
            "Status": "Enabled",
            "Prefix": "schedules/",
            "ExpirationInDays": 2,
        },
        {
            "Id": "expire-imports",
            "Status": "Enabled",
            "Prefix": "imports/",
            "ExpirationInDays": {"Ref": "ArchiveDays"},
        },
        {
            "Id": "expire-test-objects",
            "Status": "Enabled",
            "Prefix": "doctor/",
            "ExpirationInDays": 1,
        },
        {
            "Id": "abort-unfinished-uploads",
            "Status": "Enabled",
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
        },
    ]


def selected(value: Any) -> Any:  # noqa: ANN401 (a value of the template)
    """Return what CloudFormation makes of the functions in `value`, with default parameters."""
    if isinstance(value, list):
        return [selected(item) for item in value]
    if not isinstance(value, dict):
        return value
    ((function, argument),) = value.items()
    match function:
        case "Ref":
            return template()["Parameters"][argument]["Default"].split(",")
        case "Fn::Join":
            delimiter, texts = selected(argument)
            return delimiter.join(texts)
        case "Fn::Split":
            delimiter, text = selected(argument)
            return text.split(delimiter)
        case "Fn::Select":
            number, values = selected(argument)
            return values[number]
    raise AssertionError(function)


@pytest.mark.parametrize("role", ["ExportStartRole", "ExportWorkerRole", "CopyEventRole"])
def test_defect_12_media_is_read_where_uploads_are_public_and_nowhere_else(role: str) -> None:
    by_sid = statements_of(role)
    bucket = "arn:${AWS::Partition}:s3:::${MediaBucketName}"

    assert [resource["Fn::Sub"][0] for resource in by_sid["Media"]["Resource"]] == [
        f"{bucket}/${{Keys}}*"
    ] * (4 + 8)
    keys = [selected(resource["Fn::Sub"][1]["Keys"]) for resource in by_sid["Media"]["Resource"]]
    assert keys[:4] == ["events/"] * 4
    public = ["temp/images/", "events/temp/", "users/", "event_topic/", "exhibitors/"]
    assert keys[4:] == [*public, *public[:3]]
    assert [resource["Fn::Sub"] for resource in by_sid["NeverRead"]["Resource"]] == [
        f"{bucket}/{folder}/*" for folder in PRIVATE_FOLDERS
    ]
    # S3 says that an object is missing only to those who may list the bucket.
    assert by_sid["MissingMedia"]["Action"] == "s3:ListBucket"
    assert by_sid["MissingMedia"]["Resource"] == {"Fn::Sub": bucket}


def test_uploads_start_imports_and_nothing_else_may_write_to_the_queue() -> None:
    notified = resources("AWS::S3::Bucket")["ExportBucket"]["NotificationConfiguration"]
    (policy,) = [
        policy
        for policy in resources("AWS::SQS::QueuePolicy").values()
        if {"Ref": "ImportQueue"} in policy["Queues"]
    ]

    assert notified == {
        "QueueConfigurations": [
            {
                "Event": "s3:ObjectCreated:Post",
                "Queue": {"Fn::GetAtt": "ImportQueue.Arn"},
                "Filter": {
                    "S3Key": {
                        "Rules": [
                            {"Name": "prefix", "Value": "imports/"},
                            {"Name": "suffix", "Value": ".zip"},
                        ]
                    }
                },
            }
        ]
    }
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "s3.amazonaws.com"}
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    }
    assert template()["Resources"]["ExportBucket"]["DependsOn"] == "ImportQueuePolicy"


def test_forms_with_archives_reach_the_function_unchanged() -> None:
    api = resources("AWS::Serverless::Api")["Api"]

    assert api["BinaryMediaTypes"] == ["multipart~1form-data"]


@pytest.mark.parametrize(
    ("role", "actions"),
    [
        (
            "CopyEventRole",
            {
                "PutObject",
                "PutObjectTagging",
                "PutObjectAcl",
                "DeleteObject",
                "AbortMultipartUpload",
            },
        ),
        ("SweeperRole", {"DeleteObject", "AbortMultipartUpload"}),
    ],
)
def test_copies_are_written_and_removed_in_the_folder_of_events_and_nowhere_else(
    role: str, actions: set[str]
) -> None:
    """No upload of the server, public or private, can be changed or removed."""
    media = "arn:${AWS::Partition}:s3:::${MediaBucketName}"
    writing = {
        sid: {action.removeprefix("s3:") for action in as_list(statement["Action"])}
        for sid, statement in statements_of(role).items()
        if any(re.match(r"s3:(Put|Delete|Abort|\*)", one) for one in as_list(statement["Action"]))
        and media in json.dumps(statement["Resource"])
    }

    assert writing == {"CopiesOfMedia": actions}
    resource, variables = statements_of(role)["CopiesOfMedia"]["Resource"]["Fn::Sub"]
    assert resource == f"{media}/${{Events}}*"
    assert selected(variables["Events"]) == "events/"


@pytest.mark.parametrize("role", ["ExportStartRole", "ExportWorkerRole", "DoctorRole"])
def test_no_other_role_changes_media(role: str) -> None:
    for statement in statements_of(role).values():
        if "MediaBucketName" in json.dumps(statement["Resource"]):
            assert all(re.match("s3:(Get|List)", action) for action in as_list(statement["Action"]))


def test_a_missing_right_to_media_rings() -> None:
    alarm = resources("AWS::CloudWatch::Alarm")["MediaAccessDeniedAlarm"]

    assert (alarm["MetricName"], alarm["Threshold"]) == ("MediaAccessDenied", 0)


@pytest.mark.parametrize("function", ["ExportStart", "ExportStatus", "ImportStart", "RoleInvite"])
def test_defect_7_connections_of_an_api_function_can_be_bounded(function: str) -> None:
    """Issue 10: each invocation holds one connection, and the database has a hundred."""
    reserved = {"Ref": f"{function}ReservedConcurrency"}
    condition = f"Reserves{function}"

    assert functions()[function]["ReservedConcurrentExecutions"] == {
        "Fn::If": [condition, reserved, {"Ref": "AWS::NoValue"}]
    }
    assert template()["Conditions"][condition] == {"Fn::Not": [{"Fn::Equals": [reserved, 0]}]}
    assert template()["Parameters"][f"{function}ReservedConcurrency"]["Default"] == 0


@pytest.mark.parametrize(
    "role",
    [
        "ExportWorkerRole",
        "ExportFailedRole",
        "ExportStatusRole",
        "ImportWorkerRole",
        "ImportFailedRole",
    ],
)
def test_defect_12_jobs_are_made_and_deleted_by_starts_alone(role: str) -> None:
    """Issue 10: three roles could put and delete records, which their functions never do."""
    by_sid = statements_of(role)

    assert by_sid["Jobs"]["Action"] == ["dynamodb:GetItem", "dynamodb:UpdateItem"]


@pytest.mark.parametrize("function", functions())
def test_a_function_that_sends_mail_may_use_the_default_configuration_set(function: str) -> None:
    """Issue 11: SES checks the right to it as well, and denied every mail."""
    ses = "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}"
    mail = statements_of(f"{function}Role").get("Mail")

    assert (mail is not None) == issubclass(settings_of(function), settings.MailSettings)
    if mail:
        assert mail["Action"] == "ses:SendEmail"
        assert [resource["Fn::Sub"] for resource in mail["Resource"]] == [
            f"{ses}:identity/${{MailIdentity}}",
            # An address of a domain: SES uses the address's identity, if it has one.
            f"{ses}:identity/*@${{MailIdentity}}",
            f"{ses}:configuration-set/*",
        ]


@pytest.mark.parametrize("function", functions())
def test_a_function_that_reads_secrets_may_use_the_operators_key_for_them(function: str) -> None:
    by_sid = statements_of(f"{function}Role")

    assert by_sid["SecretsKey"]["Action"] == "kms:Decrypt"
    assert by_sid["SecretsKey"]["Resource"] == {"Ref": "SecretsKmsKeyArn"}


@pytest.mark.parametrize(
    ("role", "parameter", "actions"),
    [
        ("ExportStartRole", "MediaKmsKeyArn", ["kms:Decrypt"]),
        ("ExportWorkerRole", "MediaKmsKeyArn", ["kms:Decrypt"]),
        ("CopyEventRole", "MediaKmsKeyArn", ["kms:Decrypt", "kms:GenerateDataKey"]),
        ("ExportWorkerRole", "ExportKmsKeyArn", ["kms:Decrypt", "kms:GenerateDataKey"]),
        ("ExportStatusRole", "ExportKmsKeyArn", ["kms:Decrypt"]),
        ("ImportStartRole", "ExportKmsKeyArn", ["kms:GenerateDataKey"]),
        ("ImportWorkerRole", "ExportKmsKeyArn", ["kms:Decrypt", "kms:GenerateDataKey"]),
        # Parts of a large object are put together with the right to decrypt them.
        ("ImportWorkerRole", "MediaKmsKeyArn", ["kms:Decrypt", "kms:GenerateDataKey"]),
    ],
)
def test_a_function_may_use_the_operators_key_of_the_objects_it_reads_or_writes(
    role: str, parameter: str, actions: list[str]
) -> None:
    found = [
        statement
        for statement in statements_of(role).values()
        if statement["Resource"] == {"Ref": parameter}
    ]

    assert [statement["Action"] for statement in found] == actions
    for statement in found:
        # The key is of use through S3 alone.
        assert statement["Condition"] == {
            "StringEquals": {"kms:ViaService": {"Fn::Sub": "s3.${AWS::Region}.${AWS::URLSuffix}"}}
        }


def test_without_keys_of_the_operator_no_role_has_a_right_to_any() -> None:
    for resource in template()["Resources"].values():
        if "kms:" in str(resource.get("Properties", {}).get("PolicyDocument")):
            key = re.fullmatch(r"Has(\w+)Key", resource["Condition"])
            assert key
            assert template()["Parameters"][f"{key[1]}KmsKeyArn"]["Default"] == ""


def test_archives_and_the_tickets_secret_are_encrypted_with_the_operators_keys() -> None:
    (rule,) = resources("AWS::S3::Bucket")["ExportBucket"]["BucketEncryption"][
        "ServerSideEncryptionConfiguration"
    ]
    secret = resources("AWS::SecretsManager::Secret")["TicketSecret"]

    assert rule["ServerSideEncryptionByDefault"]["Fn::If"] == [
        "HasExportKey",
        {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": {"Ref": "ExportKmsKeyArn"}},
        {"SSEAlgorithm": "AES256"},
    ]
    assert secret["KmsKeyId"]["Fn::If"][:2] == ["HasSecretsKey", {"Ref": "SecretsKmsKeyArn"}]


def test_a_function_in_a_network_has_aws_policy_for_it() -> None:
    policies = [role["ManagedPolicyArns"][0] for role in resources("AWS::IAM::Role").values()]
    policy = "arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"

    assert policies == [
        {"Fn::If": ["InVpc", {"Fn::Sub": policy}, {"Ref": "AWS::NoValue"}]} for _ in functions()
    ]


def test_an_empty_list_of_subnets_deploys() -> None:
    """Issue 11: CloudFormation refuses to select from it."""
    assert template()["Conditions"]["InVpc"] == {
        "Fn::Not": [{"Fn::Equals": [{"Fn::Join": ["", {"Ref": "VpcSubnetIds"}]}, ""]}]
    }
    assert template()["Parameters"]["VpcSubnetIds"]["Default"] == ""


def test_a_download_address_is_valid_for_an_hour_and_no_longer() -> None:
    """Issue 11: 12 hours were allowed, longer than the credentials that sign an address."""
    parameter = template()["Parameters"]["DownloadUrlSeconds"]

    assert (parameter["Default"], parameter["MaxValue"]) == (3600, 3600)
    assert settings.ExportStatusSettings.model_fields["download_url_seconds"].default == 3600


def test_an_error_of_api_gateway_has_its_status_as_text() -> None:
    responses = resources("AWS::Serverless::Api")["Api"]["GatewayResponses"]

    for name, response in responses.items():
        (error,) = json.loads(response["ResponseTemplates"]["application/json"])["errors"]
        # DEFAULT_4XX is for several of them.
        expected = None if name == "DEFAULT_4XX" else str(response["StatusCode"])
        assert error.get("status") == expected


def test_an_error_of_api_gateway_names_the_allowed_origin_if_there_is_one() -> None:
    responses = resources("AWS::Serverless::Api")["Api"]["GatewayResponses"]

    origins = [
        response["ResponseParameters"]["Headers"]["Access-Control-Allow-Origin"]
        for response in responses.values()
    ]
    first = {"Fn::Select": [0, {"Ref": "AllowedOrigins"}]}
    origin = {"Fn::If": ["HasOneOrigin", first, "*"]}
    assert origins == [{"Fn::Sub": ["'${Origin}'", {"Origin": origin}]}] * len(responses)
    all_of_them = {"Fn::Join": [",", {"Ref": "AllowedOrigins"}]}
    assert template()["Conditions"]["HasOneOrigin"] == {"Fn::Equals": [first, all_of_them]}


def test_the_versions_of_code_template_and_project_are_one() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    variables = functions()["Doctor"]["Environment"]["Variables"]

    assert (__version__, variables["TEMPLATE_VERSION"]) == (project, project)


def test_doctor_writes_nothing_but_its_test_object_and_a_mail() -> None:
    reading = re.compile(r"\w+:(Get|BatchGet|List|Query|Describe)\w*|kms:\w+")
    writing = {
        action: statement["Resource"]
        for statement in statements_of("DoctorRole").values()
        for action in as_list(statement["Action"])
        if not reading.fullmatch(action)
    }

    assert set(writing) == {
        *("logs:CreateLogStream", "logs:PutLogEvents"),
        *("s3:PutObject", "s3:DeleteObject", "ses:SendEmail"),
    }
    assert writing["s3:PutObject"] == {"Fn::Sub": "${ExportBucket.Arn}/doctor/*"}
    assert writing["s3:DeleteObject"] == {"Fn::Sub": "${ExportBucket.Arn}/doctor/*"}


def test_each_exception_from_checkov_has_its_reason_beside_it() -> None:
    settings_of_checkov = (ROOT / ".checkov.yaml").read_text()
    lines = settings_of_checkov.splitlines()
    skipped = [number for number, line in enumerate(lines) if line.startswith("  - CKV_")]
    in_resources = re.findall(r"# checkov:skip=(\w+)(.*)", (ROOT / "template.yaml").read_text())

    assert {lines[number][4:] for number in skipped} == set(
        yaml.safe_load(settings_of_checkov)["skip-check"]
    )
    assert all(lines[number - 1].startswith("  # ") for number in skipped)
    assert in_resources
    assert all(re.fullmatch(r": \w.{10,}", reason) for _, reason in in_resources)
    # A rule that is excepted everywhere needs no exception in a resource.
    assert not {rule for rule, _ in in_resources} & {lines[number][4:] for number in skipped}


def test_lint_checks_the_template_with_all_rules() -> None:
    makefile = (ROOT / "Makefile").read_text()

    assert re.search(r"^lint: .*\$\(checked\)", makefile, re.MULTILINE)
    for command in (
        "$(sam) validate --lint",
        "cfn-lint --include-checks I --ignore-checks I4010 --include-experimental -- template.yaml",
        "checkov --config-file .checkov.yaml",
    ):
        assert command in makefile


def test_stacks_can_share_a_configuration_set_of_the_operator() -> None:
    """The event destinations of two had the same name, so the second stack could not be made."""
    (destination,) = resources("AWS::SES::ConfigurationSetEventDestination").values()

    assert destination["EventDestination"]["Name"] == {"Fn::Sub": "open-event-${AWS::StackName}"}


def test_events_of_mails_are_those_of_this_account() -> None:
    """A rule of another account can pass its own events on to a bus that is open to it."""
    pattern = resources("AWS::Events::Rule")["MailEventsRule"]["EventPattern"]

    assert (pattern["source"], pattern["account"]) == (["aws.ses"], [{"Ref": "AWS::AccountId"}])


def test_no_resource_has_the_name_that_sam_gives_to_an_event_source() -> None:
    made = {
        f"{name}{event}"
        for name, function in functions().items()
        for event, source in function.get("Events", {}).items()
        if source["Type"] != "Api"
    }

    assert "MailEventsMessages" in made
    assert not made & set(template()["Resources"])
