"""The HTTP edge, as API Gateway calls it: refusals in one shape, and no cause in any answer."""

import base64
import json
from collections.abc import Callable

import pytest
from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from hypothesis import given
from hypothesis import strategies as st

from openevent import errors
from openevent.edge import http
from openevent.errors import Invalid, OpenEventError, Problem
from openevent.pages.page import Page
from tests.functions import Answer, answer_of, proxy_event
from tests.lambda_context import Context

# The functions make it; loggers of modules are its children.
Logger()

ORIGIN = "https://www.example.com"
SECRET = "SELECT password FROM users -- db.internal.example"


def api_of(work: Callable[[http.Api], Response[str]], *origins: str) -> http.Api:
    api = http.Api(origins or (ORIGIN, "https://app.example.com"))

    @api.get("/things/<name>")
    def read(name: str) -> Response[str]:  # noqa: ARG001 - it is a part of the path
        return work(api)

    @api.post("/things/<name>")
    def write(name: str) -> Response[str]:  # noqa: ARG001 - it is a part of the path
        return work(api)

    return api


def call(
    work: Callable[[http.Api], Response[str]],
    method: str = "GET",
    path: str = "/v1/things/1",
    *,
    body: str | None = None,
    **headers: str,
) -> Answer:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    event = proxy_event(method, path, headers=sent, body=body)
    return answer_of(api_of(work).handle(event, Context()))


def echo(api: http.Api) -> Response[str]:
    return http.answer(api.json_object(max_bytes=http.RESOURCE_BODY))


def raising(error: Exception) -> Callable[[http.Api], Response[str]]:
    def work(_api: http.Api) -> Response[str]:
        raise error from LookupError(SECRET)

    return work


REFUSALS = [
    (errors.BadRequest("a-code", "Words."), 400, "Bad Request", {}),
    (errors.Unauthenticated("a-code", "Words."), 401, "Unauthorized", {"www-authenticate": "JWT"}),
    (errors.Forbidden("a-code", "Words."), 403, "Access Forbidden", {}),
    (errors.NotFound("a-code", "Words."), 404, "Object not found", {}),
    (errors.Conflict("a-code", "Words."), 409, "Conflict", {}),
    (errors.Gone("a-code", "Words."), 410, "Gone", {}),
    (errors.TooLarge("a-code", "Words."), 413, "Content Too Large", {}),
    (errors.UnsupportedMedia("a-code", "Words."), 415, "Unsupported Media Type", {}),
    (errors.Invalid("a-code", "Words."), 422, "Unprocessable Entity", {}),
    (
        errors.TooManyRequests("a-code", "Words.", retry_after=77),
        429,
        "Too Many Requests",
        {"retry-after": "77"},
    ),
    (errors.Unavailable("a-code", "Words."), 503, "Service Unavailable", {"retry-after": "5"}),
]


@pytest.mark.parametrize(("error", "status", "title", "headers"), REFUSALS)
def test_a_refusal(error: OpenEventError, status: int, title: str, headers: dict[str, str]) -> None:
    answer = call(raising(error), Origin=ORIGIN)
    assert answer.status == status
    assert answer.json == {
        "errors": [{"status": str(status), "code": "a-code", "title": title, "detail": "Words."}],
        "jsonapi": {"version": "1.0"},
    }
    assert answer.headers["content-type"] == "application/vnd.api+json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert headers.items() <= answer.headers.items()
    assert SECRET not in str(answer)


def test_every_problem_and_its_place_is_in_the_answer() -> None:
    error = Invalid.because(
        [Problem("a", "A.", pointer="/x"), Problem("b", "B.", parameter="sort")]
    )
    assert [problem["source"] for problem in call(raising(error)).json["errors"]] == [
        {"pointer": "/x"},
        {"parameter": "sort"},
    ]


def test_an_unexpected_exception_is_a_500_without_a_cause() -> None:
    answer = call(raising(RuntimeError(SECRET)), Origin=ORIGIN)
    assert (answer.status, answer.codes) == (500, ["internal-error"])
    assert SECRET not in str(answer)
    assert "Traceback" not in str(answer)
    assert answer.headers["access-control-allow-origin"] == ORIGIN


# What browsers send when a person opens an address: Firefox and Safari, and Chrome.
BROWSERS = [
    "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "text/html,application/xhtml+xml,image/avif,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7",
]


def assert_is_page(answer: Answer, status: int, detail: str) -> None:
    assert (answer.status, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert f'<p class="lead">{detail}</p>' in answer.text
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert policy.endswith("; form-action 'none'; base-uri 'none'; frame-ancestors 'none'")
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("accept", BROWSERS)
def test_a_browser_gets_an_unexpected_exception_as_a_page(accept: str) -> None:
    answer = call(raising(RuntimeError(SECRET)), Accept=accept)
    assert_is_page(
        answer,
        500,
        "Something went wrong on our side. Please try again, or contact the operator.",
    )
    assert SECRET not in str(answer)
    assert "Traceback" not in str(answer)


@pytest.mark.parametrize(("error", "status", "title", "headers"), REFUSALS)
def test_a_browser_gets_a_refusal_as_a_page(
    error: OpenEventError, status: int, title: str, headers: dict[str, str]
) -> None:
    answer = call(raising(error), Accept=BROWSERS[0], Origin=ORIGIN)
    assert_is_page(answer, status, "Words.")
    assert headers.items() <= answer.headers.items()
    assert title not in answer.text
    assert SECRET not in str(answer)


def test_a_browser_gets_a_method_that_a_path_does_not_take_as_a_page() -> None:
    answer = call(echo, "PUT", Accept=BROWSERS[0])
    assert_is_page(answer, 405, "This address accepts the methods GET, POST only.")
    assert answer.headers["allow"] == "GET, POST"


def test_a_browser_gets_a_path_that_does_not_exist_as_a_page() -> None:
    answer = call(echo, path="/v1/nothing", Accept=BROWSERS[0])
    assert_is_page(answer, 404, "There is nothing at this address.")


def test_a_page_of_an_error_holds_no_markup_of_the_error() -> None:
    answer = call(raising(errors.BadRequest("a-code", "<b>&")), Accept=BROWSERS[0])
    assert_is_page(answer, 400, "&lt;b&gt;&amp;")


@pytest.mark.parametrize(
    "accept",
    [
        *("", "*/*", "text/*", "application/json", "application/vnd.api+json", "text/html;q=0"),
        *("application/vnd.api+json, text/html", "text/html;q=0.8, application/json"),
        *("application/json, text/plain, */*", "text/html;q=x", "text/htmlx", ",;=,;q"),
    ],
)
def test_a_client_of_the_api_gets_errors_as_json(accept: str) -> None:
    answer = call(raising(RuntimeError(SECRET)), Accept=accept)
    assert (answer.status, answer.codes) == (500, ["internal-error"])


@given(st.text(max_size=40) | st.just("text/html;q=nan, application/json;q=inf"))
def test_no_accept_breaks_it(accept: str) -> None:
    answer = call(raising(RuntimeError(SECRET)), Accept=accept)
    assert answer.status == 500


def test_nothing_there() -> None:
    answer = call(echo, path="/v1/nothing", Origin=ORIGIN)
    assert (answer.status, answer.codes) == (404, ["not-found"])
    assert answer.headers["access-control-allow-origin"] == ORIGIN


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "HEAD"])
def test_a_method_that_a_path_does_not_take(method: str) -> None:
    answer = call(echo, method)
    assert (answer.status, answer.codes) == (405, ["method-not-allowed"])
    assert answer.headers["allow"] == "GET, POST"


@pytest.mark.parametrize("path", ["/things/1", "/v1/things/1", "/v1/things/1/"])
def test_the_base_path(path: str) -> None:
    event = proxy_event("GET", path)
    event["path"] = path
    assert answer_of(api_of(echo).handle(event, Context())).status == 200


def test_a_path_that_is_not_below_the_base_path() -> None:
    assert call(echo, path="/v1x/things/1").status == 404


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/vnd.api+json",
        "Application/JSON; charset=utf-8",
        'application/vnd.api+json; ext="x"',
    ],
)
def test_both_kinds_of_json_are_read(content_type: str) -> None:
    answer = call(echo, "POST", body='{"a": "né"}', content_type=content_type)
    assert (answer.status, answer.json) == (200, {"a": "né"})
    assert answer.headers["content-type"] == "application/json"


def test_json_without_a_content_type_is_read() -> None:
    assert call(echo, "POST", body="{}").status == 200


@pytest.mark.parametrize("body", [None, "", " \n"])
@pytest.mark.parametrize("content_type", ["application/json", "text/plain"])
def test_an_empty_body_is_an_empty_object(body: str | None, content_type: str) -> None:
    answer = call(echo, "POST", body=body, content_type=content_type)
    assert (answer.status, answer.json) == (200, {})


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "application/jsonx"]
)
def test_another_content_type(content_type: str) -> None:
    answer = call(echo, "POST", body="{}", content_type=content_type)
    assert (answer.status, answer.codes) == (415, ["unsupported-media-type"])
    assert answer.json["errors"][0]["source"] == {"header": "Content-Type"}


@pytest.mark.parametrize(
    "body",
    [
        *("[]", "1", "null", '"x"', "{", "{'a': 1}", '{"a": NaN}', '{"a": Infinity}'),
        *("[" * 16_000, '{"a": ' + "1" * 5000 + "}", "\ufeff{}"),
    ],
)
def test_a_body_that_is_no_json_object(body: str) -> None:
    answer = call(echo, "POST", body=body)
    assert (answer.status, answer.codes) == (400, ["body-not-json"])


@pytest.mark.parametrize("body", [r'{"a": "\u0000"}', r'{"\u0000": 1}'])
def test_a_body_with_a_character_that_no_database_takes(body: str) -> None:
    assert call(echo, "POST", body=body).codes == ["body-not-text"]


@pytest.mark.parametrize("body", [r'{"a": "\ud800"}', r'{"\udfff": 1}', r'{"a": ["\ud83d"]}'])
def test_a_body_with_half_a_character(body: str) -> None:
    answer = call(echo, "POST", body=body)
    assert (answer.status, answer.codes) == (400, ["body-not-text"])


@pytest.mark.parametrize("letter", ["x", "é", "😀"])
def test_defect_6_a_body_has_a_limit_in_bytes(letter: str) -> None:
    frame = len('{"a": ""}')
    size = len(letter.encode())
    text = letter * ((http.RESOURCE_BODY - frame) // size)
    fits = json.dumps({"a": text}, ensure_ascii=False)
    assert call(echo, "POST", body=fits).status == 200
    answer = call(echo, "POST", body=fits + " " * size)
    assert (answer.status, answer.codes) == (413, ["too-large"])
    assert answer.json["errors"][0]["detail"] == "The body is too large. Send at most 16384 bytes."


def test_defect_6_a_large_body_is_refused_whatever_it_is() -> None:
    body = "[" * 1_000_000
    for content_type in ("application/json", "text/plain"):
        answer = call(echo, "POST", body=body, content_type=content_type)
        assert (answer.status, answer.codes) == (413, ["too-large"])
    assert len(answer.text) < 1_000


def test_defect_6_an_answer_lists_twenty_problems_and_counts_the_rest() -> None:
    """Issue 10: 50,000 unknown keys made an answer of 6.9 MB, before any login."""
    many = [Problem("a-code", "Words.", pointer=f"/{number}") for number in range(50_000)]
    answer = call(raising(Invalid.because(many)))
    assert answer.codes == ["a-code"] * 20
    assert [error["source"]["pointer"] for error in answer.json["errors"]] == [
        f"/{number}" for number in range(20)
    ]
    assert answer.json["meta"] == {"unlisted": 49_980}
    assert len(answer.text) < 4_000


def test_twenty_problems_are_all_of_them() -> None:
    answer = call(raising(Invalid.because([Problem("a-code", "Words.")] * 20)))
    assert len(answer.codes) == 20
    assert "meta" not in answer.json


def test_a_whole_character_of_two_halves() -> None:
    assert call(echo, "POST", body=r'{"a": "\ud83d\ude00"}').json == {"a": "😀"}


@pytest.mark.parametrize("body", ["{}", "né".encode("latin-1"), b"\xff\xfe"])
def test_a_body_in_base64(body: str | bytes) -> None:
    event = proxy_event("POST", "/things/1")
    event["body"] = base64.b64encode(body.encode() if isinstance(body, str) else body).decode()
    event["isBase64Encoded"] = True
    answer = answer_of(api_of(echo).handle(event, Context()))
    assert answer.status == (200 if body == "{}" else 400)


@given(st.text(), st.sampled_from(["application/json", "application/vnd.api+json"]))
def test_no_body_breaks_it(body: str, content_type: str) -> None:
    answer = call(echo, "POST", body=body, content_type=content_type)
    assert answer.status in {200, 400}


@given(st.text(st.characters(exclude_categories=()), max_size=20))
def test_no_path_breaks_it(name: str) -> None:
    assert call(echo, path=f"/v1/things/{name}").status in {200, 404}


def test_headers_in_any_case() -> None:
    answer = call(
        lambda api: http.answer({"found": api.header("AUTHORIZATION")}), Authorization="x"
    )
    assert answer.json == {"found": "x"}


def test_a_browser_may_ask_first() -> None:
    answer = call(echo, "OPTIONS", Origin=ORIGIN, Access_Control_Request_Method="POST")
    assert answer.status == 204
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert set(answer.headers["access-control-allow-methods"].split(",")) >= {"GET", "POST"}
    assert {"Authorization", "Content-Type"} <= set(
        answer.headers["access-control-allow-headers"].split(",")
    )


def test_each_allowed_origin_is_answered_with_itself() -> None:
    answer = call(echo, Origin="https://app.example.com")
    assert answer.headers["access-control-allow-origin"] == "https://app.example.com"


def test_another_origin_is_not_allowed() -> None:
    answer = call(echo, Origin="https://evil.example")
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("origin", [ORIGIN, "https://evil.example", None])
def test_answers_vary_with_the_origin_if_origins_are_listed(origin: str | None) -> None:
    """Issue 11: a cache gave the answer for one origin to the pages of another."""
    answer = call(echo, **({"Origin": origin} if origin else {}))

    assert answer.headers["vary"] == "Origin"


def test_answers_to_any_origin_do_not_vary() -> None:
    event = proxy_event("GET", "/v1/things/1", headers={"Origin": ORIGIN})
    answer = answer_of(api_of(echo, "*").handle(event, Context()))

    assert "vary" not in answer.headers


def test_a_page_may_load_nothing() -> None:
    answer = call(lambda _api: http.show(Page("<p>x</p>", "default-src 'none'"), status=410))
    assert (answer.status, answer.text) == (410, "<p>x</p>")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert policy == "default-src 'none'; frame-ancestors 'none'"


def test_the_address_of_a_page_goes_nowhere() -> None:
    headers = call(lambda _api: http.show(Page("<p>x</p>", "default-src 'none'"))).headers
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-robots-tag"] == "noindex"


def test_a_redirect_is_kept_nowhere() -> None:
    answer = call(lambda _api: http.redirect("https://s3.example/x"))
    assert (answer.status, answer.headers["location"]) == (302, "https://s3.example/x")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"


def test_defect_12_a_redirect_does_not_claim_to_be_json() -> None:
    """The empty body is not JSON."""
    answer = call(lambda _api: http.redirect("https://s3.example/x"))
    assert answer.text == ""
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
