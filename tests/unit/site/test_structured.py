"""JSON-LD of an event, by what Google requires and recommends for events."""

import json
import re
from typing import Any

from openevent.catalogue.privacy import Privacy
from tests.sites import PAGE, kept, pages_of, session

# https://developers.google.com/search/docs/appearance/structured-data/event
REQUIRED = {"name", "startDate", "location"}
RECOMMENDED = {
    *("description", "endDate", "eventAttendanceMode", "eventStatus", "image", "offers"),
    *("organizer", "performer"),
}
SCRIPT = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)


def data_of(html: str) -> Any:  # noqa: ANN401 - decoded JSON
    (text,) = SCRIPT.findall(html)
    return json.loads(text)


def test_an_event_has_what_search_engines_want() -> None:
    rows = kept(
        session(1, "2027-03-27T09:00:00+00:00"),
        session(2, None),
        event={
            "state": "published",
            "privacy": "public",
            "location_name": "Hall, Berlin",
            "latitude": 52.5,
            "longitude": 13.4,
            "description": "<p>About <b>it</b></p>",
            "owner_name": "A society",
            "logo_url": "/images/logo.png",
            "external_event_url": "summit.example",
            "ticket_url": "https://tickets.example/",
            "payment_currency": "EUR",
        },
        placed=("logo_url",),
        speakers=[{"id": 3, "name": "Ada"}],
        speakers_sessions=[{"session_id": 1, "speaker_id": 3}],
        tickets=[
            {"id": 1, "name": "Regular", "price": 85.0, "sales_starts_at": "2027-01-01T00:00:00"},
            {"id": 2, "name": "Hidden", "is_hidden": True},
        ],
    )
    data = data_of(pages_of(rows)["index.html"])
    place = {
        "@type": "Place",
        "name": "Hall, Berlin",
        "address": "Hall, Berlin",
        "geo": {"@type": "GeoCoordinates", "latitude": 52.5, "longitude": 13.4},
    }
    assert data == {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": "Summit 2027",
        "startDate": "2027-03-27T09:00:00+01:00",
        "endDate": "2027-03-28T18:00:00+02:00",
        "eventStatus": "https://schema.org/EventScheduled",
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "location": place,
        "description": "About it",
        "image": ["images/logo.png"],
        "url": PAGE,
        "organizer": {
            "@type": "Organization",
            "name": "A society",
            "url": "https://summit.example",
        },
        "offers": [
            {
                "@type": "Offer",
                "name": "Regular",
                "price": "85.00",
                "priceCurrency": "EUR",
                "url": "https://tickets.example/",
                "validFrom": "2027-01-01T01:00:00+01:00",
            }
        ],
        "subEvent": [
            {
                "@type": "Event",
                "name": "Talk 1",
                "startDate": "2027-03-27T10:00:00+01:00",
                "endDate": "2027-03-27T11:00:00+01:00",
                "eventStatus": "https://schema.org/EventScheduled",
                "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
                "location": {**place, "name": "Main"},
                "url": "#s1",
                "performer": [{"@type": "Person", "name": "Ada"}],
            }
        ],
    }
    assert data.keys() >= REQUIRED
    assert data.keys() | data["subEvent"][0].keys() >= RECOMMENDED
    assert data["subEvent"][0].keys() >= REQUIRED


def test_an_event_without_a_place_is_online_or_announced_later() -> None:
    session_ = session(1, "2027-03-27T09:00:00+00:00")
    online = data_of(pages_of(kept(session_, event={"online": True}))["index.html"])
    assert online["location"] == {"@type": "VirtualLocation", "url": "index.html"}
    assert online["eventAttendanceMode"] == "https://schema.org/OnlineEventAttendanceMode"
    later = data_of(pages_of(kept(session_))["index.html"])
    assert later["location"]["address"] == "To be announced"
    both = data_of(pages_of(kept(event={"online": True, "location_name": "Hall"}))["index.html"])
    assert both["eventAttendanceMode"] == "https://schema.org/MixedEventAttendanceMode"


def test_an_event_without_a_start_is_not_described() -> None:
    rows = kept(event={"starts_at": None})
    assert not SCRIPT.findall(pages_of(rows)["index.html"])


def test_no_text_ends_the_script() -> None:
    name = "</script><script>alert(1)</script><!-- & \u2028"
    html = pages_of(kept(event={"name": name}))["index.html"]
    assert data_of(html)["name"] == "</script><script>alert(1)</script><!-- &"
    assert len(re.findall(r"<script", html)) == 1


def test_archives_that_are_not_public_ask_not_to_be_indexed() -> None:
    rows = kept(session(1, "2027-03-27T09:00:00+00:00"))
    noindex = '<meta name="robots" content="noindex">'
    for privacy in Privacy:
        html = pages_of(rows, privacy)["index.html"]
        is_public = privacy is Privacy.PUBLIC
        assert bool(SCRIPT.findall(html)) is is_public
        assert (noindex in html) is not is_public
