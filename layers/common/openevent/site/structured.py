"""Description of the event for search engines: JSON-LD of schema.org. Pure.

It has what Google requires and recommends for events
(https://developers.google.com/search/docs/appearance/structured-data/event): name, start and
location, then end, description, image, offers, organizer, performers, mode and state. Addresses of
pictures and sessions are relative to the page.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from openevent.site.content import Content
from openevent.site.layout import Here
from openevent.site.model import Event, Ticket
from openevent.site.prose import Html
from openevent.site.spelling import local
from openevent.site.survey import Entry
from openevent.site.tickets import tickets_of

Document = dict[str, Any]

_UNKNOWN = "To be announced"
# A description's characters, which search engines cut anyway.
_DESCRIPTION = 5000

# As text of a script element: nothing in it ends the element or begins a comment.
_ESCAPES = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


def structured_data(content: Content, here: Here, entries: Iterable[Entry]) -> Html | None:
    """Return the event with these sessions as text of a script element.

    None if the event has no start, without which it is no event for search engines.
    """
    event = content.event(here)
    if event.starts is None:
        return None
    document = {"@context": "https://schema.org", **_event(event, tickets_of(content.survey), here)}
    sessions = [_session(content, event, entry, here) for entry in entries if entry.starts]
    if sessions:
        document["subEvent"] = sessions
    return Html(json.dumps(document, ensure_ascii=False).translate(_ESCAPES))


def _event(event: Event, tickets: Sequence[Ticket], here: Here) -> Document:
    assert event.starts is not None  # noqa: S101 - the caller has looked
    pictures = [one for one in (event.banner, event.logo) if one]
    return _filled(
        {
            "@type": "Event",
            "name": event.name,
            "startDate": event.starts.isoformat(),
            "endDate": event.ends and event.ends.isoformat(),
            "eventStatus": "https://schema.org/EventScheduled",
            "eventAttendanceMode": _mode(event),
            "location": _location(event, here),
            "description": event.plain_description[:_DESCRIPTION],
            "image": pictures,
            "url": event.page or event.website,
            "organizer": _organizer(event),
            "offers": [_offer(ticket, event) for ticket in tickets],
        }
    )


def _session(content: Content, event: Event, entry: Entry, here: Here) -> Document:
    zone = content.survey.zone
    room = content.survey.rooms.get(entry.room)
    place = _location(event, here)
    if room is not None and place["@type"] == "Place":
        place = {**place, "name": room.name}
    return _filled(
        {
            "@type": "Event",
            "name": entry.title,
            "startDate": entry.starts and local(entry.starts, zone).isoformat(),
            "endDate": entry.ends and local(entry.ends, zone).isoformat(),
            "eventStatus": "https://schema.org/EventScheduled",
            "eventAttendanceMode": _mode(event),
            "location": place,
            "url": content.layout.session(here, entry.id),
            "performer": [
                {"@type": "Person", "name": one.name}
                for one in content.survey.speakers_of(entry.id)
            ],
        }
    )


def _mode(event: Event) -> str:
    if not event.is_online:
        return "https://schema.org/OfflineEventAttendanceMode"
    kind = "Mixed" if event.place else "Online"
    return f"https://schema.org/{kind}EventAttendanceMode"


def _location(event: Event, here: Here) -> Document:
    """Return where it is: a place, or the address of an event that is online alone."""
    if event.is_online and not event.place:
        return {
            "@type": "VirtualLocation",
            "url": event.page or event.website or here.to(here.path),
        }
    name = event.place or _UNKNOWN
    place: Document = {"@type": "Place", "name": name, "address": name}
    if event.coordinates is not None:
        latitude, longitude = event.coordinates
        place["geo"] = {"@type": "GeoCoordinates", "latitude": latitude, "longitude": longitude}
    return place


def _organizer(event: Event) -> Document | None:
    if not event.organizer:
        return None
    return _filled({"@type": "Organization", "name": event.organizer, "url": event.website})


def _offer(ticket: Ticket, event: Event) -> Document:
    """Return a ticket. Its dates say whether it is on sale: the page does not change with time."""
    has_price = ticket.currency or not ticket.amount
    return _filled(
        {
            "@type": "Offer",
            "name": ticket.name,
            "price": f"{ticket.amount:.2f}" if has_price else None,
            "priceCurrency": ticket.currency,
            "url": event.tickets or event.page or event.website,
            "validFrom": ticket.sale_starts and ticket.sale_starts.isoformat(),
            "validThrough": ticket.sale_ends and ticket.sale_ends.isoformat(),
        }
    )


def _filled(document: Mapping[str, Any]) -> Document:
    return {key: value for key, value in document.items() if value not in (None, "", [])}
