"""One copy for one `Idempotency-Key`, however often the call is made."""

import base64
import json
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    IdempotencyAlreadyInProgressError,
    IdempotencyInconsistentStateError,
    IdempotencyPersistenceLayerError,
    IdempotencyValidationError,
)
from aws_lambda_powertools.utilities.idempotency.serialization.base import (
    BaseIdempotencySerializer,
)
from aws_lambda_powertools.utilities.typing import LambdaContext

from openevent.errors import Conflict, Invalid, Unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

logger = Logger(child=True)

HEADER = "Idempotency-Key"

# Any visible ASCII; long enough for whatever a client calls unique.
_KEY = re.compile(r"[\x21-\x7e]{1,255}")

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """A call that must not have its effect twice.

    `key`: the caller's `Idempotency-Key`, good for the caller and the event alone. `body`: what was
    asked for, as JSON has it; with the same key it has to be the same.
    """

    user_id: int
    event_id: int
    key: str
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Once:
    """Remembers, in a DynamoDB table, what was answered to which call."""

    client: "DynamoDBClient"
    table: str
    seconds: int = 86_400

    def answer(self, call: Call, context: LambdaContext, work: Callable[[], Answer]) -> Answer:
        """What `work` answers, or what it answered to the same call before.

        When `work` raises, it may be tried again. Raises `Invalid` for the key of another call,
        `Conflict` when the same call is being worked on, `Unavailable` when DynamoDB is away, in
        which case nothing was done.
        """
        _check(call.key)
        done: list[Answer] = []
        failed: list[Exception] = []

        def perform(*, call: dict[str, Any]) -> Answer:  # noqa: ARG001 (what Powertools reads)
            try:
                done.append(work())
            except Exception as error:
                failed.append(error)
                raise
            return done[0]

        try:
            return self._idempotent(perform, context)(
                call={
                    "of": [call.user_id, call.event_id, call.key],
                    "body": call.body,
                }
            )
        except IdempotencyAlreadyInProgressError as error:
            raise Conflict(
                "copy-in-progress", "The same call is being worked on.", header=HEADER
            ) from error
        except IdempotencyValidationError as error:
            raise Invalid(
                "idempotency-key-reused", "This key was used for another body.", header=HEADER
            ) from error
        except (IdempotencyPersistenceLayerError, IdempotencyInconsistentStateError) as error:
            # The work itself is done, or has failed for its own reason: that is what is answered.
            logger.exception("DynamoDB does not remember a call")
            if done:
                return done[0]
            if failed:
                raise failed[0] from None
            raise Unavailable(
                "idempotency-unavailable", "Events cannot be copied at the moment."
            ) from error

    def _idempotent(
        self, perform: Callable[..., Answer], context: LambdaContext
    ) -> Callable[..., Answer]:
        config = IdempotencyConfig(
            event_key_jmespath="of",
            payload_validation_jmespath="body",
            expires_after_seconds=self.seconds,
            hash_function="sha256",
            lambda_context=context,
        )
        store = DynamoDBPersistenceLayer(
            table_name=self.table,
            key_attr="id",
            expiry_attr="expires_at",
            boto3_client=self.client,
        )
        idempotent: Callable[..., Answer] = idempotent_function(
            perform,
            data_keyword_argument="call",
            persistence_store=store,
            config=config,
            output_serializer=_Compressed(),
            key_prefix="copy",
        )
        return idempotent


def _check(key: str) -> None:
    if not _KEY.fullmatch(key):
        raise Invalid(
            "idempotency-key-invalid",
            "The key has to be 1 to 255 visible ASCII characters.",
            header=HEADER,
        )


class _Compressed(BaseIdempotencySerializer):
    """Keeps an answer as it was written, and small: an item of DynamoDB has room for 400 kB."""

    def to_dict(self, data: Answer) -> dict[str, str]:
        """What is kept of the answer `data`."""
        return {"zlib": base64.b64encode(zlib.compress(json.dumps(data).encode())).decode()}

    def from_dict(self, data: dict[str, str]) -> Answer:
        """The answer that `data` was kept of."""
        answer: Answer = json.loads(zlib.decompress(base64.b64decode(data["zlib"])))
        return answer
