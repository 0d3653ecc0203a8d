"""Sending a mail: which faults of SES are final, transient, or leave the outcome open."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.stub import ANY, Stubber

from openevent.adapters import clients, mail
from openevent.adapters.mail import MailRefused, MailUnconfirmed, Message
from openevent.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

MESSAGE = Message("Hello", "Hello.", "<p>Hello.</p>")
SENDER, INVITEE = "noreply@example.com", "bob@example.com"


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")


def send(client: "SESV2Client") -> None:
    mail.send(client, MESSAGE, sender=SENDER, to=INVITEE)


@pytest.mark.usefixtures("credentials")
def test_a_mail_has_the_tags_by_which_its_events_are_known() -> None:
    client = boto3.client("sesv2")
    stubber = Stubber(client)
    expected = {
        "FromEmailAddress": SENDER,
        "Destination": {"ToAddresses": [INVITEE]},
        "Content": ANY,
        "ConfigurationSetName": "open-event",
        "EmailTags": [{"Name": "open-event-mail", "Value": "5f0c1e9b"}],
    }
    stubber.add_response("send_email", {"MessageId": "message-1"}, expected)
    with stubber:
        message_id = mail.send(
            client,
            MESSAGE,
            sender=SENDER,
            to=INVITEE,
            configuration_set="open-event",
            tags={"open-event-mail": "5f0c1e9b"},
        )
    assert message_id == "message-1"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("MessageRejected", "mail-rejected"),
        ("AccountSuspendedException", "mail-account-suspended"),
        ("BadRequestException", "mail-invalid"),
        ("MailFromDomainNotVerifiedException", "mail-sender-unverified"),
    ],
)
@pytest.mark.usefixtures("credentials")
def test_defect_9_a_refusal_for_good_is_final(answer: str, code: str) -> None:
    client = boto3.client("sesv2")
    stubber = Stubber(client)
    stubber.add_client_error("send_email", answer, http_status_code=400)
    with stubber, pytest.raises(MailRefused) as caught:
        send(client)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ("TooManyRequestsException", 429),
        ("LimitExceededException", 400),
        ("SendingPausedException", 400),
        ("AccessDeniedException", 403),
        ("InternalFailure", 500),
        ("ServiceUnavailable", 503),
    ],
)
@pytest.mark.usefixtures("credentials")
def test_other_answers_are_transient(answer: str, status: int) -> None:
    client = boto3.client("sesv2")
    stubber = Stubber(client)
    stubber.add_client_error("send_email", answer, http_status_code=status)
    with stubber, pytest.raises(Unavailable) as caught:
        send(client)
    assert (type(caught.value), caught.value.code) == (Unavailable, "mail-unavailable")


@pytest.mark.usefixtures("credentials")
def test_a_mail_that_botocore_refuses_is_final() -> None:
    with pytest.raises(MailRefused) as caught:
        mail.send(boto3.client("sesv2"), MESSAGE, sender=None, to=INVITEE)  # type: ignore[arg-type]
    assert caught.value.code == "mail-invalid"


@contextmanager
def server(answer: Callable[[socket.socket], None]) -> Iterator[tuple[str, list[int]]]:
    """Serve HTTP by `answer`, which gets each request's connection; the address, the requests."""
    requests = list[int]()

    def serve(listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection:
                    requests.append(len(connection.recv(1 << 16)))
                    answer(connection)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=[listener])
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}", requests
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


@pytest.fixture
def ses(
    credentials: None,  # noqa: ARG001 - the client needs them
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[str], "SESV2Client"]:
    """The client that the functions use, at another address."""

    def made(address: str) -> "SESV2Client":
        monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", address)
        return clients.ses.__wrapped__()

    return made


def test_defect_9_a_lost_answer_of_ses_sends_no_second_mail(
    ses: Callable[[str], "SESV2Client"],
) -> None:
    with server(lambda _: None) as (address, requests):
        client = ses(address)
        with pytest.raises(MailUnconfirmed) as caught:
            send(client)
        client.close()
    assert caught.value.code == "mail-unconfirmed"
    assert len(requests) == 1


def test_a_fault_of_ses_is_retried_three_times(ses: Callable[[str], "SESV2Client"]) -> None:
    fault = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
    with server(lambda connection: connection.sendall(fault)) as (address, requests):
        client = ses(address)
        with pytest.raises(Unavailable) as caught:
            send(client)
        client.close()
    assert (type(caught.value), len(requests)) == (Unavailable, 4)


def test_a_server_that_is_not_there_has_not_taken_the_mail(
    ses: Callable[[str], "SESV2Client"],
) -> None:
    with server(lambda _: None) as (address, _):
        pass
    with pytest.raises(Unavailable) as caught:
        send(ses(address))
    assert (type(caught.value), caught.value.code) == (Unavailable, "mail-unavailable")
