"""Why a mail did not arrive: stable codes, and a sentence for each. Pure."""

from enum import StrEnum


class Kind(StrEnum):
    """Kinds of bounces (Amazon SES Developer Guide, "Bounce object")."""

    PERMANENT = "permanent"
    TRANSIENT = "transient"
    UNDETERMINED = "undetermined"


class Reason(StrEnum):
    """Reasons for bounces, rejections, suppressed mails, and mails that SES did not take."""

    NO_MAILBOX = "no-mailbox"
    NO_DOMAIN = "no-domain"
    REFUSED = "refused"
    BLOCKED = "blocked"
    EARLIER_BOUNCE = "earlier-bounce"
    EARLIER_COMPLAINT = "earlier-complaint"
    MAILBOX_FULL = "mailbox-full"
    TOO_LARGE = "too-large"
    CONTENT_REFUSED = "content-refused"
    TOO_LATE = "too-late"
    TEMPORARY = "temporary"
    UNKNOWN = "unknown"
    VIRUS = "virus"
    TEMPLATE = "template"
    RECIPIENT_LIMIT = "mail-recipient-limit"


_REASONS = {
    Reason.NO_MAILBOX: "The mailbox does not exist. Check the address.",
    Reason.NO_DOMAIN: "The domain of the address does not exist. Check the address.",
    Reason.REFUSED: "The recipient's mail server refused the mail. Check the address.",
    Reason.BLOCKED: (
        "The recipient's mail server refuses mail from this installation. Use another address, or "
        "ask the operator for help."
    ),
    Reason.EARLIER_BOUNCE: (
        "Earlier mail to this address bounced, so the mail service sends no mail to it. Check the "
        "address. If it is right, ask the operator to remove it from the suppression list."
    ),
    Reason.EARLIER_COMPLAINT: (
        "This person marked an earlier mail as spam, so the mail service sends no mail to the "
        "address. Ask the person, and then the operator to remove the address from the "
        "suppression list."
    ),
    Reason.MAILBOX_FULL: "The mailbox is full. Tell the recipient in another way, or try later.",
    Reason.TOO_LARGE: "The mail is too large for the recipient's mail server.",
    Reason.CONTENT_REFUSED: (
        "The recipient's mail server refused the content of the mail. Use another address."
    ),
    Reason.TOO_LATE: (
        "The mail could not be delivered in time. Try again later, or use another address."
    ),
    Reason.TEMPORARY: "The recipient's mail server did not accept the mail. Try again later.",
    Reason.UNKNOWN: (
        "The mail came back, and the recipient's mail server did not say why. Check the address."
    ),
    Reason.VIRUS: (
        "The mail service found harmful content in the mail and did not send it. Check the names "
        "in it."
    ),
    Reason.TEMPLATE: "The mail service could not make the mail. Tell the operator.",
    Reason.RECIPIENT_LIMIT: (
        "This address has received as many invites today as one address may. Resend the invite "
        "tomorrow."
    ),
}

_STATES = {
    "unconfirmed": "The mail service has not confirmed the mail yet.",
    "not-sent": "The mail was not sent. Send it again.",
    "suppressed": "The mail service sends no mail to this address.",
    "sent": "The mail was sent. The recipient's mail server has not confirmed it yet.",
    "delayed": "The recipient's mail server does not accept the mail yet. It is tried again.",
    "delivered": "The mail was delivered to the recipient's mail server.",
    "bounced": "The mail could not be delivered.",
    "rejected": "The mail service refused the mail.",
    "complaint": "The recipient marked the mail as spam. Send no more mail to this address.",
}


def sentence_of(state: str, reason: str) -> str:
    """Return the sentence for a state of a mail, by its reason if that has a sentence."""
    known = {str(code): sentence for code, sentence in _REASONS.items()}
    return known.get(reason, _STATES[state])
