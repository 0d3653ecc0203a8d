"""JSON:API 1.0: the query parameters of lists, and the documents of answers. Pure.

Query parameters come decoded, each name with all its values, as API Gateway sends them. Those of
JSON:API must be supported by the list; others (`cache=true`, say) are ignored.
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

# Times MAX_SIZE, it is well within PostgreSQL's bigint, the type of an offset.
MAX_NUMBER = 10**9

VERSION = {"version": "1.0"}

_NUMBER_NAME = "page[number]"
_SIZE_NAME = "page[size]"

_DIGITS = re.compile(r"[0-9]{1,10}")


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list: its number, from 1, and its maximum number of resources."""

    number: int
    size: int

    @property
    def offset(self) -> int:
        """Return the number of resources before this page."""
        return (self.number - 1) * self.size


@dataclass(frozen=True, slots=True)
class Order:
    """One attribute by which a list is sorted."""

    attribute: str
    descending: bool


def page_of(parameters: Parameters) -> Page:
    """Return the page of `page[number]` (default 1) and `page[size]` (default `DEFAULT_SIZE`).

    Size 0 means `MAX_SIZE`: clients of Open Event request all resources that way. Raises `Invalid`,
    with the parameter, for anything but numbers within bounds.
    """
    _refuse_others(parameters, "page", ("number", "size"))
    number = _number(parameters, _NUMBER_NAME, least=1, most=MAX_NUMBER, default=1)
    size = _number(parameters, _SIZE_NAME, least=0, most=MAX_SIZE, default=DEFAULT_SIZE)
    return Page(number, size or MAX_SIZE)


def orders_of(parameters: Parameters, allowed: Collection[str]) -> tuple[Order, ...]:
    """Return the orders of `sort` (`email,-created-at`), the most important first.

    Raises `Invalid`, with the parameter, for an attribute that is not `allowed`.
    """
    names = _names(parameters, "sort")
    orders = tuple(Order(name.removeprefix("-"), name.startswith("-")) for name in names)
    for order in orders:
        if order.attribute not in allowed:
            raise _invalid("sort", f"This list can be sorted by {_listed(allowed)} only.")
    return orders


def includes_of(parameters: Parameters, allowed: Collection[str]) -> frozenset[str]:
    """Return the relationships of `include` (`role,event`).

    Raises `Invalid`, with the parameter, for one that is not `allowed`.
    """
    names = frozenset(_names(parameters, "include"))
    if not names <= frozenset(allowed):
        raise _invalid("include", f"This answer can include {_listed(allowed)} only.")
    return names


def filters_of(
    parameters: Parameters, allowed: Mapping[str, Collection[str]]
) -> dict[str, frozenset[str]]:
    """Return the requested values of each filtered attribute; others are absent.

    `allowed`: the possible values of each attribute that can be filtered. There are two forms:
    `filter[status]=pending,declined`, and that of Open Event's clients,
    `filter=[{"name":"status","op":"eq","val":"pending"}]` with the operators `eq`, `ne` and `in_`.
    Several filters must all match. Raises `Invalid`, with the parameter, for anything else.
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
    """Return a document with `data`. `included`: None if the request does not include any."""
    return {
        "data": data,
        **({} if included is None else {"included": included}),
        **({} if meta is None else {"meta": meta}),
        "links": links,
        "jsonapi": VERSION,
    }


def message(text: str) -> dict[str, Any]:
    """Return a document without data, with a message for a person."""
    return {"meta": {"message": text}, "jsonapi": VERSION}


def page_links(path: str, parameters: Parameters, page: Page, count: int) -> dict[str, str]:
    """Return the links of one page of a list of `count` resources.

    They are self, first and last, and prev and next if these pages exist. `path` begins with `/v1`.
    All other parameters of the query are kept.
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
    raise _invalid(name, f"This must be a whole number from {least} to {most}.")


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
        raise _invalid("filter", "The filter must be a JSON array of conditions.")
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
        'A condition must have the form {"name":…,"op":"eq"|"ne"|"in_","val":…}. '
        f"Names can be {_listed(allowed)} only.",
    )


def _narrow(
    wanted: dict[str, frozenset[str]],
    attribute: str,
    chosen: frozenset[str],
    known: Collection[str],
    parameter: str,
) -> None:
    if not chosen <= frozenset(known):
        raise _invalid(parameter, f"{attribute} can be {_listed(known)} only.")
    wanted[attribute] = wanted.get(attribute, frozenset(known)) & chosen


def _refuse_others(parameters: Parameters, family: str, members: Collection[str]) -> None:
    known = {f"{family}[{member}]" for member in members}
    for name in parameters:
        if name.startswith(f"{family}[") and name not in known:
            raise _invalid(name, f"This parameter is unknown. Known ones are {_listed(known)}.")


def _listed(names: Collection[str]) -> str:
    return ", ".join(sorted(names))


def _invalid(parameter: str, detail: str) -> Invalid:
    return Invalid("invalid-parameter", detail, parameter=parameter)
