"""Area: the way of SES's events about mails, from the configuration set to the queue."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from openevent.doctor.causes import aws_code
from openevent.doctor.finding import Check, Result, fault, ok, warning

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

# Types of events that the states of mails need.
NEEDED = frozenset(
    {"SEND", "DELIVERY", "DELIVERY_DELAY", "BOUNCE", "COMPLAINT", "REJECT", "RENDERING_FAILURE"}
)

_DEPLOY = "Deploy the stack again. If it was deleted by hand, remove it from the stack first."
_UNKNOWN = "So the states of mails remain unknown, and no inviter hears of a bounce."


@dataclass(frozen=True)
class MailEventsArea:
    """The configuration set, its event destination, and the rule that takes events to the queue.

    `name_of_set`: the configuration set of all mails. `rule`: name of the rule on the default bus.
    `queue_arn`: the queue of the function `mail_events`.
    """

    ses: "SESV2Client"
    events: Any
    name_of_set: str
    rule: str
    queue_arn: str

    name = "mail events"

    def checks(self) -> Mapping[str, Check]:
        """Return the checks."""
        return {
            "configuration set": self._set,
            "event destination": self._destination,
            "rule": self._rule,
        }

    def _set(self) -> Iterator[Result]:
        try:
            found = self.ses.get_configuration_set(ConfigurationSetName=self.name_of_set)
        except self.ses.exceptions.NotFoundException:
            yield fault(
                f"The configuration set {self.name_of_set} does not exist, so SES refuses mails.",
                "Correct MailConfigurationSet, or leave it empty and deploy the stack again.",
            )
            return
        if not found.get("SendingOptions", {}).get("SendingEnabled", True):
            yield fault(
                f"Sending is paused in the configuration set {self.name_of_set}.",
                "Find the reason in SES (reputation metrics), and enable sending again.",
            )
            return
        # A set without options of its own follows the account.
        reasons = found.get("SuppressionOptions", {}).get("SuppressedReasons")
        if reasons is not None and set(reasons) != {"BOUNCE", "COMPLAINT"}:
            yield warning(
                f"The configuration set {self.name_of_set} does not suppress addresses that "
                "bounced or complained.",
                "Enable its suppression list for bounces and complaints: mail to such addresses "
                "harms the reputation of the account.",
            )
        else:
            yield ok(f"Mails are sent with the configuration set {self.name_of_set}.")

    def _destination(self) -> Iterator[Result]:
        try:
            answer = self.ses.get_configuration_set_event_destinations(
                ConfigurationSetName=self.name_of_set
            )
        except self.ses.exceptions.NotFoundException:
            yield fault("There is no configuration set to look into.", "See the line above.")
            return
        published = {
            str(event_type)
            for one in answer.get("EventDestinations", [])
            if one.get("Enabled") and one.get("EventBridgeDestination")
            for event_type in one["MatchingEventTypes"]
        }
        missing = ", ".join(sorted(NEEDED - published))
        if missing:
            yield fault(
                f"The configuration set does not publish these events to EventBridge: {missing}. "
                f"{_UNKNOWN}",
                "Enable its event destination open-event-<stack>, with these events, or deploy the "
                "stack again.",
            )
        else:
            yield ok("The configuration set publishes its events to EventBridge.")

    def _rule(self) -> Iterator[Result]:
        try:
            rule = self.events.describe_rule(Name=self.rule)
        except self.events.exceptions.ClientError as error:
            if aws_code(error) != "ResourceNotFoundException":
                raise
            yield fault(f"The rule {self.rule} does not exist. {_UNKNOWN}", _DEPLOY)
            return
        targets = self.events.list_targets_by_rule(Rule=self.rule).get("Targets", [])
        if rule.get("State") != "ENABLED":
            yield fault(
                f"The rule {self.rule} is disabled. {_UNKNOWN}",
                f"Enable it: aws events enable-rule --name {self.rule}",
            )
        elif self.name_of_set not in _sets_of(rule.get("EventPattern", "")):
            yield fault(
                f"The rule {self.rule} does not match events of the configuration set "
                f"{self.name_of_set}. {_UNKNOWN}",
                "Deploy the stack again, with the right MailConfigurationSet.",
            )
        elif self.queue_arn not in {target.get("Arn") for target in targets}:
            yield fault(
                f"The rule {self.rule} does not lead to the queue of mail-events. {_UNKNOWN}",
                "Deploy the stack again. If the target was removed by hand, remove the rule, too.",
            )
        else:
            yield ok("A rule of EventBridge takes the events to the queue of mail-events.")


def _sets_of(pattern: str) -> list[str]:
    """Return the configuration sets whose events a rule's pattern matches."""
    match json.loads(pattern or "{}"):
        case {"detail": {"mail": {"tags": {"ses:configuration-set": [*names]}}}}:
            return [str(name) for name in names]
    return []
