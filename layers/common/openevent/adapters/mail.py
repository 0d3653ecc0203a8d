"""Mail: rendered from templates, sent through SES."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from string import Template
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    ParamValidationError,
)

from openevent.errors import Unavailable
from openevent.pages.page import environment, text_environment

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

# RFC 5322 allows lines of 998 octets; mail programs show far less of a subject than this.
MAX_SUBJECT = 200

# The errors of SES after which the same mail would be refused again (API reference of SES v2,
# SendEmail), and our code for each. All others are transient: a limit, a paused account, a missing
# permission, or SES itself.
REFUSALS = {
    "AccountSuspendedException": "mail-account-suspended",
    "BadRequestException": "mail-invalid",
    "MailFromDomainNotVerifiedException": "mail-sender-unverified",
    "MessageRejected": "mail-rejected",
}

NO_TAGS: Mapping[str, str] = MappingProxyType({})

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class MailRefused(Exception):
    """SES refused the mail for good: a retry would be refused as well.

    `code` is the reason in kebab case, one of those in `REFUSALS`.
    """

    def __init__(self, code: str) -> None:
        """`code`: why."""
        super().__init__(code)
        self.code = code


class MailUnconfirmed(Unavailable):
    """SES may have taken the mail: its answer was lost. A retry can send the mail twice."""


@dataclass(frozen=True, slots=True)
class Message:
    """A mail, ready to be sent."""

    subject: str
    text: str
    html: str


def render(template: str, subject: str, values: Mapping[str, str]) -> Message:
    """Render `templates/mails/<template>.txt` and `.html` with `values`.

    `subject` has `$names` of the values. Values are text from outside: they are escaped in HTML,
    and control characters in the subject become spaces, so that no value can end a header. Raises
    `jinja2.UndefinedError` if a template names what `values` lacks.
    """
    line = _one_line(Template(subject).substitute(values))
    values = {**values, "subject": line}
    return Message(
        subject=line,
        text=text_environment().get_template(f"mails/{template}.txt").render(values),
        html=environment().get_template(f"mails/{template}.html").render(values),
    )


def send(  # noqa: PLR0913 - the parts of a mail
    client: "SESV2Client",
    message: Message,
    *,
    sender: str,
    to: str,
    configuration_set: str = "",
    tags: Mapping[str, str] = NO_TAGS,
) -> str:
    """Hand `message` to SES; return SES's message id.

    `configuration_set`: publishes SES's events about the mail; if empty, that of the sender's
    identity. `tags`: are in these events, also if SES's answer is lost; names and values consist of
    at most 256 ASCII letters, digits, `_` and `-` (API reference of SES v2, MessageTag).

    Raises `MailRefused` if SES refuses it for good, `MailUnconfirmed` if SES may have taken it, and
    `Unavailable` if SES has not taken it and a later try can succeed.
    """
    options: dict[str, Any] = {}
    if configuration_set:
        options["ConfigurationSetName"] = configuration_set
    if tags:
        options["EmailTags"] = [{"Name": name, "Value": value} for name, value in tags.items()]
    try:
        answer = client.send_email(
            **options,
            FromEmailAddress=sender,
            Destination={"ToAddresses": [_UNPRINTABLE.sub("", to)]},
            Content={
                "Simple": {
                    "Subject": {"Data": message.subject, "Charset": "UTF-8"},
                    "Body": {
                        "Text": {"Data": message.text, "Charset": "UTF-8"},
                        "Html": {"Data": message.html, "Charset": "UTF-8"},
                    },
                }
            },
        )
    except ParamValidationError as error:
        raise MailRefused("mail-invalid") from error
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code in REFUSALS:
            raise MailRefused(REFUSALS[code]) from error
        raise Unavailable("mail-unavailable", "The mail could not be sent.") from error
    except HTTPClientError as error:
        # The connection was there, so the request may have arrived.
        raise MailUnconfirmed(
            "mail-unconfirmed", "The mail service did not confirm the mail. It may have been sent."
        ) from error
    except BotoCoreError as error:
        raise Unavailable("mail-unavailable", "The mail could not be sent.") from error
    return answer["MessageId"]


def _one_line(text: str) -> str:
    line = " ".join(_UNPRINTABLE.sub(" ", text).split())
    return line if len(line) <= MAX_SUBJECT else f"{line[: MAX_SUBJECT - 1]}…"
