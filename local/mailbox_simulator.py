"""Behaviour of SES after it has taken a mail: events, suppression list, mailbox simulator.

The emulator takes mails and keeps them, and reports nothing. Here mails are delivered, except those
to SES's mailbox simulator, and each step is an event on the default bus of EventBridge, if the
configuration set has a destination for it. The module runs with the Python of the emulator's own
environment; `emulation` loads it.

Sources: Amazon SES Developer Guide, "Using the mailbox simulator" and "Contents of event data".
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from ministack.core.responses import get_account_id, get_region
from ministack.services import eventbridge, ses, ses_v2

SEND = "/outbound-emails"
SUPPRESSED = "/suppression/addresses"
SIMULATOR = "simulator.amazonses.com"

# The steps after a mail was sent, by the local part of an address of the simulator: event types,
# and type and subtype of a bounce. An automatic reply is reported as a general transient bounce.
OUTCOMES: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "bounce": (("Bounce", "Permanent", "General"),),
    "complaint": (("Delivery", "", ""), ("Complaint", "", "")),
    "ooto": (("Delivery", "", ""), ("Bounce", "Transient", "General")),
    "suppressionlist": (("Bounce", "Permanent", "Suppressed"),),
}
DELIVERED = (("Delivery", "", ""),)
ON_THE_LIST = (("Bounce", "Permanent", "OnAccountSuppressionList"),)

# The names of events on the bus, and in configuration sets, by their types.
NAMES = {
    "Send": ("Email Sent", "SEND"),
    "Delivery": ("Email Delivered", "DELIVERY"),
    "Bounce": ("Email Bounced", "BOUNCE"),
    "Complaint": ("Email Complaint Received", "COMPLAINT"),
}

handle = ses_v2.handle_request

# Reasons by addresses on the account's suppression list.
suppressed: dict[str, str] = {}


async def handle_request(
    method: str,
    path: str,
    headers: Any,
    body: bytes,
    query: Any,
) -> Any:
    """Handle a call of SES v2."""
    sub = path.rstrip("/").removeprefix("/v2/email")
    document = json.loads(body) if body else {}
    if sub.startswith(SUPPRESSED) and (method == "PUT" or sub != SUPPRESSED):
        return answer_about_suppressed(method, unquote(sub.removeprefix(SUPPRESSED)[1:]), document)
    is_mail = (method, sub) == ("POST", SEND)
    name = document.get("ConfigurationSetName")
    if is_mail and name and name not in ses_v2._config_sets:
        return ses_v2._missing_config_set(name)
    answer = await handle(method, path, headers, body, query)
    if is_mail and name and answer[0] == 200:  # noqa: PLR2004 - the status of HTTP
        report(document, json.loads(answer[2])["MessageId"])
    return answer


def answer_about_suppressed(method: str, address: str, document: Mapping[str, Any]) -> Any:
    """Put an address on the account's suppression list, read it, or remove it."""
    if method == "PUT":
        suppressed[document["EmailAddress"]] = document["Reason"]
        return ses_v2.json_response({})
    if address not in suppressed:
        return ses_v2._json_err("NotFoundException", f"{address} is not on the list.", 404)
    if method == "DELETE":
        del suppressed[address]
        return ses_v2.json_response({})
    found = {"EmailAddress": address, "Reason": suppressed[address], "LastUpdateTime": 0}
    return ses_v2.json_response({"SuppressedDestination": found})


def report(document: Mapping[str, Any], message_id: str) -> None:
    """Publish the events of a mail, as far as its configuration set has a destination for them."""
    name = document["ConfigurationSetName"]
    destinations = ses_v2._config_sets[name].get("EventDestinations", {}).values()
    wanted = {
        event_type
        for one in destinations
        if one["Enabled"] and one.get("EventBridgeDestination")
        for event_type in one["MatchingEventTypes"]
    }
    for event_type, detail in steps(document, message_id):
        bus_name, set_name = NAMES[event_type]
        if set_name in wanted:
            entry = {"Source": "aws.ses", "DetailType": bus_name, "Detail": json.dumps(detail)}
            eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)


def steps(document: Mapping[str, Any], message_id: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the type and the detail of each event of a mail."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    recipients = document["Destination"]["ToAddresses"]
    tags = {tag["Name"]: [tag["Value"]] for tag in document.get("EmailTags", [])}
    mail = {
        "timestamp": now,
        "source": document["FromEmailAddress"],
        "sourceArn": f"arn:aws:ses:{get_region()}:{get_account_id()}:identity/sender",
        "sendingAccountId": get_account_id(),
        "messageId": message_id,
        "destination": recipients,
        "headersTruncated": False,
        "headers": [],
        "tags": {"ses:configuration-set": [document["ConfigurationSetName"]], **tags},
    }
    yield "Send", {"eventType": "Send", "mail": mail, "send": {}}
    for recipient in recipients:
        for event_type, kind, subtype in outcome(recipient):
            detail = ses._notification_detail(event_type, recipient, now, subtype)
            if event_type == "Bounce":
                detail["bounce"] |= {"bounceType": kind, "bounceSubType": subtype}
            yield event_type, {"eventType": event_type, "mail": mail, **detail}


def outcome(recipient: str) -> tuple[tuple[str, str, str], ...]:
    """Return the steps of a mail to `recipient`; labels (`bounce+1@…`) are allowed."""
    local, _, domain = recipient.lower().partition("@")
    if recipient in suppressed:
        return ON_THE_LIST
    return OUTCOMES.get(local.partition("+")[0], DELIVERED) if domain == SIMULATOR else DELIVERED


ses_v2.handle_request = handle_request
