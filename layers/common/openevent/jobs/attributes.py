"""Values as DynamoDB's attributes (DynamoDB Developer Guide, "Data type descriptors"). Pure.

Numbers are integers, as records hold no others. The module in boto3 that does the same loads all of
boto3.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from decimal import Decimal
from typing import Any


def as_item(values: Mapping[str, object]) -> dict[str, Any]:
    """Return `values` as DynamoDB's attributes. Raises `TypeError` for a value that has no form."""
    return {name: _attribute(value) for name, value in values.items()}


def from_item(item: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the values of DynamoDB's attributes; sets are frozen."""
    return {name: _value(attribute) for name, attribute in item.items()}


def _attribute(value: object) -> dict[str, Any]:  # noqa: PLR0911 - one a type
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case int():
            return {"N": str(int(value))}
        case str():
            return {"S": value}
        case Mapping():
            return {"M": as_item(value)}
        case list() | tuple():
            return {"L": [_attribute(one) for one in value]}
        case AbstractSet() if all(isinstance(one, int) for one in value):
            return {"NS": [str(int(one)) for one in value]}
        case AbstractSet() if all(isinstance(one, str) for one in value):
            return {"SS": list(value)}
    raise TypeError(f"DynamoDB has no attribute for {type(value).__name__}")


def _value(attribute: Mapping[str, Any]) -> Any:  # noqa: ANN401, PLR0911 - of any type
    [(kind, content)] = attribute.items()
    match kind:
        case "NULL":
            return None
        case "BOOL" | "S":
            return content
        case "N":
            return int(Decimal(content))
        case "M":
            return from_item(content)
        case "L":
            return [_value(one) for one in content]
        case "NS":
            return frozenset(int(Decimal(one)) for one in content)
        case "SS":
            return frozenset(content)
    raise TypeError(f"Records hold no attributes of the type {kind}")
