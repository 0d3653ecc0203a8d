"""The cloud, with every answer of its API compared with docs/openapi.yaml."""

from dataclasses import fields
from typing import Self

from local.stack import Answer, Stack
from tests.openapi import Exchange


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
        if path.startswith("/"):
            exchange = Exchange(method, path, body, answer.status, answer.headers, answer.body)
            exchange.require_described()
        return answer
