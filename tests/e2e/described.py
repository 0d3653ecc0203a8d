"""The cloud, with every answer of its API held against docs/openapi.yaml."""

import json
from dataclasses import fields
from typing import Self

from local.stack import Answer, Stack
from tests import openapi


class DescribedStack(Stack):
    """Fails a test when the API answers, or accepts, what is not described."""

    @classmethod
    def of(cls, stack: Stack) -> Self:
        return cls(**{field.name: getattr(stack, field.name) for field in fields(stack)})

    def request(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        body: object = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        answer = super().request(method, path, token=token, body=body, headers=headers)
        path = path.removeprefix(self.api_url)
        if method in ("OPTIONS", "HEAD") or not path.startswith("/"):
            return answer
        faults = openapi.faults_of_answer(method, path, answer.status, answer.headers, answer.body)
        if answer.status < 400:
            sent = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
            faults += openapi.faults_of_request(method, path, sent)
        assert not faults, (method, path, answer.status, faults)
        return answer
