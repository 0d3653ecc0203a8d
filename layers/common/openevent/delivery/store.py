"""Records of mails in DynamoDB.

An event can be delivered before the mail is recorded, twice, and after its answer was lost. Each
fact is one conditional write that keeps the greater of two facts, so that repeating it is harmless
and none of these needs more care.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from openevent.delivery.record import About, MailRecord
from openevent.delivery.states import Fact, Step
from openevent.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Days for which a record is kept. Bounces come within 14 hours, complaints within days.
KEPT_DAYS = 90

DAY = 86_400

# Records that DynamoDB reads in one call; calls for those that it throttles, and the seconds before
# the second, which double.
MAX_READ, MAX_CALLS = 100, 5
PAUSE = 0.05

_REFUSED = "ConditionalCheckFailedException"


@dataclass(frozen=True, slots=True)
class DeliveryStore:
    """Records of mails in `table`, which has the key `id` and the time to live `expires_at`.

    Methods raise `Unavailable` if DynamoDB does not answer.
    """

    client: "DynamoDBClient"
    table: str
    clock: Callable[[], float] = time.time

    def open(self, mail_id: str, about: About) -> None:
        """Record that the mail is about to be sent. Facts that are known already remain."""
        fields = about.item()
        self._update(
            mail_id,
            [f"#{name} = :{name}" for name in fields],
            {f"#{name}": name for name in fields},
            {f":{name}": value for name, value in fields.items()},
        )

    def add(self, mail_id: str, step: Step, fact: Fact, message_id: str | None = None) -> bool:
        """Join a fact to what is known; return whether it is new.

        A fact is not new if it, or a greater one of its step, is known: it came twice, or the
        answer to its write was lost. `message_id`: SES's, None if it is not known.
        """
        values: dict[str, Any] = {":fact": {"S": fact.text}}
        sets = ["#step = :fact"]
        if message_id is not None:
            values[":message"] = {"S": message_id}
            sets.append("message_id = :message")
        try:
            self._update(
                mail_id,
                sets,
                {"#step": step.value},
                values,
                condition="attribute_not_exists(#step) OR #step < :fact",
            )
        except _Refused:
            return False
        return True

    def find(self, mail_id: str) -> MailRecord | None:
        """Return the record; None if there is none."""
        with _answering():
            answer = self.client.get_item(
                TableName=self.table, Key=_key(mail_id), ConsistentRead=True
            )
        item = answer.get("Item")
        return None if item is None else MailRecord.of(item)

    def find_all(self, mail_ids: Iterable[str]) -> dict[str, MailRecord]:
        """Return those of the records that exist, by their ids: `MAX_READ` in a call."""
        wanted = sorted(set(mail_ids))
        found = dict[str, MailRecord]()
        for first in range(0, len(wanted), MAX_READ):
            keys = [_key(mail_id) for mail_id in wanted[first : first + MAX_READ]]
            found |= {record.id: record for record in self._read(keys)}
        return found

    def claim_notice(self, mail_id: str, owner: str, *, seconds: int) -> bool:
        """Claim the notice that the mail bounced for `seconds`; False if it was sent or is claimed.

        A claim whose answer was lost is the claim of its `owner`.
        """
        now = int(self.clock())
        try:
            self._update(
                mail_id,
                ["notice_owner = :owner", "notice_until = :until"],
                {},
                {
                    ":owner": {"S": owner},
                    ":until": {"N": str(now + seconds)},
                    ":now": {"N": str(now)},
                },
                condition=(
                    "attribute_not_exists(noticed_at) AND (attribute_not_exists(notice_until) "
                    "OR notice_until <= :now OR notice_owner = :owner)"
                ),
            )
        except _Refused:
            return False
        return True

    def end_notice(self, mail_id: str) -> None:
        """Record that the notice was sent, or is not to be sent."""
        now = {"N": str(int(self.clock()))}
        self._update(mail_id, ["noticed_at = :now"], {}, {":now": now})

    def release_notice(self, mail_id: str) -> None:
        """Give the notice back for another try."""
        self._update(mail_id, ["notice_until = :never"], {}, {":never": {"N": "0"}})

    def _update(
        self,
        mail_id: str,
        sets: list[str],
        names: dict[str, str],
        values: dict[str, Any],
        *,
        condition: str | None = None,
    ) -> None:
        end = {"N": str(int(self.clock()) + KEPT_DAYS * DAY)}
        sets = [*sets, "expires_at = if_not_exists(expires_at, :end)"]
        options: dict[str, Any] = {"ConditionExpression": condition} if condition else {}
        if names:
            options["ExpressionAttributeNames"] = names
        with _answering():
            self.client.update_item(
                TableName=self.table,
                Key=_key(mail_id),
                UpdateExpression=f"SET {', '.join(sets)}",
                ExpressionAttributeValues={**values, ":end": end},
                **options,
            )

    def _read(self, keys: list[dict[str, Any]]) -> Iterator[MailRecord]:
        for call in range(MAX_CALLS):
            with _answering():
                answer = self.client.batch_get_item(
                    RequestItems={self.table: {"Keys": keys, "ConsistentRead": True}}
                )
            yield from map(MailRecord.of, answer["Responses"].get(self.table, []))
            left = answer.get("UnprocessedKeys", {}).get(self.table)
            if not left:
                return
            keys = [dict(key) for key in left["Keys"]]
            time.sleep(PAUSE * 2**call)
        raise _unavailable()


class _Refused(Exception):
    """The condition of a write failed."""


def _key(mail_id: str) -> dict[str, Any]:
    return {"id": {"S": mail_id}}


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") == _REFUSED:
            raise _Refused from error
        raise _unavailable() from error
    except BotoCoreError as error:
        raise _unavailable() from error


def _unavailable() -> Unavailable:
    return Unavailable(
        "deliveries-unavailable",
        "The states of mails are not available at the moment. Please try again in a minute.",
    )
