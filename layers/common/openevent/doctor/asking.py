"""Requests of the doctor over HTTP, as anyone on the web could send them."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import urllib3

from openevent.doctor.answers import Answered

# Seconds to connect and for an answer (API Gateway's come within 29 s).
TIMEOUT = urllib3.Timeout(connect=3, read=30)

# Bytes of an answer that are read.
MAX_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Asked:
    """A request. `path` is appended to the base address that is asked."""

    method: str
    path: str
    body: Mapping[str, Any] | None = None


class NotAnswered(Exception):
    """There is no answer: no such host, no connection, or not in time."""


Ask = Callable[[str, str, bytes | None], Answered]


def ask(method: str, address: str, body: bytes | None = None) -> Answered:
    """Send a request without a login, and follow no redirect. Raises `NotAnswered`."""
    try:
        response = urllib3.request(
            method,
            address,
            body=body,
            headers={"Content-Type": "application/json"} if body else {},
            redirect=False,
            retries=False,
            timeout=TIMEOUT,
            preload_content=False,
        )
        try:
            content = response.read(MAX_BYTES)
        finally:
            response.close()
    except (urllib3.exceptions.HTTPError, ValueError) as error:
        raise NotAnswered from error
    return Answered(response.status, {k.lower(): v for k, v in response.headers.items()}, content)


def send(ask: Ask, base: str, asked: Asked) -> Answered:
    """Send `asked` to the address `base`, without a slash at its end. Raises `NotAnswered`."""
    body = None if asked.body is None else json.dumps(asked.body).encode()
    return ask(asked.method, base + asked.path, body)
