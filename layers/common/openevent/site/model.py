"""Model of an archive's pages: what is shown of an event, ready for templates. Pure.

Text is plain unless it is `Html`. `href` is relative to the page on which it is shown, or an
address on the web; `image` is the path of a file in the archive, relative to the page. Text that is
absent is empty, and what is absent otherwise is None.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from openevent.site.prose import Html


@dataclass(frozen=True, slots=True)
class Link:
    """A link: where it leads, and its text."""

    href: str
    title: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A person's or a company's picture; `initials` are shown where there is none."""

    image: str | None
    initials: str


@dataclass(frozen=True, slots=True)
class Place:
    """A room or a track: its anchor, its name, and a note beside it. `color`: `#rrggbb`."""

    id: int
    anchor: str
    name: str
    note: str = ""
    color: str | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """Times of a session: the moments with the event's offset, and as the event's clocks say them.

    `iso` and `iso_end` are for programs, `text` is `09:30-10:15`.
    """

    iso: str
    iso_end: str | None
    starts: str
    text: str


@dataclass(frozen=True, slots=True)
class Session:
    """An accepted or confirmed session. `language`: its tag, if the language is known."""

    anchor: str
    title: str
    subtitle: str
    span: Span | None
    room: Link | None
    track: Place | None
    track_link: Link | None
    kind: str
    level: str
    language: str
    language_tag: str | None
    abstract: Html
    description: Html
    speakers: Sequence[Link]
    links: Sequence[Link]


@dataclass(frozen=True, slots=True)
class Brief:
    """A session in a list: when, and its title as a link."""

    day: str
    span: Span | None
    link: Link
    track: Place | None = None


@dataclass(frozen=True, slots=True)
class Speaker:
    """A speaker of a session that is shown."""

    anchor: str
    name: str
    picture: Picture
    role: str
    country: str
    biography: Html
    links: Sequence[Link]
    sessions: Sequence[Link]


@dataclass(frozen=True, slots=True)
class Sponsor:
    """A sponsor."""

    name: str
    picture: Picture
    url: str | None
    description: Html


@dataclass(frozen=True, slots=True)
class Level:
    """The sponsors of one level, the most important first."""

    title: str
    rank: int
    sponsors: Sequence[Sponsor]


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket that is not hidden: `price` and `sale` are for people, `offer` for programs."""

    name: str
    price: str
    sale: str
    description: str
    amount: float
    currency: str
    sale_starts: datetime | None
    sale_ends: datetime | None


@dataclass(frozen=True, slots=True)
class Question:
    """A question that people ask often."""

    question: str
    answer: Html


@dataclass(frozen=True, slots=True)
class Questions:
    """The questions of one kind; the title is empty for those without a kind."""

    title: str
    questions: Sequence[Question]


@dataclass(frozen=True, slots=True)
class Event:
    """The event. `direction`: `ltr` or `rtl`, by its texts. `page`: its address if published."""

    name: str
    direction: str
    dates: str
    starts: datetime | None
    ends: datetime | None
    place: str
    is_online: bool
    coordinates: tuple[float, float] | None
    description: Html
    plain_description: str
    organizer: str
    organizer_text: Html
    conduct: Html
    logo: str | None
    banner: str | None
    website: str | None
    tickets: str | None
    links: Sequence[Link]
    licence: Link | None
    holder: str
    page: str | None


@dataclass(frozen=True, slots=True)
class Note:
    """A media file that was skipped or a value that was repaired: what, where, and why."""

    what: str
    where: str
    why: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class FileGroup:
    """Files of the archive that are explained together; `names` are all of them, or empty."""

    name: str
    href: str | None
    text: str
    size: str = ""
    count: str = ""
    names: str = ""
