"""Forms of old archives: one object with JSON in texts, made into rows of custom_forms. Pure."""

from collections.abc import Iterator

from openevent.importing.reading.json_rows import Document, read_text
from openevent.importing.reading.keys import fold

_ENDING = "_form"

# Fields whose names today's server has changed by more than their case.
_RENAMED = {
    "photo": "photo_url",
    "slides": "slides_url",
    "video": "video_url",
    "audio": "audio_url",
}


def is_old(document: Document) -> bool:
    """Return whether an element of the file `forms` is of the old kind."""
    return any(fold(key).endswith(_ENDING) for key in document)


def form_rows(document: Document) -> Iterator[Document]:
    """Yield a row for each field of the forms in `document`, as today's server writes it.

    A form is the text of an object: for each field whether to `include` and to `require` it. Raises
    ValueError, with the name of the form, if it cannot be read.
    """
    for key, text in document.items():
        if not fold(key).endswith(_ENDING):
            continue
        fields = read_text(text) if isinstance(text, str) else text
        if not isinstance(fields, dict):
            if text:
                raise ValueError(key)
            continue
        form = fold(key).removesuffix(_ENDING)
        for position, (name, options) in enumerate(fields.items()):
            yield _row(
                form, position, fold(str(name)), options if isinstance(options, dict) else {}
            )


def _row(form: str, position: int, name: str, options: Document) -> Document:
    first, *others = _RENAMED.get(name, name).split("_")
    return {
        "form": form,
        "field_identifier": first + "".join(map(str.capitalize, others)),
        "type": "text",
        "name": name.replace("_", " ").title(),
        "is_required": _flag(options.get("require")),
        "is_included": _flag(options.get("include")),
        "is_fixed": False,
        "position": position,
    }


def _flag(value: object) -> bool:
    return value in (1, "1", "true", True)
