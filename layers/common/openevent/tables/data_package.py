"""Description of tables as a Data Package (Frictionless Data, specification 1). Pure.

It names the type of each column, the key of each table and what refers to it, so that programs
check and load the CSV files without guessing.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from openevent.tables.definitions import ID
from openevent.tables.model import Column, Kind, Table

NAME = "datapackage.json"

_TYPES: dict[Kind, dict[str, Any]] = {
    Kind.INTEGER: {"type": "integer"},
    Kind.NUMBER: {"type": "number"},
    Kind.MINUTES: {"type": "number"},
    Kind.FLAG: {"type": "boolean", "trueValues": ["Yes"], "falseValues": ["No"]},
    Kind.MOMENT: {"type": "datetime", "format": "%Y-%m-%d %H:%M:%S"},
}


@dataclass(frozen=True, slots=True)
class Described:
    """A table whose file is written: its columns, then one of text for each of `labels`."""

    table: Table
    columns: Sequence[Column]
    labels: Sequence[str]


def describe(
    tables: Sequence[Described], *, event_id: int, title: str, created: str, excel: bool
) -> str:
    """Return the description of the tables' files. `created`: a time with its offset."""
    names = {described.table.name for described in tables if _has_id(described.columns)}
    package = {
        "profile": "tabular-data-package",
        "name": f"event-{event_id}",
        "title": title,
        "created": created,
        "resources": [_resource(described, names, excel=excel) for described in tables],
    }
    return json.dumps(package, ensure_ascii=False, indent=2) + "\n"


def _resource(described: Described, names: Collection[str], *, excel: bool) -> dict[str, Any]:
    return {
        "profile": "tabular-data-resource",
        "name": described.table.name,
        "title": described.table.title,
        "path": f"{described.table.name}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8-sig" if excel else "utf-8",
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "header": True},
        "schema": _schema(described, names),
    }


def _schema(described: Described, names: Collection[str]) -> dict[str, Any]:
    fields = [
        {"name": column.header, **_TYPES.get(column.kind, {"type": "string"})}
        for column in described.columns
    ]
    fields += [{"name": label, "type": "string"} for label in described.labels]
    schema: dict[str, Any] = {"fields": fields, "missingValues": [""]}
    if _has_id(described.columns):
        schema["primaryKey"] = ID
    foreign = [
        {"fields": column.header, "reference": {"resource": column.refers_to, "fields": ID}}
        for column in described.columns
        if column.refers_to in names
    ]
    if foreign:
        schema["foreignKeys"] = foreign
    return schema


def _has_id(columns: Sequence[Column]) -> bool:
    return any(column.header == ID for column in columns)
