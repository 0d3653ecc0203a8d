"""Answers: those of our functions and API Gateway, and those of the old server. Pure.

The functions and API Gateway answer each refusal as a JSON:API document whose errors have a `code`
in kebab case. The old server's errors have no such code.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_CODE = re.compile(r"[a-z]+(-[a-z]+)*")

# Keys by which a JSON document of the old server is recognized (JSON:API, and Flask's tokens).
_OLD = ("errors", "data", "jsonapi", "error", "msg")


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:  # noqa: ANN401 - any JSON
        """Return the body as JSON; None if it is not JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


def our_code(answer: Answered) -> str | None:
    """Return the code of our refusal; None if the answer is not ours."""
    document = answer.json()
    errors = document.get("errors") if isinstance(document, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else None
    code = first.get("code") if isinstance(first, dict) else None
    return code if isinstance(code, str) and _CODE.fullmatch(code) else None


def is_old_server(answer: Answered) -> bool:
    """Return whether the old server answered, with or without an error."""
    document = answer.json()
    return (
        isinstance(document, dict)
        and our_code(answer) is None
        and any(key in document for key in _OLD)
    )


def shows_hash(answer: Answered) -> bool:
    """Return whether the answer contains the secret of an invite."""
    document = answer.json()
    data = document.get("data") if isinstance(document, dict) else None
    attributes = data.get("attributes") if isinstance(data, dict) else None
    return isinstance(attributes, dict) and "hash" in attributes
