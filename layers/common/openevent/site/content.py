"""Content of an archive's pages: rows that were kept, as the pages show them. Pure.

Only values that `privacy: public` shows are looked at, whatever else the archive's rows have.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import groupby

from openevent.programme.addresses import absolute_address
from openevent.programme.days import CHANGE_OF_DAY
from openevent.programme.make import SESSION_LINKS
from openevent.programme.texts import line_of, plain_text
from openevent.site.kept import Kept
from openevent.site.languages import direction_of, known_tag, language_text
from openevent.site.layout import Here, Layout
from openevent.site.model import (
    Brief,
    Event,
    Level,
    Link,
    Picture,
    Place,
    Question,
    Questions,
    Session,
    Span,
    Speaker,
    Sponsor,
)
from openevent.site.prose import Html, prose
from openevent.site.spelling import (
    DASH,
    date_text,
    dates_text,
    initials,
    local,
    time_text,
)
from openevent.site.survey import Entry, Named, Survey
from openevent.site.values import Values, coordinates, moment, number

# Columns with addresses, and the text of the link to each; `SESSION_LINKS` are of the same kind.
_SESSION_MEDIA = {"slides_url": "Slides", "video_url": "Video", "audio_url": "Audio"}
_SPEAKER_LINKS = {
    "website": "Website",
    "mastodon": "Mastodon",
    "twitter": "Twitter",
    "github": "GitHub",
    "linkedin": "LinkedIn",
    "facebook": "Facebook",
    "instagram": "Instagram",
}
_PUBLISHED = ("published", "public")
# Levels of sponsors that have a size of their own, and the level of those without one.
_NO_LEVEL = 1_000_000


class Content:
    """Makes what pages show of an event that was surveyed and laid out."""

    def __init__(self, survey: Survey, layout: Layout, *, root: str, page: str) -> None:
        """`root`: the server's address. `page`: of the event, which exists if it is published."""
        self.survey = survey
        self.layout = layout
        self._root = root
        self._page = page
        self._spans: dict[int, Span | None] = {}
        self._events: dict[str, Event] = {}

    def event(self, here: Here) -> Event:
        """Return the event, made once for all pages of a folder."""
        if here.up not in self._events:
            self._events[here.up] = self._event(here)
        return self._events[here.up]

    def session(self, entry: Entry, here: Here) -> Session:
        """Return a session, whose row is read again."""
        kept = self.survey.rows.at(entry.place)
        values = kept.values
        room, track = self.survey.rooms.get(entry.room), self.survey.tracks.get(entry.track)
        language = line_of(values.get("language"))
        abstract = prose(values.get("short_abstract"))
        description = prose(values.get("long_abstract"))
        return Session(
            anchor=f"s{entry.id}",
            title=entry.title,
            subtitle=line_of(values.get("subtitle")),
            span=self.span(entry),
            room=None if room is None else self._place_link(room, here),
            track=track,
            track_link=None if track is None else self._place_link(track, here),
            kind=self.survey.kinds.get(number(values.get("session_type_id")), ""),
            level=line_of(values.get("level")),
            language=language_text(language),
            language_tag=known_tag(language),
            abstract=abstract,
            description=_rest(description, abstract),
            speakers=[
                Link(self.layout.speaker(here, one.id), one.name)
                for one in self.survey.speakers_of(entry.id)
            ],
            links=tuple(self._session_links(kept, here)),
        )

    def brief(self, entry: Entry, here: Here) -> Brief:
        """Return a session as lists show it."""
        return Brief(
            day="" if entry.day is None else date_text(entry.day),
            span=self.span(entry),
            link=Link(self.layout.session(here, entry.id), entry.title),
            track=self.survey.tracks.get(entry.track),
        )

    def speaker(self, named: Named, here: Here) -> Speaker:
        """Return a speaker, whose row is read again."""
        kept = self.survey.rows.at(named.place)
        values = kept.values
        parts = (line_of(values.get("position")), line_of(values.get("organisation")))
        biography = prose(values.get("long_biography")) or prose(values.get("short_biography"))
        return Speaker(
            anchor=f"p{named.id}",
            name=named.name,
            picture=Picture(self._image(kept, "photo_url", here), initials(named.name)),
            role=", ".join(filter(None, parts)),
            country=line_of(values.get("country")),
            biography=biography,
            links=tuple(self._links(values, _SPEAKER_LINKS)),
            sessions=[
                Link(self.layout.session(here, one.id), one.title)
                for one in self.survey.sessions_of(named.id)
            ],
        )

    def levels(self, here: Here) -> list[Level]:
        """Return the sponsors by level."""
        found = sorted(self.survey.rows.rows("sponsors"), key=_by_level)
        levels = []
        for rank, (level, rows) in enumerate(groupby(found, key=_level)):
            of_level = list(rows)
            kinds = dict.fromkeys(line_of(kept.values.get("type")) for kept in of_level)
            named = ", ".join(filter(None, kinds))
            title = named or ("Sponsors" if level == _NO_LEVEL else f"Level {level}")
            levels.append(Level(title, rank, [self._sponsor(kept, here) for kept in of_level]))
        return levels

    def questions(self) -> list[Questions]:
        """Return the questions by kind, those without one last."""
        kinds = {
            number(kept.values.get("id")): line_of(kept.values.get("name"))
            for kept in self.survey.rows.rows("faq_types")
        }
        found: dict[str, list[Question]] = {name: [] for name in kinds.values() if name}
        found[""] = []
        for kept in self.survey.rows.rows("faqs"):
            question = line_of(kept.values.get("question"))
            if question:
                kind = kinds.get(number(kept.values.get("faq_type_id")), "")
                answer = prose(kept.values.get("answer"))
                found[kind].append(Question(question, answer))
        return [Questions(title, listed) for title, listed in found.items() if listed]

    def span(self, entry: Entry) -> Span | None:
        """Return the times of a session; None without a start."""
        if entry.id not in self._spans:
            self._spans[entry.id] = self._span(entry)
        return self._spans[entry.id]

    def _event(self, here: Here) -> Event:
        kept = self.survey.event
        values = kept.values
        name = line_of(values.get("name")) or "Event"
        starts, ends = moment(values.get("starts_at")), moment(values.get("ends_at"))
        description = plain_text(values.get("description"))
        has_owner = values.get("has_owner_info") is not False
        is_published = (values.get("state"), values.get("privacy")) == _PUBLISHED
        copyright_ = next(self.survey.rows.rows("copyrights"), Kept({}, (), 0)).values
        return Event(
            name=name,
            direction=direction_of(name, description),
            dates=self._dates(values),
            starts=None if starts is None else local(starts, self.survey.zone),
            ends=None
            if starts is None or ends is None
            else local(max(starts, ends), self.survey.zone),
            place=line_of(values.get("location_name")),
            is_online=values.get("online") is True,
            coordinates=coordinates(values),
            description=prose(values.get("description")),
            plain_description=description,
            organizer=line_of(values.get("owner_name")) if has_owner else "",
            organizer_text=prose(values.get("owner_description")) if has_owner else Html(),
            conduct=prose(values.get("code_of_conduct")),
            logo=self._image(kept, "logo_url", here),
            banner=self._image(kept, "original_image_url", here),
            website=self._address(values, "external_event_url"),
            tickets=self._address(values, "ticket_url"),
            links=tuple(self._social_links()),
            licence=self._licence(copyright_),
            holder=line_of(copyright_.get("holder")),
            page=self._page if is_published else None,
        )

    def _dates(self, values: Values) -> str:
        starts, ends = moment(values.get("starts_at")), moment(values.get("ends_at"))
        if starts is None:
            return ""
        zone = self.survey.zone
        # An event that ends at night ends on the day that is over then.
        last = local(max(starts, ends or starts) - _NIGHT, zone).date()
        return dates_text(local(starts, zone).date(), last)

    def _span(self, entry: Entry) -> Span | None:
        if entry.starts is None:
            return None
        starts = local(entry.starts, self.survey.zone)
        if entry.ends is None or entry.ends == entry.starts:
            return Span(starts.isoformat(), None, time_text(starts), time_text(starts))
        ends = local(entry.ends, self.survey.zone)
        end = time_text(ends)
        if entry.ends - entry.starts >= timedelta(days=1):
            end = f"{date_text(ends.date())}, {end}"
        start = time_text(starts)
        return Span(starts.isoformat(), ends.isoformat(), start, f"{start}{DASH}{end}")

    def _place_link(self, place: Place, here: Here) -> Link:
        return Link(self.layout.place(here, place.anchor), place.name)

    def _session_links(self, kept: Kept, here: Here) -> Iterator[Link]:
        for column, title in _SESSION_MEDIA.items():
            path = kept.path(column)
            href = here.file(path) if path else self._address(kept.values, column)
            if href is not None:
                yield Link(href, title)
        slides = kept.values.get("slides")
        for entry in slides if isinstance(slides, list) else ():
            href = self._address(entry, "link") if isinstance(entry, dict) else None
            if href is not None and href != self._address(kept.values, "slides_url"):
                yield Link(href, line_of(entry.get("name")) or "Slides")
        yield from self._links(kept.values, SESSION_LINKS)

    def _links(self, values: Values, titles: dict[str, str]) -> Iterator[Link]:
        for column, title in titles.items():
            typed = values.get(column)
            href = absolute_address(typed, self._root, site=column) if typed else None
            if href is not None:
                yield Link(href, title)

    def _social_links(self) -> Iterable[Link]:
        for kept in self.survey.rows.rows("social_links"):
            name = line_of(kept.values.get("name"))
            site = line_of(kept.values.get("identifier")) or name.lower()
            href = absolute_address(kept.values.get("link"), self._root, site=site)
            if href is not None:
                yield Link(href, name or "Link")

    def _licence(self, values: Values) -> Link | None:
        name = line_of(values.get("licence"))
        return Link(self._address(values, "licence_url") or "", name) if name else None

    def _sponsor(self, kept: Kept, here: Here) -> Sponsor:
        name = line_of(kept.values.get("name")) or f"Sponsor {number(kept.values.get('id'))}"
        return Sponsor(
            name=name,
            picture=Picture(self._image(kept, "logo_url", here), initials(name)),
            url=self._address(kept.values, "url"),
            description=prose(kept.values.get("description")),
        )

    def _image(self, kept: Kept, column: str, here: Here) -> str | None:
        path = kept.path(column)
        return None if path is None else here.file(path)

    def _address(self, values: Values, column: str) -> str | None:
        typed = values.get(column)
        return absolute_address(typed, self._root) if typed else None


# What belongs to the day before.
_NIGHT = timedelta(hours=CHANGE_OF_DAY.hour)


def _rest(description: Html, abstract: Html) -> Html:
    """Return a description without the abstract, if it begins with it."""
    if description == abstract:
        return Html()
    begin = abstract.removesuffix("</p>")
    rest = description.removeprefix(begin)
    if not begin or begin == abstract or rest == description:
        return description
    if rest.startswith("</p>"):
        return Html(rest.removeprefix("</p>"))
    # A longer word is no end of the abstract.
    return Html(f"<p>{rest.lstrip()}") if rest[0].isspace() else description


def _level(kept: Kept) -> int:
    level = kept.values.get("level")
    return level if isinstance(level, int) else _NO_LEVEL


def _by_level(kept: Kept) -> tuple[int, str, int]:
    return _level(kept), line_of(kept.values.get("name")).casefold(), number(kept.values.get("id"))
