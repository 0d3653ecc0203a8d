"""The context of an invocation."""

from uuid import uuid4

from aws_lambda_powertools.utilities.typing import LambdaContext


class Context(LambdaContext):
    """Context that Lambda passes to a function."""

    def __init__(self, milliseconds: int = 900_000) -> None:
        self._aws_request_id = str(uuid4())
        self._function_name = "function"
        self._memory_limit_in_mb = 1769
        self._invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:function"
        self._milliseconds = milliseconds

    def get_remaining_time_in_millis(self) -> int:  # type: ignore[override]  # it is no static one
        return self._milliseconds
