"""Update of a stack of release 1.0: its parameters, and what CloudFormation must not replace."""

from typing import Any

import pytest

from tests.unit.test_template import template

# The parameters of 1.0 and their defaults; None for those that an operator had to set.
PARAMETERS: dict[str, object] = {
    **dict.fromkeys(
        [
            "DatabaseSecretArn",
            "JwtSecretArn",
            "ApiUrl",
            "FrontendUrl",
            "MailSender",
            "MailIdentity",
            "MediaBucketName",
            "MediaRootUrl",
        ]
    ),
    **dict.fromkeys(
        [
            "VpcSubnetIds",
            "VpcSecurityGroupIds",
            "MediaBaseUrls",
            "MediaTrustedHosts",
            "AlarmTopicArn",
        ],
        "",
    ),
    "AllowedOrigins": "*",
    "MediaKeyPrefixes": "events/{event_id}/,events/{event_identifier}/",
    "MediaConcurrency": 32,
    "MediaMaxFileMegabytes": 2048,
    "MediaMaxTotalMegabytes": 8192,
    "MediaMaxFileSeconds": 120,
    "AssembleAboveMegabytes": 1000,
    "ArchiveDays": 7,
    "DownloadUrlSeconds": 900,
    "ExportStartsPerHour": 20,
    "WorkerTimeout": 900,
    "WorkerMemory": 1769,
    "WorkerStorage": 10240,
    "WorkerConcurrency": 5,
    "RetrySeconds": 60,
    "CopySeconds": 22,
    "CopyConcurrency": 32,
    "InviteDays": 7,
    "TokenLookupsPerMinute": 60,
    "InviteMailsPerHour": 100,
    "LogLevel": "INFO",
    "LogRetentionDays": 30,
    "Tracing": "PassThrough",
    "AccessLogs": "false",
    "ApiRateLimit": 50,
    "ApiBurstLimit": 100,
    "RequireTls": "true",
    "PythonRuntime": "python3.13",
    "Architecture": "x86_64",
}

# The resources of 1.0 that hold something, and the names that others know them by.
STATEFUL = {
    "ExportQueue": "AWS::SQS::Queue",
    "DeadLetterQueue": "AWS::SQS::Queue",
    "JobsTable": "AWS::DynamoDB::Table",
    "CopiesTable": "AWS::DynamoDB::Table",
    "LimitsTable": "AWS::DynamoDB::Table",
    "ExportBucket": "AWS::S3::Bucket",
    "TicketSecret": "AWS::SecretsManager::Secret",
    "Api": "AWS::Serverless::Api",
}

# Properties by whose change CloudFormation replaces such a resource.
REPLACING = {"BucketName", "FifoQueue", "QueueName", "TableName"}


def fits(value: object, parameter: dict[str, Any]) -> bool:
    """Whether a stack can keep the value of a parameter."""
    if "AllowedValues" in parameter:
        return bool(value in parameter["AllowedValues"])
    if isinstance(value, int):
        lowest, highest = parameter.get("MinValue", value), parameter.get("MaxValue", value)
        return bool(parameter["Type"] == "Number" and lowest <= value <= highest)
    return bool(parameter["Type"] != "Number")


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_stack_can_keep_its_parameters(name: str) -> None:
    parameter = template()["Parameters"][name]
    value = PARAMETERS[name]
    assert value is None or fits(value, parameter)


def test_a_new_parameter_has_a_default() -> None:
    added = template()["Parameters"].keys() - PARAMETERS.keys()
    assert [name for name in added if "Default" not in template()["Parameters"][name]] == []


@pytest.mark.parametrize("name", STATEFUL)
def test_what_holds_something_is_updated_in_place(name: str) -> None:
    resource = template()["Resources"][name]
    assert resource["Type"] == STATEFUL[name]
    assert REPLACING & resource.get("Properties", {}).keys() == set()


@pytest.mark.parametrize("name", [name for name in STATEFUL if name.endswith("Table")])
def test_tables_keep_their_key_and_get_one_index_at_most(name: str) -> None:
    """DynamoDB makes one index of a table in one update."""
    table = template()["Resources"][name]["Properties"]
    assert table["KeySchema"] == [{"AttributeName": "id", "KeyType": "HASH"}]
    before = {"by-event"} if name == "JobsTable" else set()
    indexes = {index["IndexName"] for index in table.get("GlobalSecondaryIndexes", [])}
    assert before <= indexes
    assert len(indexes - before) <= 1


def test_the_key_of_the_links_in_mails_is_not_generated_again() -> None:
    """An update of the secret could do that, so not even its description changes."""
    secret = template()["Resources"]["TicketSecret"]["Properties"]
    assert secret["GenerateSecretString"] == {"PasswordLength": 64, "ExcludePunctuation": True}
    assert secret["Description"] == "Signs the tickets in mails with which archives are downloaded"
