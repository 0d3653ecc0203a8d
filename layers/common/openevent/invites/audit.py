"""Who did what to which invite of which event, in the structured log. Never with a token."""

from aws_lambda_powertools import Logger

from openevent.invites.rules import Invite

logger = Logger(child=True)


def record(action: str, actor_id: int, invite: Invite, **details: object) -> None:
    """Write down one change, after it was committed. `action`: what was done, kebab-case."""
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
