"""Secrets, from Secrets Manager, by ARN."""

from aws_lambda_powertools.utilities import parameters
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

from openevent.errors import Unavailable

# How long a rotated secret may go on being used, in seconds.
MAX_AGE = 300


def secret(arn: str) -> str:
    """The text of the secret `arn`, kept in memory for `MAX_AGE` seconds and nowhere else.

    Raises `Unavailable` when it cannot be had.
    """
    try:
        return parameters.get_secret(arn, max_age=MAX_AGE)
    except GetParameterError as error:
        raise Unavailable(
            "secrets-unavailable", "The service is not available at the moment."
        ) from error
