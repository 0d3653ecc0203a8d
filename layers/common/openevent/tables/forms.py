"""The event's own fields of a form, as columns. Pure."""

from collections.abc import Iterable, Sequence

from openevent.tables.model import FormField
from openevent.tables.texts import cell_text

# Characters of a label in a header.
_LONGEST = 200

# The header of a field whose label and identifier have no character that can be shown.
_UNNAMED = "Field"


def form_fields(rows: Iterable[tuple[str, str]], headers: Sequence[str]) -> tuple[FormField, ...]:
    """Return the fields of a form, given the identifier and the label of each, in their order.

    Labels are made distinct from each other and from the table's `headers`, in any case of their
    letters: the second `Size` is `Size (2)`.
    """
    taken = {header.casefold() for header in headers}
    fields: dict[str, FormField] = {}
    for identifier, label in rows:
        key = answer_key(identifier)
        if key in fields:
            continue
        text = _header(label) or _header(identifier) or _UNNAMED
        name, number = text, 1
        while name.casefold() in taken:
            number += 1
            name = f"{text} ({number})"
        taken.add(name.casefold())
        fields[key] = FormField(key, name)
    return tuple(fields.values())


def answer_key(identifier: str) -> str:
    """Return what an identifier and the key of its answers have in common.

    Identifiers are in camel case and the keys of answers in snake case. `myHTMLField` has several
    forms in snake case, so their underscores do not count.
    """
    return identifier.replace("_", "").lower()


def _header(text: str) -> str:
    return " ".join(cell_text(text).split())[:_LONGEST]
