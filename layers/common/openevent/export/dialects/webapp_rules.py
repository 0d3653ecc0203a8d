"""Rules for `webapp` archives, without which their readers crash, hang or lose data. Pure.

Each finished row is checked, and in the end all rows against each other. The rules share no code
with what makes the rows. Source of the rules: docs/webapp-dialect.md.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from openevent.export.repairs import Unfit

Rule = Callable[[object], bool]

_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", re.ASCII)
_COLOR = re.compile(r"#[0-9a-f]{6}", re.ASCII | re.IGNORECASE)
_MEDIA = re.compile(r"/images/[!-~]+\.[a-z0-9]+", re.ASCII)
_AUDIO = re.compile(r"audio/[!-~]+\.(mp3|aac)", re.ASCII)


def _integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _number(value: object) -> bool:
    return value is None or _integer(value) or (isinstance(value, float) and math.isfinite(value))


def _text(value: object) -> bool:
    return isinstance(value, str)


def _name(value: object) -> bool:
    return isinstance(value, str) and any(char.isalnum() for char in value)


def _folder(value: object) -> bool:
    return _name(value) and "/" not in str(value)


def _link(value: object) -> bool:
    return value is None or (isinstance(value, str) and value != "")


def _date(value: object) -> bool:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _color(value: object) -> bool:
    return isinstance(value, str) and _COLOR.fullmatch(value) is not None


def _image(value: object) -> bool:
    return value is None or (isinstance(value, str) and _MEDIA.fullmatch(value) is not None)


def _audio(value: object) -> bool:
    return value is None or (isinstance(value, str) and _AUDIO.fullmatch(value) is not None)


def _flag(value: object) -> bool:
    return isinstance(value, bool)


def _level(value: object) -> bool:
    return value in ("1", "2", "3")


def _nothing(value: object) -> bool:
    return value is None


def _object(rules: Mapping[str, Rule]) -> Rule:
    def check(value: object) -> bool:
        return isinstance(value, dict) and all(
            key in value and rule(value[key]) for key, rule in rules.items()
        )

    return check


def _maybe(rule: Rule) -> Rule:
    return lambda value: value is None or rule(value)


def _list_of(rules: Mapping[str, Rule]) -> Rule:
    check = _object(rules)
    return lambda value: isinstance(value, list) and all(map(check, value))


def _keys(rule: Rule, *names: str) -> dict[str, Rule]:
    return dict.fromkeys(names, rule)


_NAMED: Mapping[str, Rule] = {"id": _integer, "name": _text}
_SOCIAL_LINK: Mapping[str, Rule] = {"id": _integer, "name": _text, "link": _text}
_COPYRIGHT = {
    **_keys(_text, "licence", "licence_url", "logo", "holder", "holder_url"),
    "year": _integer,
}
_EVENT_COPYRIGHT = {
    **_keys(_integer, "id", "year"),
    **_keys(_text, "licence", "holder", "licence_url", "licence-url", "logo-url", "holder-url"),
}
_CALL = {"id": _integer, "announcement": _text, **_keys(_date, "starts-at", "ends-at")}

# By file, the rule for each key. Other keys are allowed, except for speakers.
KEYS: Mapping[str, Mapping[str, Rule]] = {
    "event": {
        "id": _integer,
        "name": _folder,
        "timezone": _name,
        **_keys(_date, "start_time", "end_time", "starts-at", "ends-at"),
        **_keys(_number, "latitude", "longitude"),
        **_keys(_text, "description", "location_name", "location-name"),
        **_keys(_text, "owner_name", "owner-name", "owner_description", "owner-description"),
        **_keys(_text, "organizer_name", "organizer-name"),
        **_keys(_text, "organizer_description", "organizer-description"),
        **_keys(_text, "code_of_conduct", "code-of-conduct", "ticket_url", "ticket-url"),
        "email": _nothing,
        **_keys(_image, "logo", "logo-url", "background_image", "original-image-url"),
        **_keys(_list_of(_SOCIAL_LINK), "social_links", "social-links"),
        "copyright": _maybe(_object(_COPYRIGHT)),
        "event-copyright": _object(_EVENT_COPYRIGHT),
        "speakers-call": _maybe(_object(_CALL)),
    },
    "sessions": {
        "id": _integer,
        **_keys(_text, "title", "subtitle"),
        "state": lambda value: value in ("accepted", "confirmed"),
        **_keys(_date, "start_time", "end_time", "starts-at", "ends-at"),
        **_keys(_text, "short_abstract", "long_abstract", "short-abstract", "long-abstract"),
        "track": _object(_NAMED),
        "microlocation": _maybe(_object(_NAMED)),
        **_keys(_maybe(_object(_NAMED)), "session_type", "session-type"),
        "speakers": _list_of(_NAMED),
        **_keys(_audio, "audio", "audio-url"),
        **_keys(_link, "video", "video-url", "slides", "slides-url"),
    },
    "speakers": {
        "id": _integer,
        "name": lambda value: isinstance(value, str) and value.strip() != "",
        **_keys(_image, "photo", "photo-url", "thumbnail-image-url"),
        **_keys(_text, "short_biography", "long_biography", "short-biography", "long-biography"),
        **_keys(_text, "organisation", "position", "country"),
        **_keys(_link, "website", "web", "twitter", "facebook", "github", "linkedin"),
        **_keys(_flag, "featured", "is-featured"),
        "sessions": _list_of({"id": _integer, "title": _text, "state": _text}),
    },
    "sponsors": {
        "id": _integer,
        **_keys(_text, "name", "type", "sponsor_type"),
        **_keys(_image, "logo", "logo-url"),
        "url": _link,
        "level": _level,
    },
    "tracks": {
        **_NAMED,
        **_keys(_color, "color", "font_color", "font-color"),
        "sessions": _list_of({"id": _integer, "title": _text}),
    },
    "microlocations": {**_NAMED, "floor": _number},
    "session_types": _NAMED,
    "meta": {"root-url": _link},
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
    row_id = found if _integer(found := document.get("id")) else None
    for key, rule in rules.items():
        if key not in document:
            raise Unfit(file, row_id, key, "is missing")
        if not rule(document[key]):
            raise Unfit(file, row_id, key, "is empty or has a value that they cannot use")
    for key in FORBIDDEN if file == "event" else ():
        if key in document:
            raise Unfit(file, row_id, key, "would replace the copyright")
    if file == "speakers" and (more := document.keys() - rules.keys()):
        raise Unfit(file, row_id, min(more), "would be published")
