"""template.yaml agrees with the code that it deploys and with the rules for it."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from openevent.adapters.storage.media_keys import PRIVATE_FOLDERS
from openevent.edge import settings
from openevent.edge.settings import Settings

ROOT = Path(__file__).parents[2]

# What is set for the libraries, not for us.
LIBRARIES = {"POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE", "POWERTOOLS_LOG_LEVEL"}


class _Loader(yaml.SafeLoader):
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


def statements() -> list[dict[str, Any]]:
    return [
        statement
        for role in resources("AWS::IAM::Role").values()
        for policy in role["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
    ]


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


def test_no_role_may_do_everything_or_touch_everything() -> None:
    for statement in statements():
        assert statement["Effect"] == ("Deny" if statement["Sid"] == "NeverRead" else "Allow")
        for action in as_list(statement["Action"]):
            assert "*" not in action
        for resource in as_list(statement["Resource"]):
            assert resource != "*"


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
    (policy,) = resources("AWS::IAM::Role")[role]["Policies"]
    by_sid = {statement["Sid"]: statement for statement in policy["PolicyDocument"]["Statement"]}
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


def test_a_missing_right_to_media_rings() -> None:
    alarm = resources("AWS::CloudWatch::Alarm")["MediaAccessDeniedAlarm"]

    assert (alarm["MetricName"], alarm["Threshold"]) == ("MediaAccessDenied", 0)


@pytest.mark.parametrize("function", ["ExportStart", "ExportStatus", "RoleInvite"])
def test_defect_7_connections_of_an_api_function_can_be_bounded(function: str) -> None:
    """Issue 10: each invocation holds one connection, and the database has a hundred."""
    reserved = {"Ref": f"{function}ReservedConcurrency"}
    condition = f"Reserves{function}"

    assert functions()[function]["ReservedConcurrentExecutions"] == {
        "Fn::If": [condition, reserved, {"Ref": "AWS::NoValue"}]
    }
    assert template()["Conditions"][condition] == {"Fn::Not": [{"Fn::Equals": [reserved, 0]}]}
    assert template()["Parameters"][f"{function}ReservedConcurrency"]["Default"] == 0


@pytest.mark.parametrize("role", ["ExportWorkerRole", "ExportFailedRole", "ExportStatusRole"])
def test_defect_12_jobs_are_made_and_deleted_by_starts_alone(role: str) -> None:
    """Issue 10: three roles could put and delete records, which their functions never do."""
    (policy,) = resources("AWS::IAM::Role")[role]["Policies"]
    by_sid = {statement["Sid"]: statement for statement in policy["PolicyDocument"]["Statement"]}

    assert by_sid["Jobs"]["Action"] == ["dynamodb:GetItem", "dynamodb:UpdateItem"]
