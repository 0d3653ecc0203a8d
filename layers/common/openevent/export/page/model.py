"""Parts of an export's page, as its template shows them. Pure.

Texts are plain: names and addresses in them come from outside, and the template escapes them.
"""

from dataclasses import dataclass
from enum import StrEnum


class Tone(StrEnum):
    """Mark of the page at first sight."""

    BUSY = "busy"
    GOOD = "good"
    BAD = "bad"
    GONE = "gone"


class StepState(StrEnum):
    """Whether a step is behind, under way or ahead."""

    DONE = "done"
    NOW = "now"
    AHEAD = "ahead"


@dataclass(frozen=True, slots=True)
class Link:
    """A link: its text, and an address that is relative to the page's or absolute."""

    text: str
    address: str


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the work. `done` of `total` are known while it is under way."""

    name: str
    state: StepState
    detail: str = ""
    done: int | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact about the export, under its name."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Share:
    """A kind of files: its part of the bar, from `start` over `width` (percent of the bar)."""

    kind: str
    name: str
    detail: str
    start: float
    width: float


@dataclass(frozen=True, slots=True)
class Contents:
    """Contents of the archive by kind of file: a sentence about all of it, and the shares."""

    summary: str
    shares: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the event's data, with the address that is written there, and a detail."""

    name: str
    address: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """A group of equal remarks: a sentence, how to correct them, and the first of their places.

    `more`: a sentence that counts the places without a name.
    """

    text: str
    advice: str
    places: tuple[Place, ...] = ()
    more: str = ""


@dataclass(frozen=True, slots=True)
class Notes:
    """Remarks of one sort, under a heading."""

    heading: str
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier export of the event: its page, its contents, size and expiry."""

    page: Link
    contents: str
    size: str
    until: str


@dataclass(frozen=True, slots=True)
class Question:
    """Question before the export is removed: a form that is sent, and a link back."""

    send: str
    back: Link


@dataclass(frozen=True, slots=True)
class PageView:
    """Content of a page.

    `status`: of the answer. `event`: name of the event. `refresh`: seconds after which the page
    loads itself again. `personal`: a sentence about personal data in the archive. `reference`: for
    the operator. `web_client`: the event in Open Event's web client.
    """

    status: int
    tone: Tone
    title: str
    lead: tuple[str, ...]
    event: str | None = None
    refresh: int | None = None
    steps: tuple[Step, ...] = ()
    download: Link | None = None
    personal: str = ""
    facts: tuple[Fact, ...] = ()
    contents: Contents | None = None
    notes: tuple[Notes, ...] = ()
    earlier: tuple[Earlier, ...] = ()
    remove: Link | None = None
    question: Question | None = None
    web_client: Link | None = None
    reference: str | None = None
