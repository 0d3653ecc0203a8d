"""Answers of API Gateway itself."""

from local.stack import Stack


def test_an_unknown_path_is_answered_in_the_shape_of_all_errors(stack: Stack) -> None:
    answer = stack.request("GET", "/v1/nowhere")

    assert answer.status == 404
    assert answer.headers["Content-Type"] == "application/vnd.api+json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.json() == {
        "errors": [
            {
                "status": "404",
                "code": "not-found",
                "title": "Not Found",
                "detail": "This address does not exist. Check the path.",
            }
        ],
        "jsonapi": {"version": "1.0"},
    }


def test_every_method_of_a_known_path_reaches_its_function(stack: Stack) -> None:
    answer = stack.request("PUT", "/v1/tasks/unknown", token=stack.tokens["organizer"])

    assert answer.status == 405
