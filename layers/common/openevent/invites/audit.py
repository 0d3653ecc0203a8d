"""Audit: who did what to which invite, as a line of the log and a metric. Never with a token."""

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from openevent.invites.rules import Invite

logger = Logger(child=True)
metrics = Metrics()

# Metrics, by action.
METRICS = {
    "invite-accepted": "InvitesAccepted",
    "invite-created": "InvitesCreated",
    "invite-declined": "InvitesDeclined",
    "invite-deleted": "InvitesDeleted",
    "invite-resent": "InvitesResent",
    "owner-changed": "OwnersChanged",
}


def record(action: str, actor_id: int | None, invite: Invite, **details: object) -> None:
    """Log and count one change after it was committed.

    `action`: kebab-case, what was done. `actor_id`: the user; None for the holder of a mail's link,
    who needs no login.
    """
    logger.info(
        "Audit",
        extra={
            "action": action,
            "actor_id": actor_id,
            "event_id": invite.event_id,
            "invite_id": invite.id,
            "role": invite.role_name,
            **details,
        },
    )
    if action in METRICS:
        metrics.add_metric(METRICS[action], MetricUnit.Count, 1)
