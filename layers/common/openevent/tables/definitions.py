"""The tables of an event. Pure.

The first columns of sessions and speakers are those of Open Event Server's own CSV files, with its
names and in its order, so that what reads those reads these. What was missing there follows.
"""

from collections.abc import Mapping

from openevent.tables.model import Column, Kind, Linked, Table

ID = "ID"
TIME_ZONE = Column("Time Zone", Kind.ZONE, "")

SESSIONS = Table(
    "sessions",
    "Sessions",
    "sessions",
    (
        Column("Session Title", Kind.TEXT, "title"),
        Column("Session Starts At", Kind.MOMENT, "starts_at"),
        Column("Session Ends At", Kind.MOMENT, "ends_at"),
        Column("Session Speakers", Kind.TEXT, "speakers.name"),
        Column("Speaker Emails", Kind.TEXT, "speakers.email"),
        Column("Session Track", Kind.TEXT, "track.name"),
        Column("Session Abstract Short", Kind.HTML, "short_abstract"),
        Column("Session Abstract Long", Kind.HTML, "long_abstract"),
        Column("Comment", Kind.HTML, "comments"),
        Column("Created At", Kind.MOMENT, "created_at"),
        Column("Email Sent", Kind.FLAG, "is_mail_sent"),
        Column("Level", Kind.TEXT, "level"),
        Column("Status", Kind.TEXT, "state"),
        Column("Session Type", Kind.TEXT, "session_type.name"),
        Column("Talk Length", Kind.TEXT, "session_type.length"),
        Column("Language", Kind.TEXT, "language"),
        Column("Slides", Kind.LINK, "slides_url"),
        Column("Audio", Kind.LINK, "audio_url"),
        Column("Video", Kind.LINK, "video_url"),
        Column("Average Rating", Kind.NUMBER, "average_rating"),
        Column("Number of Ratings", Kind.INTEGER, "rating_count"),
        Column(ID, Kind.INTEGER, "id"),
        Column("Session Subtitle", Kind.TEXT, "subtitle"),
        Column("Session Room", Kind.TEXT, "room.name"),
        TIME_ZONE,
        Column("Duration in Minutes", Kind.MINUTES, "minutes"),
        Column("Submitted At", Kind.MOMENT, "submitted_at"),
        Column("Last Modified At", Kind.MOMENT, "last_modified_at"),
        Column("All Slides", Kind.SLIDES, "slides"),
        Column("Sign-up", Kind.LINK, "signup_url"),
        Column("Website", Kind.LINK, "website"),
        Column("Twitter", Kind.LINK, "twitter"),
        Column("Facebook", Kind.LINK, "facebook"),
        Column("GitHub", Kind.LINK, "github"),
        Column("LinkedIn", Kind.LINK, "linkedin"),
        Column("Instagram", Kind.LINK, "instagram"),
        Column("GitLab", Kind.LINK, "gitlab"),
        Column("Mastodon", Kind.LINK, "mastodon"),
        Column("Locked", Kind.FLAG, "is_locked"),
        Column("Favourites", Kind.INTEGER, "favourite_count"),
        Column("Speaker IDs", Kind.TEXT, "speakers.id"),
        Column("Track ID", Kind.INTEGER, "track.id", "tracks"),
        Column("Room ID", Kind.INTEGER, "room.id", "rooms"),
        Column("Session Type ID", Kind.INTEGER, "session_type.id", "session_types"),
    ),
    order=("starts_at", "id"),
    references={
        "track": ("track_id", "tracks"),
        "room": ("microlocation_id", "microlocations"),
        "session_type": ("session_type_id", "session_types"),
    },
    linked={
        "speakers": Linked(
            "speaker", "speakers_sessions", "session_id", "speaker_id", ("order", "name", "id")
        )
    },
    form="session",
)

SPEAKERS = Table(
    "speakers",
    "Speakers",
    "speaker",
    (
        Column("Speaker Name", Kind.TEXT, "name"),
        Column("Speaker Email", Kind.EMAIL, "email"),
        Column("Speaker Session(s)", Kind.TEXT, "sessions.title_and_state"),
        Column("Speaker Mobile", Kind.TEXT, "mobile"),
        Column("Speaker Bio", Kind.HTML, "short_biography"),
        Column("Speaker Organisation", Kind.TEXT, "organisation"),
        Column("Speaker Position", Kind.TEXT, "position"),
        Column("Speaker Experience", Kind.TEXT, "speaking_experience"),
        Column("Speaker Sponsorship Required", Kind.TEXT, "sponsorship_required"),
        Column("Speaker City", Kind.TEXT, "city"),
        Column("Speaker Country", Kind.TEXT, "country"),
        Column("Speaker Website", Kind.LINK, "website"),
        Column("Speaker Twitter", Kind.LINK, "twitter"),
        Column("Speaker Facebook", Kind.LINK, "facebook"),
        Column("Speaker Github", Kind.LINK, "github"),
        Column("Speaker LinkedIn", Kind.LINK, "linkedin"),
        Column(ID, Kind.INTEGER, "id"),
        Column("Speaker Long Bio", Kind.HTML, "long_biography"),
        Column("Speaker Photo", Kind.LINK, "photo_url"),
        Column("Speaker Address", Kind.TEXT, "address"),
        Column("Speaker Gender", Kind.TEXT, "gender"),
        Column("Speaker Heard From", Kind.TEXT, "heard_from"),
        Column("Speaker Instagram", Kind.LINK, "instagram"),
        Column("Speaker Mastodon", Kind.LINK, "mastodon"),
        Column("Speaker Positions", Kind.JSON, "speaker_positions"),
        Column("Featured", Kind.FLAG, "is_featured"),
        Column("Order", Kind.INTEGER, "order"),
        Column("Session IDs", Kind.TEXT, "sessions.id"),
    ),
    order=("order", "name", "id"),
    linked={
        "sessions": Linked(
            "sessions", "speakers_sessions", "speaker_id", "session_id", ("starts_at", "id")
        )
    },
    form="speaker",
)

SPONSORS = Table(
    "sponsors",
    "Sponsors",
    "sponsors",
    (
        Column(ID, Kind.INTEGER, "id"),
        Column("Name", Kind.TEXT, "name"),
        Column("Level", Kind.INTEGER, "level"),
        Column("Type", Kind.TEXT, "type"),
        Column("Website", Kind.LINK, "url"),
        Column("Description", Kind.HTML, "description"),
        Column("Logo", Kind.LINK, "logo_url"),
    ),
    order=("level", "name", "id"),
)

TRACKS = Table(
    "tracks",
    "Tracks",
    "tracks",
    (
        Column(ID, Kind.INTEGER, "id"),
        Column("Name", Kind.TEXT, "name"),
        Column("Color", Kind.TEXT, "color"),
        Column("Description", Kind.HTML, "description"),
        Column("Position", Kind.INTEGER, "position"),
    ),
    order=("position", "id"),
)

ROOMS = Table(
    "rooms",
    "Rooms",
    "microlocations",
    (
        Column(ID, Kind.INTEGER, "id"),
        Column("Name", Kind.TEXT, "name"),
        Column("Floor", Kind.INTEGER, "floor"),
        Column("Room", Kind.TEXT, "room"),
        Column("Latitude", Kind.NUMBER, "latitude"),
        Column("Longitude", Kind.NUMBER, "longitude"),
        Column("Position", Kind.INTEGER, "position"),
        Column("Hidden in Scheduler", Kind.FLAG, "hidden_in_scheduler"),
    ),
    order=("position", "id"),
)

SESSION_TYPES = Table(
    "session_types",
    "Session Types",
    "session_types",
    (
        Column(ID, Kind.INTEGER, "id"),
        Column("Name", Kind.TEXT, "name"),
        Column("Length", Kind.TEXT, "length"),
        Column("Position", Kind.INTEGER, "position"),
    ),
    order=("position", "id"),
)

TICKETS = Table(
    "tickets",
    "Tickets",
    "tickets",
    (
        Column(ID, Kind.INTEGER, "id"),
        Column("Name", Kind.TEXT, "name"),
        Column("Type", Kind.TEXT, "type"),
        Column("Price", Kind.NUMBER, "price"),
        Column("Lowest Price", Kind.NUMBER, "min_price"),
        Column("Highest Price", Kind.NUMBER, "max_price"),
        Column("Quantity", Kind.INTEGER, "quantity"),
        Column("Description", Kind.HTML, "description"),
        Column("Sales Start At", Kind.MOMENT, "sales_starts_at"),
        Column("Sales End At", Kind.MOMENT, "sales_ends_at"),
        TIME_ZONE,
        Column("Least per Order", Kind.INTEGER, "min_order"),
        Column("Most per Order", Kind.INTEGER, "max_order"),
        Column("Fee Absorbed", Kind.FLAG, "is_fee_absorbed"),
        Column("Hidden", Kind.FLAG, "is_hidden"),
        Column("Position", Kind.INTEGER, "position"),
    ),
    order=("position", "id"),
)

FAQS = Table(
    "faqs",
    "FAQs",
    "faq",
    (
        Column(ID, Kind.INTEGER, "id"),
        Column("Question", Kind.HTML, "question"),
        Column("Answer", Kind.HTML, "answer"),
        Column("Type", Kind.TEXT, "faq_type.name"),
    ),
    references={"faq_type": ("faq_type_id", "faq_types")},
)

TEAM = Table(
    "team",
    "Team",
    "users_events_roles",
    (
        Column("Email", Kind.EMAIL, "user._email"),
        Column("Role", Kind.TEXT, "role.name"),
    ),
    order=("role_id", "user_id"),
    references={"user": ("user_id", "users"), "role": ("role_id", "roles")},
)

TABLES = (SESSIONS, SPEAKERS, SPONSORS, TRACKS, ROOMS, SESSION_TYPES, TICKETS, FAQS, TEAM)

BY_NAME: Mapping[str, Table] = {table.name: table for table in TABLES}
