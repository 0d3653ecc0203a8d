"""Causes of exceptions, in words without secrets."""

from collections.abc import Iterator
from typing import TypeVar

from botocore.exceptions import ClientError

from openevent.errors import OpenEventError

E = TypeVar("E", bound=BaseException)

# Codes with which services of AWS refuse a call for which the role has no right.
DENIED = frozenset({"AccessDenied", "AccessDeniedException", "403", "Forbidden"})


def find_cause(error: BaseException, kind: type[E]) -> E | None:
    """Return the first exception of `kind` among `error` and its causes; None if there is none."""
    return next((cause for cause in _causes(error) if isinstance(cause, kind)), None)


def aws_code(error: BaseException) -> str | None:
    """Return the code with which AWS refused a call; None if it was not AWS's answer."""
    refused = find_cause(error, ClientError)
    return None if refused is None else str(refused.response.get("Error", {}).get("Code", ""))


def describe(error: BaseException) -> str:
    """Return the type of `error`, with its code if it has one.

    Messages of exceptions are omitted, because they can contain addresses, names and values.
    """
    refused = find_cause(error, ClientError)
    if refused is not None:
        return f"{aws_code(refused)} ({refused.operation_name})"
    if isinstance(error, OpenEventError):
        return error.code
    return type(error).__name__


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen = list[BaseException]()
    cause: BaseException | None = error
    while cause is not None and cause not in seen:
        yield cause
        seen.append(cause)
        cause = cause.__cause__ or cause.__context__
