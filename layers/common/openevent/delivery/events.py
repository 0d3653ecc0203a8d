"""SES's events about mails, as EventBridge delivers them. Pure.

The formats are those of the Amazon SES Developer Guide, "Monitoring SES events using Amazon
EventBridge" and "Contents of event data". Only what the state of a mail needs is read: no address,
no header and no text of a mail server, as these can contain addresses.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from openevent.delivery.reasons import Kind, Reason
from openevent.delivery.states import Fact, Step, as_time

# Name of the tag with which each mail is sent. Its value is the id of the mail's record.
TAG = "open-event-mail"

# The events that mean each step, and the part of an event that has the time. A person who opens a
# mail has it, so such an event fills the gap of a lost delivery.
_STEPS = {
    "Send": (Step.SENT, "send"),
    "DeliveryDelay": (Step.DELAYED, "deliveryDelay"),
    "Delivery": (Step.DELIVERED, "delivery"),
    "Open": (Step.DELIVERED, "open"),
    "Click": (Step.DELIVERED, "click"),
    "Subscription": (Step.DELIVERED, "subscription"),
    "Bounce": (Step.BOUNCED, "bounce"),
    "Reject": (Step.REJECTED, "reject"),
    "Rendering Failure": (Step.REJECTED, "failure"),
    "Complaint": (Step.COMPLAINT, "complaint"),
}

_ON_THE_LIST = "OnAccountSuppressionList"

# The reasons of bounces by their subtypes.
_SUBTYPES = {
    "NoEmail": Reason.NO_MAILBOX,
    "Suppressed": Reason.EARLIER_BOUNCE,
    _ON_THE_LIST: Reason.EARLIER_BOUNCE,
    "MailboxFull": Reason.MAILBOX_FULL,
    "MessageTooLarge": Reason.TOO_LARGE,
    "ContentRejected": Reason.CONTENT_REFUSED,
    "AttachmentRejected": Reason.CONTENT_REFUSED,
    "CustomTimeoutExceeded": Reason.TOO_LATE,
}

# The reasons of other permanent bounces by the status of the mail server (RFC 3463, section 3).
_STATUSES = (
    (re.compile(r"5\.1\.(1|6|10)"), Reason.NO_MAILBOX),
    (re.compile(r"5\.1\.2"), Reason.NO_DOMAIN),
    (re.compile(r"5\.2\.1"), Reason.NO_MAILBOX),
    (re.compile(r"5\.7\.\d{1,3}"), Reason.BLOCKED),
)

# Weights of bounces; see `Fact`.
_WEIGHTS = {Kind.TRANSIENT: 1, Kind.UNDETERMINED: 2, Kind.PERMANENT: 3}

_MAIL_ID = re.compile(r"[0-9a-f]{32}")
_MESSAGE_ID = re.compile(r"[\x21-\x7e]{1,200}")


class NotOurs(Exception):
    """The event is about a mail that was not sent by these functions."""


class Unknown(Exception):
    """The event has a type or a form that is not known."""


@dataclass(frozen=True, slots=True)
class MailEvent:
    """Content of an event. `mail_id`: of the mail's record. `message_id`: SES's, None if absent."""

    mail_id: str
    message_id: str | None
    step: Step
    fact: Fact


def read_event(event: Mapping[str, Any]) -> MailEvent:
    """Return what an event of EventBridge says of a mail. Raises `NotOurs` or `Unknown`.

    Fields that are not known are ignored. A field that is missing or of another type counts as
    absent, except those that name the type and the mail.
    """
    detail = _object(event, "detail")
    mail = _object(detail, "mail")
    if event.get("source") != "aws.ses" or not mail:
        raise Unknown
    mail_id = _tag(_object(mail, "tags"))
    event_type = detail.get("eventType")
    if not isinstance(event_type, str) or event_type not in _STEPS:
        raise Unknown(str(event_type)[:40])
    step, name = _STEPS[event_type]
    body = _object(detail, name)
    at = _time(body.get("timestamp"), mail.get("timestamp"), event.get("time"))
    step, fact = _fact(event_type, step, body, at)
    return MailEvent(mail_id, _text(mail, "messageId", _MESSAGE_ID) or None, step, fact)


def _fact(event_type: str, step: Step, body: Mapping[str, Any], at: str) -> tuple[Step, Fact]:
    match event_type:
        case "Bounce":
            return step, _bounce(body, at)
        case "Complaint" if body.get("complaintSubType") == _ON_THE_LIST:
            # SES did not send the mail, because the address is on the account's suppression list.
            kind, reason = Kind.PERMANENT, Reason.EARLIER_COMPLAINT
            return Step.BOUNCED, Fact(_WEIGHTS[kind], at, kind, reason)
        case "Reject":
            return step, Fact(0, at, "", Reason.VIRUS)
        case "Rendering Failure":
            return step, Fact(0, at, "", Reason.TEMPLATE)
        case "Delivery":
            # It has the time of the delivery itself, so it is heavier than what only follows it.
            return step, Fact(1, at)
    return step, Fact(0, at)


def _bounce(body: Mapping[str, Any], at: str) -> Fact:
    kinds = {kind.capitalize(): kind for kind in Kind}
    kind = kinds.get(str(body.get("bounceType")), Kind.UNDETERMINED)
    return Fact(_WEIGHTS[kind], at, kind, _reason(kind, body))


def _reason(kind: Kind, body: Mapping[str, Any]) -> Reason:
    by_subtype = _SUBTYPES.get(str(body.get("bounceSubType")))
    if by_subtype is not None:
        return by_subtype
    if kind is Kind.TRANSIENT:
        return Reason.TEMPORARY
    if kind is Kind.UNDETERMINED:
        return Reason.UNKNOWN
    recipients = body.get("bouncedRecipients")
    first = recipients[0] if isinstance(recipients, list) and recipients else {}
    status = str(first.get("status")) if isinstance(first, Mapping) else ""
    return next((reason for form, reason in _STATUSES if form.fullmatch(status)), Reason.REFUSED)


def _tag(tags: Mapping[str, Any]) -> str:
    """Return the value of our tag. Raises `NotOurs` if there is none."""
    match tags.get(TAG):
        case [str(mail_id)] if _MAIL_ID.fullmatch(mail_id):
            return mail_id
    raise NotOurs


def _object(parent: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = parent.get(name)
    return value if isinstance(value, Mapping) else {}


def _text(parent: Mapping[str, Any], name: str, form: re.Pattern[str]) -> str:
    value = parent.get(name)
    return value if isinstance(value, str) and form.fullmatch(value) else ""


def _time(*candidates: object) -> str:
    """Return the first of `candidates` that is a time, in the form of `Fact.at`."""
    for candidate in candidates:
        try:
            return as_time(datetime.fromisoformat(str(candidate)))
        except (ValueError, OverflowError):
            continue
    raise Unknown("no time")
