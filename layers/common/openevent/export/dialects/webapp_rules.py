"""Rules for `webapp` archives, without which their readers crash, hang or lose data. Pure.

Each finished row is checked, and in the end all rows against each other. The rules share no code
with what makes the rows. Source of the rules: docs/webapp-dialect.md.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from openevent.export.dialects.webapp_values import (
    Rule,
    each,
    is_address,
    is_address_or_empty,
    is_audio,
    is_color,
    is_date,
    is_flag,
    is_folder,
    is_html,
    is_image,
    is_integer,
    is_label,
    is_level,
    is_link,
    is_logo,
    is_null,
    is_number,
    is_picture_or_empty,
    is_text,
    is_video,
    is_zone,
    list_of,
    null_or,
    object_of,
)
from openevent.export.repairs import Unfit

_NAMED: Mapping[str, Rule] = {"id": is_integer, "name": is_text}
_SPEAKER: Mapping[str, Rule] = {"id": is_integer, "name": is_label}
_SOCIAL_LINK: Mapping[str, Rule] = {**_NAMED, "link": is_address_or_empty}
_COPYRIGHT = {
    **each(is_text, "licence", "holder"),
    **each(is_address_or_empty, "licence_url", "holder_url"),
    "logo": is_picture_or_empty,
    "year": is_integer,
}
_EVENT_COPYRIGHT = {
    **each(is_integer, "id", "year"),
    **each(is_text, "licence", "holder"),
    **each(is_address_or_empty, "licence_url", "licence-url", "holder-url"),
    "logo-url": is_picture_or_empty,
}
_CALL = {"id": is_integer, "announcement": is_html, **each(is_date, "starts-at", "ends-at")}

# By file, the rule for each key. Other keys are allowed, except for speakers.
KEYS: Mapping[str, Mapping[str, Rule]] = {
    "event": {
        "id": is_integer,
        "name": is_folder,
        "timezone": is_zone,
        **each(is_date, "start_time", "end_time", "starts-at", "ends-at"),
        **each(is_number, "latitude", "longitude"),
        "description": is_html,
        **each(is_text, "location_name", "location-name", "owner_name", "owner-name"),
        **each(is_text, "organizer_name", "organizer-name"),
        **each(is_html, "owner_description", "owner-description"),
        **each(is_html, "organizer_description", "organizer-description"),
        **each(is_html, "code_of_conduct", "code-of-conduct"),
        **each(is_address, "ticket_url", "ticket-url"),
        "email": is_null,
        **each(is_logo, "logo", "logo-url"),
        **each(is_image, "background_image", "original-image-url"),
        **each(list_of(_SOCIAL_LINK), "social_links", "social-links"),
        "copyright": null_or(object_of(_COPYRIGHT)),
        "event-copyright": object_of(_EVENT_COPYRIGHT),
        "speakers-call": null_or(object_of(_CALL)),
    },
    "sessions": {
        "id": is_integer,
        **each(is_text, "title", "subtitle"),
        "state": lambda value: value in ("accepted", "confirmed"),
        **each(is_date, "start_time", "end_time", "starts-at", "ends-at"),
        **each(is_html, "short_abstract", "long_abstract", "short-abstract", "long-abstract"),
        **each(object_of(_NAMED), "track", "microlocation"),
        **each(null_or(object_of(_NAMED)), "session_type", "session-type"),
        "speakers": list_of(_SPEAKER),
        **each(is_audio, "audio", "audio-url"),
        **each(is_video, "video", "video-url"),
        **each(is_link, "slides", "slides-url"),
    },
    "speakers": {
        "id": is_integer,
        "name": lambda value: is_label(value) and str(value).strip() != "",
        **each(is_image, "photo", "photo-url", "thumbnail-image-url"),
        **each(is_html, "short_biography", "long_biography", "short-biography", "long-biography"),
        **each(is_text, "organisation", "position", "country"),
        **each(is_link, "website", "web", "twitter", "facebook", "github", "linkedin"),
        **each(is_flag, "featured", "is-featured"),
        "sessions": list_of({"id": is_integer, "title": is_text, "state": is_text}),
    },
    "sponsors": {
        "id": is_integer,
        **each(is_label, "name", "type", "sponsor_type"),
        **each(is_logo, "logo", "logo-url"),
        "url": is_link,
        "level": is_level,
    },
    "tracks": {
        **_NAMED,
        **each(is_color, "color", "font_color", "font-color"),
        "sessions": list_of({"id": is_integer, "title": is_text}),
    },
    "microlocations": {**_NAMED, "floor": is_number},
    "session_types": _NAMED,
    "meta": {"root-url": is_link},
}

# In the event, one of these keys would replace the copyright.
FORBIDDEN = ("licence_details", "licence-details")

# By file, the keys whose objects represent rows of another file, and that file.
_REFERENCES: Mapping[str, Mapping[str, str]] = {
    "sessions": {
        "track": "tracks",
        "microlocation": "microlocations",
        "session_type": "session_types",
        "speakers": "speakers",
    },
    "speakers": {"sessions": "sessions"},
    "tracks": {"sessions": "sessions"},
}

_MEDIA_KEYS: Mapping[str, tuple[str, ...]] = {
    "event": ("logo", "background_image"),
    "sessions": ("audio",),
    "speakers": ("photo",),
    "sponsors": ("logo",),
}


class Rules:
    """Checks the finished files of one archive.

    In memory are the ids of the rows and of the rows they refer to, and the paths of media files.
    """

    def __init__(self) -> None:
        """Start without any row."""
        self._ids: dict[str, set[int]] = {name: set() for name in KEYS}
        self._references: dict[str, dict[int, tuple[str, int, str]]] = {name: {} for name in KEYS}
        self._levels: dict[str, int] = {}
        self._paths: dict[str, tuple[str, int, str]] = {}

    def check_row(self, file: str, document: Any) -> None:  # noqa: ANN401 - decoded JSON
        """Check a row of `file`, or the one object in it, and remember what it refers to.

        Raise `Unfit`.
        """
        check_keys(file, document)
        if file in ("meta", "forms"):
            return
        row_id: int = document["id"]
        if row_id in self._ids[file]:
            raise Unfit(file, row_id, "id", "occurs twice")
        self._ids[file].add(row_id)
        for key, target in _REFERENCES.get(file, {}).items():
            value = document[key]
            for related in value if isinstance(value, list) else [value] if value else []:
                self._references[target].setdefault(related["id"], (file, row_id, key))
        if file == "sponsors":
            self._levels.setdefault(document["level"], row_id)

    def check_row_with_media(self, file: str, document: Any) -> None:  # noqa: ANN401 - decoded JSON
        """Check a row again, when the paths of its media files are in it. Raise `Unfit`."""
        check_keys(file, document)
        for key in _MEDIA_KEYS.get(file, ()):
            if document[key] is not None:
                self._paths[document[key].lstrip("/")] = (file, document["id"], key)

    def check_references(self) -> None:
        """Check all rows against each other, after the last one. Raise `Unfit`."""
        for target, references in self._references.items():
            for missing in sorted(references.keys() - self._ids[target]):
                raise Unfit(*references[missing], f"refers to {missing}, which is not in {target}")
        expected = ("1", "2", "3")[: len(self._levels)]
        for level, row_id in self._levels.items():
            if level not in expected:
                raise Unfit("sponsors", row_id, "level", "follows a gap in the levels")

    def check_media(self, paths: Iterable[str]) -> None:
        """Check that the `paths` in the archive include all that rows name. Raise `Unfit`."""
        for missing in sorted(self._paths.keys() - set(paths)):
            raise Unfit(*self._paths[missing], "names a file that is not in the archive")


def check_keys(file: str, document: Any) -> None:  # noqa: ANN401 - decoded JSON
    """Check the keys and values of a row of `file`, or of the one object in it. Raise `Unfit`."""
    rules = KEYS.get(file, {})
    row_id = found if is_integer(found := document.get("id")) else None
    for key, rule in rules.items():
        if key not in document:
            raise Unfit(file, row_id, key, "is missing")
        if not rule(document[key]):
            raise Unfit(file, row_id, key, "is empty or has a value that they cannot use")
    for key in FORBIDDEN if file == "event" else ():
        if key in document:
            raise Unfit(file, row_id, key, "would replace the copyright")
    if file == "event":
        _check_licence(row_id, document)
    if file == "speakers" and (more := document.keys() - rules.keys()):
        raise Unfit(file, row_id, min(more), "would be published")


def _check_licence(row_id: int | None, document: Mapping[str, Any]) -> None:
    """Check that a licence that is shown has a picture, or readers would show a broken one."""
    for key, logo in (("copyright", "logo"), ("event-copyright", "logo-url")):
        shown = document[key]
        if shown and shown["licence"] and not shown[logo]:
            raise Unfit("event", row_id, key, "has a licence without a picture")
