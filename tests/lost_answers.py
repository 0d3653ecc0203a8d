"""Calls to AWS whose request or answer is lost, forced where botocore sends them.

The call is made as the code under test makes it, botocore retries it as it does in production, and
only the wire is unreliable.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectionClosedError
from moto.core.botocore_stubber import MockRawResponse
from moto.core.models import botocore_stubber


@contextmanager
def answer_lost(
    client: Any,  # noqa: ANN401 - any client of boto3
    operation: str,
    *,
    times: int = 1,
    of: Callable[[Any], bool] = lambda _: True,
    then: Callable[[], None] = lambda: None,
) -> Iterator[list[str]]:
    """Perform `operation` of `client`, and lose its answer, for the first `times` requests.

    `of` chooses among requests. `then` is called after each request whose answer is lost. Yields
    the names of the events of these requests.
    """
    lost: list[str] = []

    def lose(request: Any, event_name: str, **more: Any) -> None:  # noqa: ANN401 - of botocore
        if len(lost) < times and of(request):
            lost.append(event_name)
            botocore_stubber(event_name, request, **more)
            then()
            raise ConnectionClosedError(endpoint_url=request.url)

    with _before(client, operation, lose):
        yield lost


@contextmanager
def request_lost(
    client: Any,  # noqa: ANN401 - any client of boto3
    operation: str,
    *,
    of: Callable[[Any], bool] = lambda _: True,
) -> Iterator[None]:
    """Lose all requests of `operation` that `of` chooses: none of them is performed."""

    def lose(request: Any, **_: Any) -> None:  # noqa: ANN401 - of botocore
        if of(request):
            raise ConnectionClosedError(endpoint_url=request.url)

    with _before(client, operation, lose):
        yield


@contextmanager
def refused(client: Any, operation: str, code: str) -> Iterator[None]:  # noqa: ANN401
    """Answer all calls of `operation` with the error `code` of a JSON API."""

    def refuse(request: Any, **_: Any) -> AWSResponse:  # noqa: ANN401 - of botocore
        body = MockRawResponse(f'{{"message": "No.", "__type": "{code}"}}')
        # Where moto does not perform it.
        request.url = "https://refused.example/"
        return AWSResponse(request.url, 400, {"x-amzn-ErrorType": code}, body)  # type: ignore[arg-type]  # moto's

    with _before(client, operation, refuse):
        yield


@contextmanager
def meanwhile(client: Any, operation: str, act: Callable[[], None]) -> Iterator[None]:  # noqa: ANN401
    """Call `act` once, just before the first request of `operation` is sent."""
    acted: list[bool] = []

    def first(**_: Any) -> None:  # noqa: ANN401 - of botocore
        if not acted:
            acted.append(True)
            act()

    with _before(client, operation, first):
        yield


@contextmanager
def _before(client: Any, operation: str, handler: Callable[..., object]) -> Iterator[None]:  # noqa: ANN401
    event = f"before-send.{client.meta.service_model.service_id.hyphenize()}.{operation}"
    client.meta.events.register_first(event, handler)
    try:
        yield
    finally:
        client.meta.events.unregister(event, handler)
