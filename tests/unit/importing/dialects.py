"""One small event in every dialect."""

from collections.abc import Mapping

from tests.unit.importing.hostile import PNG

START, END = "2027-04-16T09:00:00+05:45", "2027-04-18T18:00:00+05:45"
AT, TO = "2027-04-16T10:00:00+05:45", "2027-04-16T10:45:00+05:45"

Files = dict[str, object]

MEDIA: Mapping[str, bytes] = {"images/speakers/Ada_5.png": PNG, "images/logo.png": PNG}


def server() -> Files:
    """As Open Event Server exports it today: flat, and without links of speakers and sessions."""
    return {
        "event": {
            "id": 7,
            "name": "Lake Days",
            "latitude": 28.2,
            "starts_at": "2027-04-16T03:15:00+00:00",
            "ends_at": "2027-04-18 12:15:00+00:00",
            "timezone": "Asia/Kathmandu",
            "description": "",
            "logo_url": "/images/logo.png",
            "owner_name": "The Society",
            "event_type_id": 3,
            "state": "published",
            "is_featured": True,
        },
        "sessions": [
            {
                "id": 11,
                "title": "Boats",
                "starts_at": "2027-04-16T04:15:00+00:00",
                "ends_at": "2027-04-16T05:00:00+00:00",
                "session_type_id": 4,
                "track_id": 2,
                "microlocation_id": 3,
                "video_url": "https://video.example/boats",
                "state": "accepted",
                "slides": [{"name": "Deck", "link": "https://slides.example/a"}],
            },
            {"id": 12, "title": "Kites", "track_id": None, "state": "pending"},
        ],
        "speakers": [
            {
                "id": 5,
                "name": "Ada",
                "email": "ada@people.example",
                "photo_url": "/images/speakers/Ada_5.png",
                "is_featured": True,
            }
        ],
        "tracks": [{"id": 2, "name": "Water", "color": "#123456", "font_color": "#ffffff"}],
        "microlocations": [{"id": 3, "name": "Hall", "floor": 1}],
        "session_types": [{"id": 4, "name": "Talk", "length": "00:30"}],
        "sponsors": [{"id": 8, "name": "Kettle", "level": 1, "type": "Gold"}],
        "forms": [
            {
                "id": 9,
                "form": "session",
                "field_identifier": "title",
                "type": "text",
                "name": "Title",
                "is_included": True,
                "position": 0,
            }
        ],
        "meta": {"root_url": "https://api.example/"},
        **MEDIA,
    }


def ours(privacy: str = "full") -> Files:
    """As this project exports it: the server's files, and more."""
    return {
        **server(),
        "speakers_sessions": [{"speaker_id": 5, "session_id": 11}],
        "social_links": [{"id": 6, "name": "Website", "link": "https://lake.example"}],
        "copyrights": [{"id": 1, "holder": "The Society", "licence": "CC BY", "year": 2027}],
        "roles": [{"email": "ada@people.example", "role": "organizer"}],
        "manifest.json": {
            "format_version": 1,
            "event": {"id": 7, "identifier": "b0a7e527", "name": "Lake Days"},
            "options": {"dialect": "server", "privacy": privacy, "image": True},
            "withheld": [
                {"file": "event", "field": "paypal_email", "reason": "payment"},
                {"file": "discount_codes", "reason": "secret"},
            ],
            "files": [],
        },
    }


def webapp(privacy: str = "public") -> Files:
    """As this project exports it for the generators of apps: every key in two spellings."""
    event = {
        "id": 7,
        "name": "Lake Days",
        "timezone": "Asia/Kathmandu",
        "start_time": START,
        "end_time": END,
        "starts-at": START,
        "ends-at": END,
        "latitude": 28.2,
        "ticket_url": "https://web.example/e/b0a7e527",
        "ticket-url": "https://web.example/e/b0a7e527",
        "owner_name": "The Society",
        "owner-name": "The Society",
        "organizer_name": "The Society",
        "organizer-name": "The Society",
        "email": None,
        "logo": "/images/logo.png",
        "logo-url": "/images/logo.png",
        "social_links": [{"id": 6, "name": "Website", "link": "https://lake.example"}],
        "social-links": [{"id": 6, "name": "Website", "link": "https://lake.example"}],
        "copyright": None,
        "event-copyright": {"id": 0, "licence": "", "holder": "", "year": 0, "licence-url": ""},
        "speakers-call": None,
    }
    return {
        "event": event,
        "sessions": [
            {
                "id": 11,
                "title": "Boats",
                "state": "accepted",
                "start_time": AT,
                "end_time": TO,
                "starts-at": AT,
                "ends-at": TO,
                "track": {"id": 2, "name": "Water"},
                "microlocation": {"id": 3, "name": "Hall"},
                "session_type": {"id": 4, "name": "Talk"},
                "session-type": {"id": 4, "name": "Talk"},
                "speakers": [{"id": 5, "name": "Ada"}],
                "audio": None,
                "audio-url": None,
                "video": "https://video.example/boats",
                "video-url": "https://video.example/boats",
                "slides": None,
                "slides-url": None,
            },
            {
                "id": 12,
                "title": "Kites",
                "state": "accepted",
                "track": {"id": 0, "name": "General"},
                "microlocation": {"id": 0, "name": "Room to be announced"},
                "session_type": None,
                "speakers": [],
            },
        ],
        "speakers": [
            {
                "id": 5,
                "name": "Ada",
                "photo": "/images/speakers/Ada_5.png",
                "photo-url": "/images/speakers/Ada_5.png",
                "thumbnail-image-url": "/images/speakers/Ada_5.png",
                "website": None,
                "web": None,
                "featured": True,
                "is-featured": True,
                "sessions": [{"id": 11, "title": "Boats", "state": "accepted"}],
            }
        ],
        "tracks": [
            {
                "id": 2,
                "name": "Water",
                "color": "#123456",
                "font_color": "#ffffff",
                "font-color": "#ffffff",
                "sessions": [{"id": 11, "title": "Boats"}],
            },
            {"id": 0, "name": "General", "color": "#777777", "sessions": [{"id": 12}]},
        ],
        "microlocations": [
            {"id": 3, "name": "Hall", "floor": 1},
            {"id": 0, "name": "Room to be announced", "floor": None},
        ],
        "session_types": [{"id": 4, "name": "Talk"}],
        "sponsors": [
            {
                "id": 8,
                "name": "Kettle",
                "level": "1",
                "type": "Gold",
                "sponsor_type": "Gold",
                "logo": "/images/sponsors/placeholder.png",
                "logo-url": "/images/sponsors/placeholder.png",
            }
        ],
        "forms": server()["forms"],
        "meta": {"root-url": None},
        "manifest.json": {
            "format_version": 1,
            "event": {"id": 7, "identifier": "b0a7e527", "name": "Lake Days"},
            "options": {"dialect": "webapp", "privacy": privacy},
            "files": [],
        },
        "images/placeholder.png": PNG,
        "images/sponsors/placeholder.png": PNG,
        **MEDIA,
    }


def kebab() -> Files:
    """As the sample archives of Open Event since 2017 are."""
    event = {
        "id": 7,
        "name": "Lake Days",
        "latitude": 28.2,
        "starts-at": START,
        "ends-at": END,
        "timezone": "Asia/Kathmandu",
        "description": "",
        "logo-url": "/images/logo.png",
        "organizer-name": "The Society",
        "is-featured": True,
        "type": "Conference",
        "topic": "Science & Technology",
        "sub-topic": "",
        "state": "Published",
        "version": {"event-ver": 3},
        "social-links": [{"id": 6, "name": "Website", "link": "https://lake.example"}],
        "event-copyright": {"holder": "The Society", "licence": "CC BY", "year": 2027},
        "speakers-call": {
            "announcement": "Speak!",
            "starts-at": "2026-10-01T00:00:00+05:45",
            "ends-at": "2026-12-01T00:00:00+05:45",
            "privacy": "public",
        },
    }
    return {
        "event": event,
        "sessions": [
            {
                "id": 11,
                "title": "Boats",
                "starts-at": AT,
                "ends-at": TO,
                "short-abstract": "",
                "track": {"id": 2, "name": "Water"},
                "microlocation": {"id": 3, "name": "Hall"},
                "session-type": {"id": "4", "name": "Talk"},
                "speakers": [{"id": 5, "name": "Ada", "organisation": ""}],
                "video-url": "https://video.example/boats",
                "state": "accepted",
            },
            {"id": 12, "title": "Kites", "track": None, "speakers": [], "state": "pending"},
        ],
        "speakers": [
            {
                "id": 5,
                "name": "Ada",
                "email": "",
                "photo-url": "/images/speakers/Ada_5.png",
                "is-featured": True,
                "sessions": [{"id": 11, "title": "Boats"}],
            }
        ],
        "tracks": [{"id": 2, "name": "Water", "color": "#123456", "font-color": "#ffffff"}],
        "microlocations": [{"id": 3, "name": "Hall", "floor": 1}],
        "session_types": [{"id": 4, "name": "Talk", "length": "00:30"}],
        "sponsors": [{"id": 8, "name": "Kettle", "level": "1", "type": "Gold"}],
        "forms": {"session-form": '{"title": {"require": 1, "include": 1}}'},
        "meta": {"root-url": "https://api.example"},
        "config.json": {"app": "Lake"},
        **MEDIA,
    }


def snake() -> Files:
    """As the server exported it until 2016."""
    return {
        "event": {
            "id": 7,
            "name": "Lake Days",
            "latitude": 28.2,
            "start_time": START,
            "end_time": END,
            "timezone": "Asia/Kathmandu",
            "logo": "/images/logo.png",
            "background_image": None,
            "large": "",
            "organizer_name": "The Society",
            "event_url": "https://lake.example",
            "has_session_speakers": True,
            "type": "Conference",
            "topic": "Science & Technology",
            "copyright": {"holder": "The Society", "licence": "CC BY", "year": 2027},
            "call_for_papers": {
                "announcement": "Speak!",
                "start_date": "2026-10-01T00:00:00+05:45",
                "end_date": "2026-12-01T00:00:00+05:45",
                "privacy": "public",
            },
            "social_links": [{"id": 6, "name": "Website", "link": "https://lake.example"}],
        },
        "sessions": [
            {
                "id": 11,
                "title": "Boats",
                "start_time": AT,
                "end_time": TO,
                "track": {"id": 2, "name": "Water"},
                "microlocation": {"id": 3, "name": "Hall"},
                "session_type": {"id": 4, "name": "Talk"},
                "speakers": [{"id": 5, "name": "Ada"}],
                "audio": "",
                "video": "https://video.example/boats",
                "slides": "",
                "state": "accepted",
            },
            {"id": 12, "title": "Kites", "track": None, "speakers": [], "state": "pending"},
        ],
        "speakers": [
            {
                "id": 5,
                "name": "Ada",
                "photo": "/images/speakers/Ada_5.png",
                "thumbnail": "",
                "featured": True,
                "sessions": [{"id": 11, "title": "Boats"}],
            }
        ],
        "tracks": [{"id": 2, "name": "Water", "color": "#123456", "sessions": []}],
        "microlocations": [{"id": 3, "name": "Hall", "floor": 1}],
        "session_types": [{"id": 4, "name": "Talk", "length": "00:30"}],
        "sponsors": [{"id": 8, "name": "Kettle", "level": "1", "sponsor_type": "Gold"}],
        **MEDIA,
    }


def mixed() -> Files:
    """The event in kebab case, the rest in snake case, as one sample has it."""
    return {**snake(), "event": kebab()["event"]}
