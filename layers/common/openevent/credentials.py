"""Secrets, from Secrets Manager, by ARN."""

from aws_lambda_powertools.utilities import parameters

# How long a rotated secret may go on being used, in seconds.
MAX_AGE = 300


def secret(arn: str) -> str:
    """The text of the secret `arn`, kept in memory for `MAX_AGE` seconds and nowhere else."""
    return parameters.get_secret(arn, max_age=MAX_AGE)
