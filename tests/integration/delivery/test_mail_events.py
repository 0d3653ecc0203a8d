"""SES's events, from the queue to what people see: states, lists, tasks, and the inviter's mail."""

import json
from typing import Any

import pytest
from sqlalchemy import Connection, text

from openevent.adapters import clients
from openevent.delivery.events import TAG
from openevent.delivery.store import DeliveryStore
from tests.factories import Row, make_event, make_role_invite, make_user, role_id
from tests.functions import TABLES, Answer, Cloud, client_error, sqs_event
from tests.unit.delivery.test_events import example

JSON_API = {"Content-Type": "application/vnd.api+json"}
GUEST = "guest@example.com"
NOTICE = "Your invitation to Kites did not arrive"
FAILURE = {"batchItemFailures": [{"itemIdentifier": "m1"}]}


@pytest.fixture
def owner(connection: Connection) -> Row:
    return make_user(connection, "owner@example.com", first_name="Ada")


@pytest.fixture
def event(connection: Connection, owner: Row) -> Row:
    row = make_event(connection, owner, name="Kites")
    role_id(connection, "moderator")
    connection.commit()
    return row


def invite(cloud: Cloud, user: Row, event: Row, email: str = GUEST) -> Answer:
    body = {
        "data": {
            "type": "role-invite",
            "attributes": {"email": email, "role-name": "moderator"},
            "relationships": {
                "event": {"data": {"type": "event", "id": str(event["id"])}},
                "role": {"data": {"type": "role", "id": moderator(cloud)}},
            },
        }
    }
    return cloud.call("POST", "/v1/role-invites", user=user, body=body, headers=JSON_API)


def moderator(cloud: Cloud) -> str:
    with cloud.database.snapshot() as session:
        [[found]] = session.rows("SELECT id FROM roles WHERE name = 'moderator'")
    return str(found)


def tag() -> str:
    """The id of the only mail's record."""
    (item,) = clients.dynamodb().scan(TableName=TABLES["DeliveriesTable"])["Items"]
    return str(item["id"]["S"])


def report(cloud: Cloud, name: str, mail_id: str) -> dict[str, Any]:
    """Give the function a documented event about a mail."""
    event = example(name)
    event["detail"]["mail"]["tags"][TAG] = [mail_id]
    return cloud.invoke("mail_events", sqs_event(json.dumps(event)))


def shown(cloud: Cloud, user: Row, path: str = "/v1/role-invites/1") -> dict[str, Any]:
    delivery: dict[str, Any] = cloud.call("GET", path, user=user).json["data"]["attributes"][
        "delivery"
    ]
    return delivery


def notices(cloud: Cloud) -> list[Any]:
    return [mail for mail in cloud.mails() if mail.subject == NOTICE]


def test_the_inviter_sees_and_hears_that_an_invite_bounced(
    cloud: Cloud, owner: Row, event: Row
) -> None:
    created = invite(cloud, owner, event).json["data"]["attributes"]["delivery"]
    assert (created["state"], created["kind"], created["reason"]) == ("sent", None, None)
    mail_id = tag()

    for name in ("bounce-permanent-general", "send", "bounce-permanent-general"):
        assert report(cloud, name, mail_id) == {"batchItemFailures": []}

    assert shown(cloud, owner) == {
        "state": "bounced",
        "at": "2026-11-03T09:16:02.669+00:00",
        "kind": "permanent",
        "reason": "no-mailbox",
        "sentence": "The mailbox does not exist. Check the address.",
    }
    (notice,) = notices(cloud)
    assert notice.destinations == {"ToAddresses": ["owner@example.com"]}
    assert GUEST in notice.body
    assert "The mailbox does not exist. Check the address." in notice.body


def test_the_inviter_hears_of_a_bounce_whatever_the_role_is_called_by_now(
    cloud: Cloud, connection: Connection, owner: Row, event: Row
) -> None:
    """Open Event's server writes into the table, too. The event was tried ten times, then dead."""
    invite(cloud, owner, event)
    connection.execute(text("UPDATE role_invites SET role_name = 'steward'"))
    connection.commit()

    assert report(cloud, "bounce-permanent-general", tag()) == {"batchItemFailures": []}

    (notice,) = notices(cloud)
    assert "steward" in notice.body


def test_events_that_come_before_the_invite_s_own_record_are_kept(
    cloud: Cloud, owner: Row, event: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer of SES is lost, and its events come first."""
    ses = clients.ses()
    send_email = ses.send_email

    def sent(**mail: Any) -> Any:  # noqa: ANN401 - of boto3
        assert mail["ConfigurationSetName"] == "open-event"
        ((name, value),) = [tuple(tag.values()) for tag in mail["EmailTags"]]
        assert name == TAG
        send_email(**mail)
        report(cloud, "delivery", value)
        raise client_error("InternalFailure", "SendEmail")

    monkeypatch.setattr(ses, "send_email", sent)
    assert invite(cloud, owner, event).json["meta"]["reason"] == "mail-unavailable"

    assert shown(cloud, owner)["state"] == "delivered"


def test_a_record_has_no_address_and_expires(cloud: Cloud, owner: Row, event: Row) -> None:
    invite(cloud, owner, event)
    report(cloud, "bounce-permanent-general", tag())

    items = clients.dynamodb().scan(TableName=TABLES["DeliveriesTable"])["Items"]
    assert "@" not in str(items)
    # Those of the invite, and of the mail to its inviter.
    assert [sorted({"subject", "expires_at"} & one.keys()) for one in items] == [
        ["expires_at", "subject"]
    ] * 2


def test_an_invite_that_was_mailed_again_has_a_state_of_its_own(
    cloud: Cloud, owner: Row, event: Row
) -> None:
    invite(cloud, owner, event)
    first = tag()
    cloud.call("POST", "/v1/role-invites/1/resend-invite", user=owner)

    report(cloud, "bounce-permanent-general", first)

    assert shown(cloud, owner)["state"] == "sent"
    # The inviter has acted already.
    assert notices(cloud) == []


def test_a_list_is_filtered_by_what_became_of_the_mails(
    cloud: Cloud, connection: Connection, owner: Row, event: Row
) -> None:
    for number in range(3):
        invite(cloud, owner, event, f"{number}@example.com")
    make_role_invite(connection, event, "unknown@example.com", "registrar")
    connection.commit()
    for record in clients.dynamodb().scan(TableName=TABLES["DeliveriesTable"])["Items"]:
        if record["invite_id"]["N"] != "2":
            report(cloud, "bounce-transient-mailbox-full", record["id"]["S"])
    path = f"/v1/events/{event['id']}/role-invites"

    def listed(**query: str) -> tuple[list[str], int]:
        document = cloud.call("GET", path, user=owner, query=query).json
        emails = [row["attributes"]["email"][0] for row in document["data"]]
        return emails, document["meta"]["count"]

    assert listed() == (["0", "1", "2", "u"], 4)
    assert listed(**{"filter[delivery]": "bounced"}) == (["0", "2"], 2)
    assert listed(**{"filter[delivery]": "bounced", "sort": "-id"}) == (["2", "0"], 2)
    paged = {"filter[delivery]": "bounced,sent", "page[size]": "2", "page[number]": "2"}
    assert listed(**paged) == (["2"], 3)
    assert listed(**{"filter[delivery]": "bounced", "filter[status]": "declined"}) == ([], 0)
    condition = '[{"name":"delivery","op":"ne","val":"bounced"}]'
    assert listed(filter=condition) == (["1"], 1)
    refused = cloud.call("GET", path, user=owner, query={"filter[delivery]": "lost"})
    assert refused.codes == ["invalid-parameter"]


def test_states_that_cannot_be_read_are_missing_but_never_wrong(
    cloud: Cloud, owner: Row, event: Row
) -> None:
    invite(cloud, owner, event)
    clients.dynamodb().delete_table(TableName=TABLES["DeliveriesTable"])
    path = f"/v1/events/{event['id']}/role-invites"

    assert shown(cloud, owner) is None
    assert invite(cloud, owner, event, "another@example.com").status == 201
    assert cloud.call("GET", path, user=owner).json["meta"] == {"count": 2}
    filtered = cloud.call("GET", path, user=owner, query={"filter[delivery]": "bounced"})
    assert (filtered.status, filtered.codes) == (503, ["deliveries-unavailable"])


def test_a_suppressed_address_is_named_when_it_is_invited(
    cloud: Cloud, owner: Row, event: Row
) -> None:
    for number, (listed, reason) in enumerate(
        [("BOUNCE", "earlier-bounce"), ("COMPLAINT", "earlier-complaint")], 1
    ):
        address = f"{listed.lower()}@example.com"
        cloud.suppression.reasons[address] = listed

        answer = invite(cloud, owner, event, address)
        path = f"/v1/role-invites/{number}/resend-invite"
        resent = cloud.call("POST", path, user=owner).json

        assert answer.status == 201
        assert answer.json["meta"]["reason"] == reason
        assert "suppression list" in answer.json["meta"]["message"]
        delivery = answer.json["data"]["attributes"]["delivery"]
        assert (delivery["state"], delivery["reason"]) == ("suppressed", reason)
        assert (resent["success"], resent["meta"]["reason"]) == (False, reason)
    assert cloud.mails() == []


def test_an_invite_is_sent_if_the_suppression_list_cannot_be_read(
    cloud: Cloud, owner: Row, event: Row
) -> None:
    cloud.suppression.answers = False
    assert "meta" not in invite(cloud, owner, event).json
    assert len(cloud.mails()) == 1


def test_one_address_gets_a_limited_number_of_invites_a_day(
    cloud: Cloud, owner: Row, event: Row, capsys: pytest.CaptureFixture[str]
) -> None:
    cloud.set("INVITE_MAILS_PER_RECIPIENT", "1")
    cloud.forget()
    assert "meta" not in invite(cloud, owner, event, GUEST.upper()).json

    resent = cloud.call("POST", "/v1/role-invites/1/resend-invite", user=owner).json

    assert (resent["success"], resent["meta"]["reason"]) == (False, "mail-recipient-limit")
    # The limit works as it should: `MailNotSentAlarm` is for faults.
    metrics = capsys.readouterr().out
    assert '"MailsWithheld":[1.0]' in metrics
    assert "MailNotSent" not in metrics
    assert shown(cloud, owner)["state"] == "not-sent"
    assert len(cloud.mails()) == 1
    # Another address is not affected.
    assert "meta" not in invite(cloud, owner, event, "another@example.com").json


def test_one_inviter_sends_a_limited_number_of_invites_a_day(
    cloud: Cloud, owner: Row, event: Row
) -> None:
    cloud.set("INVITE_MAILS_PER_DAY", "1")
    cloud.forget()
    assert invite(cloud, owner, event).status == 201
    refused = invite(cloud, owner, event, "another@example.com")
    assert (refused.status, refused.codes) == (429, ["too-many-requests"])


@pytest.mark.parametrize(("is_admin", "status"), [(False, 403), (True, 201)])
def test_an_inviter_has_a_verified_address(
    cloud: Cloud, connection: Connection, *, is_admin: bool, status: int
) -> None:
    user = make_user(connection, is_verified=False, is_admin=is_admin)
    event = make_event(connection, user)
    role_id(connection, "moderator")
    connection.commit()

    answer = invite(cloud, user, event)

    assert answer.status == status
    assert is_admin or answer.codes == ["address-unverified"]


def counted(output: str, metric: str) -> float:
    """Sum of a metric in what the function wrote."""
    lines = [json.loads(line) for line in output.splitlines()]
    return sum(sum(line[metric]) for line in lines if metric in line)


def test_an_event_that_comes_again_counts_once(
    cloud: Cloud, owner: Row, event: Row, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two stacks with one configuration set get each event of SES twice."""
    invite(cloud, owner, event)
    mail_id = tag()
    capsys.readouterr()

    for name in ("delivery", "delivery", "complaint", "delivery", "complaint"):
        assert report(cloud, name, mail_id) == {"batchItemFailures": []}

    output = capsys.readouterr().out
    assert (counted(output, "MailsDelivered"), counted(output, "MailComplaints")) == (1.0, 1.0)


def test_a_bounce_counts_although_its_notice_is_sent_by_a_later_try(
    cloud: Cloud,
    owner: Row,
    event: Row,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    invite(cloud, owner, event)
    mail_id = tag()
    capsys.readouterr()

    def away(**_: object) -> None:
        raise client_error("TooManyRequestsException", "SendEmail")

    with monkeypatch.context() as broken:
        broken.setattr(clients.ses(), "send_email", away)
        for _ in range(3):
            assert report(cloud, "bounce-permanent-general", mail_id) == FAILURE
    assert report(cloud, "bounce-permanent-general", mail_id) == {"batchItemFailures": []}

    assert counted(capsys.readouterr().out, "MailsBounced") == 1.0


def test_an_automatic_reply_is_no_bounce_and_alarms_no_one(
    cloud: Cloud, owner: Row, event: Row, capsys: pytest.CaptureFixture[str]
) -> None:
    invite(cloud, owner, event)
    mail_id = tag()
    reply = example("bounce-transient-general")
    reply["detail"]["mail"]["tags"][TAG] = [mail_id]
    reply["detail"]["bounce"]["timestamp"] = "2999-01-01T00:00:00.000Z"
    message = sqs_event(json.dumps(reply))

    capsys.readouterr()

    # The delivery may come later, so the event has to come back.
    for _ in range(3):
        assert cloud.invoke("mail_events", message) == FAILURE
    report(cloud, "delivery", mail_id)
    assert cloud.invoke("mail_events", message) == {"batchItemFailures": []}

    assert counted(capsys.readouterr().out, "MailsBounced") == 1.0
    assert shown(cloud, owner)["state"] == "delivered"
    assert notices(cloud) == []


def test_a_notice_that_cannot_be_sent_is_sent_by_a_later_try(
    cloud: Cloud, owner: Row, event: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    invite(cloud, owner, event)
    mail_id = tag()

    def away(**_: object) -> None:
        raise client_error("TooManyRequestsException", "SendEmail")

    with monkeypatch.context() as broken:
        broken.setattr(clients.ses(), "send_email", away)
        assert report(cloud, "bounce-permanent-general", mail_id) == FAILURE
    assert notices(cloud) == []

    for _ in range(2):
        assert report(cloud, "bounce-permanent-general", mail_id) == {"batchItemFailures": []}
    assert len(notices(cloud)) == 1


def test_an_event_is_delivered_again_if_it_cannot_be_recorded(
    cloud: Cloud, owner: Row, event: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    invite(cloud, owner, event)
    mail_id = tag()

    def away(**_: object) -> None:
        raise client_error("InternalServerError", "UpdateItem")

    with monkeypatch.context() as broken:
        broken.setattr(clients.dynamodb(), "update_item", away)
        assert report(cloud, "delivery", mail_id) == FAILURE
    assert report(cloud, "delivery", mail_id) == {"batchItemFailures": []}
    assert shown(cloud, owner)["state"] == "delivered"


def levitated() -> str:
    event = example("delivery")
    event["detail"]["eventType"] = "Levitated"
    return json.dumps(event)


def of_another_sender() -> str:
    event = example("bounce-permanent-general")
    del event["detail"]["mail"]["tags"][TAG]
    return json.dumps(event)


def test_an_event_that_is_not_ours_or_not_known_is_counted_and_dropped(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    for body, metric in [
        ("", "MailEventsUnknown"),
        ("[]", "MailEventsUnknown"),
        ('{"source": "aws.ses"}', "MailEventsUnknown"),
        (levitated(), "MailEventsUnknown"),
        (of_another_sender(), "MailEventsOfOthers"),
    ]:
        capsys.readouterr()

        assert cloud.invoke("mail_events", sqs_event(body)) == {"batchItemFailures": []}

        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert [line[metric] for line in lines if metric in line] == [[1.0]], body
        assert GUEST not in str(lines)
    assert clients.dynamodb().scan(TableName=TABLES["DeliveriesTable"])["Items"] == []


def test_a_task_shows_what_became_of_its_mail(cloud: Cloud, owner: Row, event: Row) -> None:
    task = cloud.start(owner, event["id"])
    waiting = cloud.call("GET", f"/v1/tasks/{task}", user=owner).json
    assert "mail" not in waiting
    assert cloud.work(task)

    def mail() -> dict[str, Any]:
        found: dict[str, Any] = cloud.call("GET", f"/v1/tasks/{task}", user=owner).json["mail"]
        return found

    assert mail()["state"] == "sent"
    job = cloud.job(task)
    assert job.mail_id is not None
    report(cloud, "bounce-permanent-no-email", job.mail_id)
    assert (mail()["state"], mail()["reason"]) == ("bounced", "no-mailbox")
    # It is the user's own mail: no one else is to be notified.
    assert len(cloud.mails()) == 1

    # A job that ended before an update has no record of its mail.
    DeliveryStore(clients.dynamodb(), TABLES["DeliveriesTable"]).client.delete_item(
        TableName=TABLES["DeliveriesTable"], Key={"id": {"S": job.mail_id}}
    )
    assert (mail()["state"], mail()["at"]) == ("sent", job.mailed_at)
