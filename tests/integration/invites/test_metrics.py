"""The metrics that calls write, as CloudWatch reads them from the log."""

import json
from collections import Counter

import pytest

from tests.factories import make_event, make_user
from tests.integration.invites.driver import Function


def counted(log: str) -> Counter[str]:
    """Add up the metrics in what the function wrote (CloudWatch's embedded metric format)."""
    found = Counter[str]()
    for line in log.splitlines():
        record = json.loads(line)
        if "_aws" not in record:
            continue
        (directive,) = record["_aws"]["CloudWatchMetrics"]
        assert directive["Namespace"] == "OpenEvent"
        for metric in directive["Metrics"]:
            assert metric["Unit"] == "Count"
            found[metric["Name"]] += sum(record[metric["Name"]])
    return found


def test_changes_of_invites_are_counted(
    function: Function, capsys: pytest.CaptureFixture[str]
) -> None:
    ada, bob = make_user(function.connection), make_user(function.connection, "bob@example.com")
    event = make_event(function.connection, ada)
    created = function.invite(ada, event, "bob@example.com", "moderator")
    function.resend(ada, created.id)
    for _ in range(2):
        function.decline(bob, function.outbox.token("bob@example.com"))
    function.delete(ada, created.id)
    function.invite(ada, event, "bob@example.com", "owner")
    function.read(bob, created.id)
    function.outbox.fault = "MessageRejected"
    function.accept(bob, function.outbox.token("bob@example.com"))
    assert counted(capsys.readouterr().out) == {
        "InvitesCreated": 2,
        "InvitesResent": 1,
        "InvitesDeclined": 1,
        "InvitesDeleted": 1,
        "InvitesAccepted": 1,
        "OwnersChanged": 1,
        "MailNotSent": 2,
    }
