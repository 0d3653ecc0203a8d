"""JSON:API 1.0: what lists can be asked for in a query, and the documents that answer. Pure.

Query parameters are taken as API Gateway hands them over: decoded, each name with all its values.
Those of JSON:API are held to what a list can do; others (`cache=true`, say) are not looked at.
"""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from openevent.errors import Invalid

Parameters = Mapping[str, Sequence[str]]
Resource = Mapping[str, Any]

DEFAULT_SIZE = 20
MAX_SIZE = 1000

# With MAX_SIZE well within PostgreSQL's bigint, which offsets are.
MAX_NUMBER = 10**9

VERSION = {"version": "1.0"}

_NUMBER_NAME = "page[number]"
_SIZE_NAME = "page[size]"

_DIGITS = re.compile(r"[0-9]{1,10}")


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list: its number, from 1, and how many resources it holds at most."""

    number: int
    size: int

    @property
    def offset(self) -> int:
        """How many resources come before this page."""
        return (self.number - 1) * self.size


@dataclass(frozen=True, slots=True)
class Order:
    """One attribute that a list is sorted by."""

    attribute: str
    descending: bool


def page_of(parameters: Parameters) -> Page:
    """The page that `page[number]` (1 when absent) and `page[size]` (`DEFAULT_SIZE`) ask for.

    Size 0 means as many as a page can hold (`MAX_SIZE`): clients of Open Event ask so for all.
    Raises `Invalid`, with the parameter, for anything but numbers within bounds.
    """
    _refuse_others(parameters, "page", ("number", "size"))
    number = _number(parameters, _NUMBER_NAME, least=1, most=MAX_NUMBER, default=1)
    size = _number(parameters, _SIZE_NAME, least=0, most=MAX_SIZE, default=DEFAULT_SIZE)
    return Page(number, size or MAX_SIZE)


def orders_of(parameters: Parameters, allowed: Collection[str]) -> tuple[Order, ...]:
    """The orders that `sort` asks for (`email,-created-at`), the first one first; maybe none.

    Raises `Invalid`, with the parameter, for an attribute that is not `allowed`.
    """
    names = _names(parameters, "sort")
    orders = tuple(Order(name.removeprefix("-"), name.startswith("-")) for name in names)
    for order in orders:
        if order.attribute not in allowed:
            raise _invalid("sort", f"This list can be sorted by: {_listed(allowed)}.")
    return orders


def includes_of(parameters: Parameters, allowed: Collection[str]) -> frozenset[str]:
    """The relationships that `include` asks for (`role,event`).

    Raises `Invalid`, with the parameter, for one that is not `allowed`.
    """
    names = frozenset(_names(parameters, "include"))
    if not names <= frozenset(allowed):
        raise _invalid("include", f"Can be included here: {_listed(allowed)}.")
    return names


def filters_of(
    parameters: Parameters, allowed: Mapping[str, Collection[str]]
) -> dict[str, frozenset[str]]:
    """The values each filtered attribute may have; attributes that are not filtered are absent.

    `allowed`: for each attribute that can be filtered, the values it takes. Read in both dialects:
    `filter[status]=pending,declined`, and that of Open Event's clients,
    `filter=[{"name":"status","op":"eq","val":"pending"}]` with the operators `eq`, `ne` and `in_`.
    Several filters must all hold. Raises `Invalid`, with the parameter, for anything else.
    """
    _refuse_others(parameters, "filter", allowed)
    wanted = dict[str, frozenset[str]]()
    for attribute, values in allowed.items():
        parameter = f"filter[{attribute}]"
        for text in parameters.get(parameter, ()):
            _narrow(wanted, attribute, frozenset(_split(text)), values, parameter)
    for text in parameters.get("filter", ()):
        for attribute, chosen in _conditions(text, allowed):
            _narrow(wanted, attribute, chosen, allowed[attribute], "filter")
    return wanted


def document(
    data: Resource | Sequence[Resource] | None,
    *,
    links: Mapping[str, str],
    included: Sequence[Resource] | None = None,
    meta: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A document with `data`. `included` None: nothing was asked to be included."""
    return {
        "data": data,
        **({} if included is None else {"included": included}),
        **({} if meta is None else {"meta": meta}),
        "links": links,
        "jsonapi": VERSION,
    }


def message(text: str) -> dict[str, Any]:
    """A document that has no data, only something to say to a person."""
    return {"meta": {"message": text}, "jsonapi": VERSION}


def page_links(path: str, parameters: Parameters, page: Page, count: int) -> dict[str, str]:
    """The links of one page of a list of `count` resources.

    self, first and last, and prev and next where there are such pages. `path` begins with `/v1`;
    all other parameters of the query are kept.
    """
    last = max(1, -(-count // page.size))
    numbers = {"self": page.number, "first": 1, "last": last}
    if page.number > 1:
        numbers["prev"] = min(page.number - 1, last)
    if page.number < last:
        numbers["next"] = page.number + 1
    kept = [
        (name, value)
        for name, values in parameters.items()
        if name not in (_NUMBER_NAME, _SIZE_NAME)
        for value in values
    ]
    return {
        relation: f"{path}?{urlencode([*kept, (_NUMBER_NAME, number), (_SIZE_NAME, page.size)])}"
        for relation, number in numbers.items()
    }


def _number(parameters: Parameters, name: str, *, least: int, most: int, default: int) -> int:
    values = parameters.get(name)
    if not values:
        return default
    if _DIGITS.fullmatch(values[-1]) and least <= int(values[-1]) <= most:
        return int(values[-1])
    raise _invalid(name, f"A number from {least} to {most}.")


def _names(parameters: Parameters, parameter: str) -> list[str]:
    return [name for text in parameters.get(parameter, ()) for name in _split(text)]


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _conditions(
    text: str, allowed: Mapping[str, Collection[str]]
) -> list[tuple[str, frozenset[str]]]:
    try:
        conditions = json.loads(text)
    except (ValueError, RecursionError):
        conditions = None
    if not isinstance(conditions, list):
        raise _invalid("filter", "A JSON array of conditions.")
    return [_condition(condition, allowed) for condition in conditions]


def _condition(
    condition: object, allowed: Mapping[str, Collection[str]]
) -> tuple[str, frozenset[str]]:
    match condition:
        case {"name": str(name), "op": "eq", "val": str(value)} if name in allowed:
            return name, frozenset({value})
        case {"name": str(name), "op": "ne", "val": str(value)} if name in allowed:
            return name, frozenset(allowed[name]) - {value}
        case {"name": str(name), "op": "in_", "val": [*values]} if name in allowed:
            return name, frozenset(str(value) for value in values)
    raise _invalid(
        "filter",
        f'Conditions read {{"name":…,"op":"eq"|"ne"|"in_","val":…}}; names: {_listed(allowed)}.',
    )


def _narrow(
    wanted: dict[str, frozenset[str]],
    attribute: str,
    chosen: frozenset[str],
    known: Collection[str],
    parameter: str,
) -> None:
    if not chosen <= frozenset(known):
        raise _invalid(parameter, f"{attribute} takes: {_listed(known)}.")
    wanted[attribute] = wanted.get(attribute, frozenset(known)) & chosen


def _refuse_others(parameters: Parameters, family: str, members: Collection[str]) -> None:
    known = {f"{family}[{member}]" for member in members}
    for name in parameters:
        if name.startswith(f"{family}[") and name not in known:
            raise _invalid(name, f"Known here: {_listed(known)}.")


def _listed(names: Collection[str]) -> str:
    return ", ".join(sorted(names))


def _invalid(parameter: str, detail: str) -> Invalid:
    return Invalid("invalid-parameter", detail, parameter=parameter)
