"""An S3 that fails, for tests of what is left then."""

from typing import Any

from botocore.exceptions import ClientError


class FailingS3:
    """The bucket's real client, but for one operation, which fails from its n-th call on."""

    def __init__(self, client: Any, operation: str, *, works: int, failure: Exception) -> None:  # noqa: ANN401
        self._client = client
        self._operation = operation
        self._works = works
        self._failure = failure

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        if name == self._operation:
            self._works -= 1
            if self._works < 0:
                raise self._failure
        return getattr(self._client, name)


def s3_error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}}, "Operation")
