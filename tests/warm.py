"""Work that a process of tests does once: for all its databases, and for all calls to its AWS.

A function's process makes one `Database` and keeps it. Tests make hundreds, and each of them
read the same schema. And at each call moto lists its own methods, and looks up each value of an
item under ten names, each spelled twice. It loads its module of S3's addresses again, writes the
addresses of a service again, and botocore its own name.
"""

from functools import cache
from typing import Any

from botocore import useragent
from moto.core import responses, utils
from moto.core.base_backend import BaseBackend
from moto.core.serialize import BaseJSONSerializer

from openevent.adapters import database, driver
from openevent.adapters.database import Database
from openevent.adapters.schema import Schema

# Schemas by their state. It contains numbers of transactions, so no two changes of a server's
# databases have the same.
_schemas: dict[str, Schema] = {}
_schema_of = Database._schema_of

_serialize_structure = BaseJSONSerializer._serialize_type_structure
_list_methods = utils.method_names_from_class
_find_urls: Any = BaseBackend.urls.fget  # type: ignore[attr-defined]
_urls: dict[type[BaseBackend], Any] = {}


def keep_warm() -> None:
    """Share the schemas from now on, and what moto and botocore look up.

    A second call changes nothing.
    """
    Database._schema_of = _kept  # type: ignore[assignment,method-assign]
    if BaseJSONSerializer._serialize_type_structure is _serialize_structure:
        patched: Any = BaseJSONSerializer
        patched._serialize_type_structure = _serialize_item_values
        patched = responses
        patched.method_names_from_class = _method_names
        patched = BaseBackend
        patched.urls = property(_urls_of)
        patched = useragent
        patched.sanitize_user_agent_string_component = cache(
            useragent.sanitize_user_agent_string_component
        )


def _method_names(responder: type) -> list[str]:
    # Tests add methods that moto lacks.
    return _methods_of(responder, len(vars(responder)))


@cache
def _methods_of(responder: type, _: int) -> list[str]:
    return _list_methods(responder)


def _urls_of(backend: BaseBackend) -> Any:  # noqa: ANN401 - moto's
    service = type(backend)
    if service not in _urls:
        _urls[service] = _find_urls(backend)
    return _urls[service]


def _serialize_item_values(
    serializer: BaseJSONSerializer,
    serialized: Any,  # noqa: ANN401 - moto's
    value: Any,  # noqa: ANN401 - moto's
    shape: Any,  # noqa: ANN401 - botocore's
    key: str,
) -> None:
    """Write a structure; a value of DynamoDB that is plain JSON already, unchanged."""
    if key and shape.name == "AttributeValue" and _is_plain(value):
        serialized[key] = value
    else:
        _serialize_structure(serializer, serialized, value, shape, key)


def _is_plain(value: Any) -> bool:  # noqa: ANN401 - whatever moto has stored
    """Whether a value of DynamoDB is what its serializer makes of it."""
    if type(value) is not dict or len(value) != 1:
        return False
    [(kind, content)] = value.items()
    match kind, content:
        case ("S" | "N", str()) | ("BOOL" | "NULL", bool()):
            return True
        case "M", dict():
            return all(map(_is_plain, content.values()))
        case "L", list():
            return all(map(_is_plain, content))
    return False


def _kept(_: Database, connection: driver.Connection, state: str) -> Schema:
    if state not in _schemas:
        _schemas[state] = database.read_schema(connection)
    return _schemas[state]
