"""Secrets, from Secrets Manager, by ARN."""

import time

from botocore.exceptions import BotoCoreError, ClientError

from openevent.adapters import clients
from openevent.errors import Unavailable

# Seconds for which a secret that was rotated since may still be used.
MAX_AGE = 300

# The secrets that were read, after the moments (of the monotonic clock) at which they become old.
_kept: dict[str, tuple[float, str]] = {}


def read_secret(arn: str) -> str:
    """Return the text of the secret `arn`, kept in memory for `MAX_AGE` seconds and nowhere else.

    Raises `Unavailable` when Secrets Manager does not hand it out.
    """
    until, text = _kept.get(arn, (0.0, ""))
    if time.monotonic() >= until:
        text = _read(arn)
        _kept[arn] = time.monotonic() + MAX_AGE, text
    return text


def forget_secrets() -> None:
    """Forget all secrets that were read."""
    _kept.clear()


def _read(arn: str) -> str:
    try:
        answer = clients.secrets().get_secret_value(SecretId=arn)
    except (BotoCoreError, ClientError) as error:
        raise Unavailable(
            "secrets-unavailable",
            "The service is not available at the moment. Please try again in a minute.",
        ) from error
    return answer.get("SecretString") or answer["SecretBinary"].decode()
