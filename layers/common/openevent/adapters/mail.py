"""Mail: rendered from templates, sent through SES."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from openevent.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

# RFC 5322 allows lines of 998 octets; a subject longer than this is read by nobody.
MAX_SUBJECT = 200

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Message:
    """A mail, ready to be sent."""

    subject: str
    text: str
    html: str


def render(template: str, subject: str, values: Mapping[str, str]) -> Message:
    """The mail `templates/<template>.txt` and `.html` with `values` put in for their `$names`.

    `subject` may use the names as well. Values are text from outside: they are escaped in HTML, and
    control characters in the subject become spaces, so that nothing in them ends a header. Raises
    `KeyError` when a template uses a name that `values` lacks.
    """
    escaped = {name: html.escape(value).replace("\n", "<br>\n") for name, value in values.items()}
    return Message(
        subject=_one_line(Template(subject).substitute(values)),
        text=_template(f"{template}.txt").substitute(values),
        html=_template(f"{template}.html").substitute(escaped),
    )


def send(client: "SESV2Client", message: Message, *, sender: str, to: str) -> None:
    """Hand `message` to SES. Raises `Unavailable` when it does not take it."""
    try:
        client.send_email(
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
    except (BotoCoreError, ClientError) as error:
        raise Unavailable("mail-unavailable", "The mail could not be sent.") from error


def _one_line(text: str) -> str:
    line = " ".join(_UNPRINTABLE.sub(" ", text).split())
    return line if len(line) <= MAX_SUBJECT else f"{line[: MAX_SUBJECT - 1]}…"


@cache
def _template(name: str) -> Template:
    return Template(files("openevent").joinpath("templates", name).read_text(encoding="utf-8"))
