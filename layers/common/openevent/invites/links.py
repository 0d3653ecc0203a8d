"""Records of the links in mails of invites: who sent one, and why it ended.

The table `role_invites` has no column for either. The records are in the table of the limits, which
the functions can read and update already: by a digest of the token's digest, without an address,
and for `KEPT_SECONDS`. They are for the page of an invitation alone (docs/decisions/0043). A record
that cannot be written fails no call: the page says less then.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

from openevent.adapters.counters import DAY
from openevent.errors import Unavailable
from openevent.invites.rules import Invite, digest_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

logger = Logger(child=True)

KEPT_SECONDS = 90 * DAY


class Ending(StrEnum):
    """The reason why a link, whose invite has another token now or is gone, no longer works.

    `UNKNOWN`: one that another release has recorded. It is read, and never written.
    """

    RESENT = "resent"
    READDRESSED = "readdressed"
    TAKEN_BACK = "taken-back"
    REPLACED = "replaced"
    UNKNOWN = "ended"


@dataclass(frozen=True, slots=True)
class Link:
    """A link that was mailed. `inviter_id`: the user who sent it. `ending`: None if it works."""

    event_id: int
    inviter_id: int | None
    ending: Ending | None


@dataclass(frozen=True, slots=True)
class Links:
    """The records, in `table`, which has the key `id` and the time to live `expires_at`."""

    client: "DynamoDBClient"
    table: str
    clock: Callable[[], float] = time.time

    def note_sent(self, invite: Invite, inviter_id: int) -> None:
        """Record that `inviter_id` sends the link of `invite`."""
        self._note(invite, {"inviter_id": {"N": str(inviter_id)}})

    def note_end(self, invite: Invite, ending: Ending) -> None:
        """Record why the link of `invite`, the row before the change, no longer works."""
        self._note(invite, {"ending": {"S": ending.value}})

    def find(self, digest: str | None) -> Link | None:
        """Return the record of the link with that digest. Raises `Unavailable`."""
        if digest is None:
            return None
        try:
            answer = self.client.get_item(
                TableName=self.table, Key=_key(digest), ConsistentRead=True
            )
        except (BotoCoreError, ClientError) as error:
            raise Unavailable(
                "limits-unavailable",
                "The service is busy at the moment. Please try again in a moment.",
            ) from error
        item = answer.get("Item")
        if item is None:
            return None
        return Link(
            event_id=int(item["event_id"]["N"]),
            inviter_id=int(item["inviter_id"]["N"]) if "inviter_id" in item else None,
            ending=_ending(item["ending"]["S"]) if "ending" in item else None,
        )

    def find_token(self, token: str) -> Link | None:
        """Return the record of the link with that token. Raises `Unavailable`."""
        return self.find(digest_of(token))

    def _note(self, invite: Invite, values: dict[str, Any]) -> None:
        if invite.digest is None:
            return
        values |= {
            "event_id": {"N": str(invite.event_id)},
            "expires_at": {"N": str(int(self.clock()) + KEPT_SECONDS)},
        }
        try:
            self.client.update_item(
                TableName=self.table,
                Key=_key(invite.digest),
                UpdateExpression="SET " + ", ".join(f"{name} = :{name}" for name in values),
                ExpressionAttributeValues={f":{name}": value for name, value in values.items()},
            )
        except (BotoCoreError, ClientError):
            logger.exception("Link not recorded", extra={"invite_id": invite.id})


def _ending(text: str) -> Ending:
    # An update that is rolled back leaves records with reasons that this release does not know.
    return Ending(text) if text in set(Ending) else Ending.UNKNOWN


def _key(digest: str) -> dict[str, Any]:
    # Not the digest itself: the server's own routes, where they are open, take it for the token.
    return {"id": {"S": f"invitation-link#{digest_of(digest)}"}}
