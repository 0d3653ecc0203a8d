"""The HTTP edge: routes, answers, and one form for every error.

A function's `app.py` makes an `Api`, registers its routes and passes API Gateway's event to it. An
`OpenEventError` of a use case becomes a JSON:API error here, or a page if a browser asks. Any other
exception is logged, and the answer is a 500 without its cause.
"""

import json
from base64 import b64decode
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
from openevent.edge import bodies
from openevent.edge.error_page import error_page, prefers_page
from openevent.pages.page import Page

logger = Logger(child=True)

JSON_API = bodies.JSON_API
HTML = "text/html; charset=utf-8"
TEXT = "text/plain; charset=utf-8"

STATUS: dict[type[errors.OpenEventError], int] = {
    errors.BadRequest: 400,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.MethodNotAllowed: 405,
    errors.Conflict: 409,
    errors.Gone: 410,
    errors.TooLarge: 413,
    errors.UnsupportedMedia: 415,
    errors.Invalid: 422,
    errors.TooManyRequests: 429,
    errors.Unavailable: 503,
}

# Seconds after which a client should retry what was unavailable.
RETRY_UNAVAILABLE = 5

# Bytes of a body: of a few options or a token, and of a JSON:API resource. The longest bodies that
# clients send have a tenth of it.
SMALL_BODY = 4_096
RESOURCE_BODY = 16_384

_FAILURE = errors.Problem(
    "internal-error",
    "Something went wrong on our side. Please try again, or contact the operator.",
)

# Answers hold personal data and presigned addresses: no cache may keep them.
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class Api(APIGatewayRestResolver):
    """The routes of one function.

    Rules are written without the stage (`/events/<event_identifier>/copy`): a stage or base path
    `/v1` is removed from the path of a request. A method that a path does not accept gets a 405.
    """

    def __init__(
        self,
        allowed_origins: Sequence[str],
        *,
        allow_headers: Sequence[str] = (),
        answers_head: bool = False,
    ) -> None:
        """`allowed_origins`: origins of the web pages that may call; `*` for any.

        `allow_headers`: headers that those pages may send besides those of every route.
        `answers_head`: whether HEAD is answered as GET is, without the body.
        """
        super().__init__(cors=_cors(allowed_origins, allow_headers), strip_prefixes=["/v1"])
        self._answers_head = answers_head
        self._varies = "*" not in (allowed_origins or ("*",))
        self.exception_handler(errors.OpenEventError)(self._refuse)
        self.exception_handler(Exception)(self._fail)
        self.not_found(self._not_found)

    def handle(self, event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        """Answer API Gateway's proxy event."""
        logger.append_keys(request_id=context.aws_request_id)
        is_head = self._answers_head and event["httpMethod"] == "HEAD"
        answered = self.resolve({**event, "httpMethod": "GET"} if is_head else event, context)
        if is_head:
            answered["body"] = ""
        if self._varies:
            # Without it, a cache gives the answer for one origin to the pages of another (Fetch
            # Standard, "CORS protocol and HTTP caches").
            answered["multiValueHeaders"].setdefault("Vary", []).append("Origin")
        return answered

    def header(self, name: str) -> str | None:
        """Return the request's header `name`, in any case."""
        return self.current_event.headers.get(name)

    def parameters(self) -> dict[str, list[str]]:
        """Return the parameters of the query, each with all its values."""
        return dict(self.current_event.multi_value_query_string_parameters)

    def json_object(self, *, max_bytes: int) -> dict[str, Any]:
        """Return the request's body as a JSON object; an empty body is an empty object.

        Raises what `bodies.json_object` raises.
        """
        return bodies.json_object(
            self.body_bytes(), self.header("Content-Type"), max_bytes=max_bytes
        )

    def form(self, *, max_bytes: int) -> dict[str, str]:
        """Return the fields of a form that a browser sent; the last one of each name.

        Raises what `bodies.form` raises.
        """
        return bodies.form(self.body_bytes(), self.header("Content-Type"), max_bytes=max_bytes)

    def body_bytes(self) -> bytes:
        """Return the bytes of the body; API Gateway encodes binary media types as base64."""
        event = self.current_event
        if event.is_base64_encoded:
            return b64decode(event.body or "")
        return (event.body or "").encode(errors="surrogatepass")

    def _not_found(self, _error: NotFoundError) -> Response[str]:
        # API Gateway passes on declared paths only. If no rule matches, the method is the reason,
        # unless a variable in the path has characters that no name has.
        path = self._remove_prefix(self.current_event.path)
        routes = self._static_routes + self._dynamic_routes
        methods = sorted({route.method for route in routes if route.rule.match(path)})
        if methods:
            return self._refuse(errors.MethodNotAllowed(methods))
        return self._refuse(errors.NotFound("not-found", "There is nothing at this address."))

    def _refuse(self, error: errors.OpenEventError) -> Response[str]:
        if prefers_page(self.header("Accept")):
            return show_refusal(error, error_page(str(error)))
        return refusal(error)

    def _fail(self, error: Exception) -> Response[str]:
        logger.error("Failed", exc_info=error)
        if prefers_page(self.header("Accept")):
            return show(error_page(_FAILURE.detail), status=500)
        return _error_document(500, "Internal Server Error", [_FAILURE])


def answer(
    document: object,
    *,
    status: int = 200,
    content_type: str = bodies.JSON,
    headers: Mapping[str, str] | None = None,
) -> Response[str]:
    """Return a JSON answer."""
    return Response(
        status_code=status,
        content_type=content_type,
        body=json.dumps(document, ensure_ascii=False, separators=(",", ":")),
        headers={**_HEADERS, **(headers or {})},
    )


def show(
    page: Page, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response[str]:
    """Return a page for a person with a browser.

    Its address can contain a secret: no other site receives it, and no search engine lists it.
    """
    guards = {
        "Content-Security-Policy": f"{page.policy}; frame-ancestors 'none'",
        "Referrer-Policy": "no-referrer",
        "X-Frame-Options": "DENY",
        "X-Robots-Tag": "noindex",
    }
    return Response(
        status_code=status,
        content_type=HTML,
        body=page.html,
        headers={**_HEADERS, **guards, **(headers or {})},
    )


def redirect(address: str, *, status: int = 302) -> Response[str]:
    """Return a temporary redirect to `address`; 303 leads from a form that was sent to a page."""
    headers = {**_HEADERS, "Location": address, "Referrer-Policy": "no-referrer"}
    # Without a content type, API Gateway would add that of JSON, which an empty body is not.
    return Response(status_code=status, content_type=TEXT, body="", headers=headers)


def status_of(error: errors.OpenEventError) -> int:
    """Return the HTTP status of `error`."""
    return next(status for kind, status in STATUS.items() if isinstance(error, kind))


def refusal(error: errors.OpenEventError) -> Response[str]:
    """Return the JSON:API answer for `error`; its cause goes into the log."""
    _log_refusal(error)
    return _error_document(
        status_of(error),
        error.title,
        error.problems,
        headers=_headers_of(error),
        unlisted=error.unlisted,
    )


def show_refusal(error: errors.OpenEventError, page: Page) -> Response[str]:
    """Return `page`, for a person with a browser, as the answer for `error`; log its cause."""
    _log_refusal(error)
    return show(page, status=status_of(error), headers=_headers_of(error))


def _log_refusal(error: errors.OpenEventError) -> None:
    extra = {"status": status_of(error), "code": error.code}
    logger.info("Refused", extra=extra, exc_info=_cause(error))


def _headers_of(error: errors.OpenEventError) -> dict[str, str]:
    match error:
        case errors.Unauthenticated():
            return {"WWW-Authenticate": "JWT"}
        case errors.MethodNotAllowed():
            return {"Allow": ", ".join(error.allowed)}
        case errors.TooManyRequests():
            return {"Retry-After": str(error.retry_after)}
        case errors.Unavailable():
            return {"Retry-After": str(RETRY_UNAVAILABLE)}
    return {}


def _error_document(
    status: int,
    title: str,
    problems: Sequence[errors.Problem],
    *,
    headers: Mapping[str, str] | None = None,
    unlisted: int = 0,
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
        **({"meta": {"unlisted": unlisted}} if unlisted else {}),
        "jsonapi": {"version": "1.0"},
    }
    return answer(document, status=status, content_type=JSON_API, headers=headers)


def _cause(error: errors.OpenEventError) -> BaseException | None:
    return error if error.__cause__ is not None else None


def _cors(origins: Sequence[str], headers: Sequence[str]) -> CORSConfig:
    first, *others = origins or ("*",)
    return CORSConfig(
        allow_origin=first,
        extra_origins=others,
        allow_headers=["Authorization", "Content-Type", "Idempotency-Key", *headers],
        expose_headers=["Location", "Retry-After"],
        max_age=600,
    )
