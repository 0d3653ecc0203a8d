"""Work that a process of tests does once: for all its databases, and for all calls to its AWS.

A function's process makes one `Database` and keeps it. Tests make hundreds, and each of them
compiled the same statements and read the same schema. And at each call moto lists its own methods,
and looks up each value of an item under ten names, each spelled twice. It loads its module of S3's
addresses again, and writes the addresses of a service again, and botocore its own name.
"""

from functools import cache
from typing import Any, Self

from botocore import useragent
from moto.core import responses, utils
from moto.core.base_backend import BaseBackend
from moto.core.serialize import BaseJSONSerializer
from sqlalchemy import Connection, Engine, event
from sqlalchemy.dialects import registry
from sqlalchemy.util import LRUCache

from openevent.adapters import driver, plain
from openevent.adapters.database import _STATE
from openevent.adapters.dialect import Dialect
from openevent.adapters.schema import Schema

# Statements as SQLAlchemy compiled them, for all engines.
_compiled: LRUCache[Any, Any] = LRUCache(2000)

# Schemas by their state. It contains numbers of transactions, so no two changes of a server's
# databases have the same.
_schemas: dict[str, Schema] = {}
_reflect = Schema.reflect
_read = plain.read_schema

_serialize_structure = BaseJSONSerializer._serialize_type_structure
_list_methods = utils.method_names_from_class
_find_urls: Any = BaseBackend.urls.fget  # type: ignore[attr-defined]
_urls: dict[type[BaseBackend], Any] = {}


class OneDialect(Dialect):
    """The same dialect for all engines, as a compiled statement belongs to one dialect."""

    supports_statement_cache = True
    _one: Self | None = None

    def __new__(cls, **options: Any) -> Self:  # noqa: ANN401 - SQLAlchemy's
        """Return the one dialect."""
        if cls._one is None:
            cls._one = super().__new__(cls)
            Dialect.__init__(cls._one, **options)  # type: ignore[no-untyped-call]
        return cls._one

    def __init__(self, **_: Any) -> None:  # noqa: ANN401 - SQLAlchemy's
        """`__new__` has done everything."""


def keep_warm() -> None:
    """Share the dialect, the compiled statements and the schemas from now on.

    A second call changes nothing.
    """
    registry.register("postgresql.openevent", __name__, OneDialect.__name__)
    if not event.contains(Engine, "engine_connect", _share_compiled):
        event.listen(Engine, "engine_connect", _share_compiled)
    Schema.reflect = _kept  # type: ignore[method-assign]
    plain.read_schema = _kept_plain
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


def _share_compiled(connection: Connection) -> None:
    connection.execution_options(compiled_cache=_compiled)


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


def _kept(connection: Connection) -> Schema:
    """Return the schema; reflect it unless one of the same state is kept."""
    state = connection.info.get(_STATE)
    if state is None:
        return _reflect(connection)
    if state not in _schemas:
        _schemas[state] = _reflect(connection)
    return _schemas[state]


def _kept_plain(connection: driver.Connection, state: str) -> Schema:
    if state not in _schemas:
        _schemas[state] = _read(connection, state)
    return _schemas[state]
