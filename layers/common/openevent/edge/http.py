"""The HTTP edge: routes, bodies, who calls, and every error in one shape.

A function's `app.py` makes an `Api`, registers its routes and hands the event over. Everything a
use case raises as an `OpenEventError` becomes a JSON:API error here; anything else is logged and
answered as a 500 that says nothing of its cause.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import (
    APIGatewayRestResolver,
    CORSConfig,
    Response,
)
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.utilities.typing import LambdaContext

from openevent import errors

logger = Logger(child=True)

JSON = "application/json"
JSON_API = "application/vnd.api+json"
HTML = "text/html; charset=utf-8"

STATUS: dict[type[errors.OpenEventError], int] = {
    errors.BadRequest: 400,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.MethodNotAllowed: 405,
    errors.Conflict: 409,
    errors.Gone: 410,
    errors.UnsupportedMedia: 415,
    errors.Invalid: 422,
    errors.TooManyRequests: 429,
    errors.Unavailable: 503,
}

# Seconds after which a client should try again what was unavailable.
RETRY_UNAVAILABLE = 5

_NO_TEXT = re.compile(
    r"\\u0000|\\ud[89ab]..(?!\\ud[c-f])|(?<!\\ud[89ab]..)\\ud[c-f]|[\ud800-\udfff]", re.IGNORECASE
)

# Answers hold people's data and addresses that are good for their holder: no cache may keep them.
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class Api(APIGatewayRestResolver):
    """The routes of one function.

    Rules are written without the stage (`/events/<event_identifier>/copy`); a stage or base path
    `/v1` that is still in the path is taken off. Methods that a path does not take get a 405.
    """

    def __init__(self, allowed_origins: Sequence[str]) -> None:
        """`allowed_origins`: the web clients that may call from a browser; `*` for any."""
        super().__init__(cors=_cors(allowed_origins), strip_prefixes=["/v1"])
        self.exception_handler(errors.OpenEventError)(refusal)
        self.exception_handler(Exception)(_failure)
        self.not_found(self._not_found)

    def handle(self, event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        """Answer API Gateway's proxy event."""
        logger.append_keys(request_id=context.aws_request_id)
        return self.resolve(event, context)

    def header(self, name: str) -> str | None:
        """The request's header `name`, whatever its case."""
        return self.current_event.headers.get(name)

    def parameters(self) -> dict[str, list[str]]:
        """The query: each parameter with all its values."""
        return dict(self.current_event.multi_value_query_string_parameters)

    def json_object(self) -> dict[str, Any]:
        """The request's body as a JSON object; an empty body is an empty object.

        Raises `UnsupportedMedia` for another content type than the two JSON ones, `BadRequest` for
        anything that is no JSON object.
        """
        try:
            body = self.current_event.decoded_body
        except (ValueError, UnicodeDecodeError) as error:
            raise _not_json() from error
        if not body or not body.strip():
            return {}
        content_type = (self.header("Content-Type") or JSON).partition(";")[0].strip().lower()
        if content_type not in (JSON, JSON_API):
            raise errors.UnsupportedMedia(
                "unsupported-media-type", f"Send {JSON} or {JSON_API}.", header="Content-Type"
            )
        try:
            document = json.loads(body, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise _not_json() from error
        if not isinstance(document, dict):
            raise _not_json()
        if not _is_text(body):
            raise errors.BadRequest("body-not-text", "The body holds what is no character.")
        return document

    def _not_found(self, _error: NotFoundError) -> Response[str]:
        # API Gateway hands us the declared paths alone: what no rule takes, fails by its method,
        # unless a variable in the path holds something that no name can be.
        path = self._remove_prefix(self.current_event.path)
        routes = self._static_routes + self._dynamic_routes
        methods = sorted({route.method for route in routes if route.rule.match(path)})
        if methods:
            return refusal(errors.MethodNotAllowed(methods))
        return refusal(errors.NotFound("not-found", "There is nothing here."))


def answer(
    document: object,
    *,
    status: int = 200,
    content_type: str = JSON,
    headers: Mapping[str, str] | None = None,
) -> Response[str]:
    """A JSON answer."""
    return Response(
        status_code=status,
        content_type=content_type,
        body=json.dumps(document, ensure_ascii=False, separators=(",", ":")),
        headers={**_HEADERS, **(headers or {})},
    )


def page(html: str, *, status: int) -> Response[str]:
    """A page for a person with a browser."""
    policy = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
    return Response(
        status_code=status, content_type=HTML, body=html, headers={**_HEADERS, **policy}
    )


def redirect(address: str) -> Response[str]:
    """A redirect to `address`, for this once."""
    headers = {**_HEADERS, "Location": address, "Referrer-Policy": "no-referrer"}
    return Response(status_code=302, content_type=JSON, body="", headers=headers)


def status_of(error: errors.OpenEventError) -> int:
    """The HTTP status that `error` is answered with."""
    return next(status for kind, status in STATUS.items() if isinstance(error, kind))


def refusal(error: errors.OpenEventError) -> Response[str]:
    """The JSON:API answer for `error`; its cause goes into the log."""
    status = status_of(error)
    logger.info("Refused", extra={"status": status, "code": error.code}, exc_info=_cause(error))
    headers: dict[str, str] = {}
    match error:
        case errors.Unauthenticated():
            headers["WWW-Authenticate"] = "JWT"
        case errors.MethodNotAllowed():
            headers["Allow"] = ", ".join(error.allowed)
        case errors.TooManyRequests():
            headers["Retry-After"] = str(error.retry_after)
        case errors.Unavailable():
            headers["Retry-After"] = str(RETRY_UNAVAILABLE)
    return _error_document(status, error.title, error.problems, headers)


def _failure(error: Exception) -> Response[str]:
    logger.error("Failed", exc_info=error)
    problem = errors.Problem("internal-error", "Something went wrong on our side.")
    return _error_document(500, "Internal Server Error", [problem], {})


def _error_document(
    status: int, title: str, problems: Sequence[errors.Problem], headers: Mapping[str, str]
) -> Response[str]:
    document = {
        "errors": [
            {
                "status": str(status),
                "code": problem.code,
                "title": title,
                "detail": problem.detail,
                **({"source": problem.source} if problem.source else {}),
            }
            for problem in problems
        ],
        "jsonapi": {"version": "1.0"},
    }
    return answer(document, status=status, content_type=JSON_API, headers=headers)


def _cause(error: errors.OpenEventError) -> BaseException | None:
    return error if error.__cause__ is not None else None


def _not_json() -> errors.BadRequest:
    return errors.BadRequest("body-not-json", "The body must be a JSON object.")


def _refuse_constant(name: str) -> float:
    raise ValueError(name)


def _is_text(body: str) -> bool:
    # PostgreSQL's text can hold neither NUL nor half a surrogate pair; no body has a use for them.
    return _NO_TEXT.search(body) is None


def _cors(origins: Sequence[str]) -> CORSConfig:
    first, *others = origins or ("*",)
    return CORSConfig(
        allow_origin=first,
        extra_origins=others,
        allow_headers=["Authorization", "Content-Type", "Idempotency-Key"],
        expose_headers=["Location", "Retry-After"],
        max_age=600,
    )
