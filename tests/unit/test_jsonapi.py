"""Queries of lists, and the links of their pages."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openevent.edge import jsonapi
from openevent.edge.jsonapi import Order, Page
from openevent.errors import Invalid, Problem

STATUSES = {"status": ("pending", "accepted", "declined")}


def problem(caught: pytest.ExceptionInfo[Invalid]) -> Problem:
    (found,) = caught.value.problems
    assert found.code == "invalid-parameter"
    return found


@pytest.mark.parametrize(
    ("parameters", "page"),
    [
        ({}, Page(1, 20)),
        ({"page[size]": ["5"]}, Page(1, 5)),
        ({"page[size]": ["0"]}, Page(1, 1000)),
        ({"page[number]": ["3"], "page[size]": ["7"]}, Page(3, 7)),
        ({"cache": ["true"]}, Page(1, 20)),
    ],
)
def test_page(parameters: dict[str, list[str]], page: Page) -> None:
    assert jsonapi.page_of(parameters) == page


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("page[number]", "0"),
        ("page[number]", "-1"),
        ("page[number]", "1000000001"),
        ("page[number]", ""),
        ("page[number]", "9" * 5000),
        ("page[size]", "1001"),
        ("page[size]", "ten"),
        ("page[size]", "²"),
        ("page[size]", "1\n"),
        ("page[limit]", "1"),
    ],
)
def test_page_that_cannot_be(name: str, value: str) -> None:
    with pytest.raises(Invalid) as caught:
        jsonapi.page_of({name: [value]})
    assert problem(caught).source == {"parameter": name}


def test_orders() -> None:
    parameters = {"sort": ["email,-created-at"]}
    orders = jsonapi.orders_of(parameters, ("email", "created-at"))
    assert orders == (Order("email", descending=False), Order("created-at", descending=True))
    assert jsonapi.orders_of({}, ("email",)) == ()


@pytest.mark.parametrize("sort", ["hash", "email,hash", "--email", "created_at", "-"])
def test_order_that_is_not_offered(sort: str) -> None:
    with pytest.raises(Invalid) as caught:
        jsonapi.orders_of({"sort": [sort]}, ("email", "created-at"))
    assert problem(caught) == Problem(
        "invalid-parameter",
        "This list can be sorted by created-at, email only.",
        parameter="sort",
    )


def test_includes() -> None:
    assert jsonapi.includes_of({"include": ["role,event"]}, ("role", "event")) == {"role", "event"}
    assert jsonapi.includes_of({"include": [""]}, ("role", "event")) == frozenset()
    with pytest.raises(Invalid) as caught:
        jsonapi.includes_of({"include": ["role,user"]}, ("role", "event"))
    assert problem(caught).source == {"parameter": "include"}


def condition(op: str, val: object, name: str = "status") -> str:
    return json.dumps([{"name": name, "op": op, "val": val}])


@pytest.mark.parametrize(
    ("parameters", "statuses"),
    [
        ({"filter[status]": ["pending"]}, {"pending"}),
        ({"filter[status]": ["pending,declined"]}, {"pending", "declined"}),
        ({"filter": [condition("eq", "pending")]}, {"pending"}),
        ({"filter": [condition("ne", "pending")]}, {"accepted", "declined"}),
        ({"filter": [condition("in_", ["pending", "accepted"])]}, {"pending", "accepted"}),
        ({"filter[status]": ["pending"], "filter": [condition("ne", "pending")]}, set()),
    ],
)
def test_filters(parameters: dict[str, list[str]], statuses: set[str]) -> None:
    assert jsonapi.filters_of(parameters, STATUSES) == {"status": statuses}


def test_no_filter() -> None:
    assert jsonapi.filters_of({"filter": ["[]"]}, STATUSES) == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("filter[hash]", "x"),
        ("filter[status]", "open"),
        ("filter", "pending"),
        ("filter", "{}"),
        ("filter", "[1]"),
        ("filter", condition("like", "%")),
        ("filter", condition("eq", "x", name="hash")),
        ("filter", condition("eq", 1)),
        ("filter", condition("in_", [["pending"]])),
        ("filter", "[" * 100_000),
    ],
)
def test_filter_that_is_not_offered(name: str, value: str) -> None:
    with pytest.raises(Invalid) as caught:
        jsonapi.filters_of({name: [value]}, STATUSES)
    assert problem(caught).source == {"parameter": name}


def test_links_keep_the_rest_of_the_query() -> None:
    parameters = {"sort": ["-created-at"], "filter[status]": ["pending"], "page[number]": ["2"]}
    query = "sort=-created-at&filter%5Bstatus%5D=pending&page%5Bnumber%5D={}&page%5Bsize%5D=2"
    assert jsonapi.page_links("/v1/things", parameters, Page(2, 2), 5) == {
        relation: f"/v1/things?{query.format(number)}"
        for relation, number in [("self", 2), ("first", 1), ("last", 3), ("prev", 1), ("next", 3)]
    }


@given(st.integers(1, 50), st.integers(1, 10), st.integers(0, 100))
def test_following_next_passes_everything_once(number: int, size: int, count: int) -> None:
    links = jsonapi.page_links("/v1/things", {}, Page(number, size), count)
    assert ("next" in links) == (number * size < count)
    assert ("prev" in links) == (number > 1)


def test_document() -> None:
    assert jsonapi.document([], links={"self": "/v1/things"}, meta={"count": 0}) == {
        "data": [],
        "meta": {"count": 0},
        "links": {"self": "/v1/things"},
        "jsonapi": {"version": "1.0"},
    }
