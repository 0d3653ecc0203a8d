"""Secrets, from Secrets Manager, by ARN."""

from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

from openevent.adapters import clients
from openevent.errors import Unavailable

# Seconds for which a secret that was rotated since may still be used.
MAX_AGE = 300


def read_secret(arn: str) -> str:
    """Return the text of the secret `arn`, kept in memory for `MAX_AGE` seconds and nowhere else.

    Raises `Unavailable` when Secrets Manager does not hand it out.
    """
    try:
        return str(clients.secrets().get(arn, max_age=MAX_AGE))
    except GetParameterError as error:
        raise Unavailable(
            "secrets-unavailable",
            "The service is not available at the moment. Please try again in a minute.",
        ) from error
