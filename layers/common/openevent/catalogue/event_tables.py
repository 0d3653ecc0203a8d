"""Every table of an event, each once, and what export and copy do with it. Pure.

The data model is that of Open Event Server 1.19; the sources of what is copied, reset and withheld
are docs/decisions/0028 and docs/defects.md. A database may lack tables and columns
that are named here, and have others: what then happens is decided by `copying.resolve` and by the
export. A table of events that is neither in `EVENT_TABLES` nor in `KEPT_BACK` is not carried along,
and the answer or the archive's manifest names it, because it may hold people's secrets.
"""

from collections.abc import Collection, Mapping

from openevent.catalogue.table import (
    EVENTS,
    Archived,
    ArchiveFile,
    Constant,
    EventTable,
    Fresh,
    KeptBack,
    Kind,
    Linked,
    MediaKind,
    Missing,
    Only,
    Reference,
)


def _columns(names: str) -> tuple[str, ...]:
    return tuple(names.split())


# The tables behind the wire contract's files, in the archive's order.
CONTRACT_TABLES = (
    EventTable(
        "events",
        ArchiveFile(
            "event",
            _columns(
                "id name latitude longitude location_name starts_at ends_at timezone description "
                "original_image_url logo_url owner_name owner_description external_event_url "
                "ticket_url privacy event_type_id event_topic_id event_sub_topic_id "
                "code_of_conduct"
            ),
        ),
        owner=None,
        references={"discount_code_id": Reference("discount_codes", Missing.KEEP_OTHERS)},
        reset={
            "identifier": Fresh.IDENTIFIER,
            "state": "draft",
            "is_featured": False,
            "is_promoted": False,
            "is_demoted": False,
            "is_announced": False,
            "chat_room_id": None,
            "schedule_published_on": None,
            "pentabarf_url": None,
            "ical_url": None,
            "xcal_url": None,
            "is_stripe_linked": False,
            "can_pay_by_stripe": False,
            "completed_order_sales": 0,
            "placed_order_sales": 0,
            "pending_order_sales": 0,
            "completed_order_tickets": 0,
            "placed_order_tickets": 0,
            "pending_order_tickets": 0,
        },
        dates=_columns("starts_at ends_at"),
        media={
            "logo_url": Archived(MediaKind.IMAGE, "images/logo"),
            "original_image_url": Archived(MediaKind.IMAGE, "images/background"),
            "thumbnail_image_url": None,
            "large_image_url": None,
            "icon_image_url": None,
            "document_links": None,
        },
        open=_columns(
            "code_of_conduct description external_event_url ical_url icon_image_url identifier "
            "large_image_url location_name logo_url name original_image_url owner_description "
            "owner_name payment_country payment_currency pentabarf_url privacy "
            "public_stream_link refund_policy searchable_location_name state "
            "thumbnail_image_url ticket_url timezone xcal_url"
        ),
        withheld={
            Kind.PAYMENT: _columns(
                "paypal_email cheque_details bank_details onsite_details invoice_details"
            ),
            Kind.SECRET: _columns("chat_room_id"),
            # The message after an order is for buyers of a ticket.
            Kind.INTERNAL: _columns(
                "after_order_message document_links completed_order_sales placed_order_sales "
                "pending_order_sales completed_order_tickets placed_order_tickets "
                "pending_order_tickets discount_code_id"
            ),
        },
    ),
    EventTable(
        "microlocations",
        ArchiveFile("microlocations", _columns("id name floor")),
        reset={"chat_room_id": None, "video_stream_id": None},
        open=_columns("name room"),
        withheld={Kind.SECRET: _columns("chat_room_id")},
    ),
    EventTable(
        "sessions",
        ArchiveFile(
            "sessions",
            _columns(
                "id title subtitle short_abstract long_abstract starts_at ends_at session_type_id "
                "track_id comments language slides_url audio_url video_url"
            ),
        ),
        references={
            "track_id": Reference("tracks"),
            "microlocation_id": Reference("microlocations"),
            "session_type_id": Reference("session_types"),
        },
        reset={
            "is_mail_sent": False,
            "send_email": False,
            "is_locked": False,
            "average_rating": 0,
            "rating_count": 0,
            "favourite_count": 0,
            "last_modified_at": Fresh.NOW,
        },
        dates=_columns("starts_at ends_at"),
        included_with="sessions",
        media={
            "video_url": Archived(MediaKind.VIDEO, "videos/session_{id}"),
            "audio_url": Archived(MediaKind.AUDIO, "audios/session_{id}"),
            "slides_url": Archived(MediaKind.DOCUMENT, "slides/session_{id}"),
            "slides": None,
        },
        open=_columns(
            "audio_url facebook github gitlab instagram language level linkedin long_abstract "
            "mastodon short_abstract signup_url slides slides_url state subtitle title twitter "
            "video_url website"
        ),
        withheld={
            # The address of the person who changed the submission last.
            Kind.CONTACT: _columns("submission_modifier"),
            Kind.INTERNAL: _columns(
                "comments complex_field_values average_rating rating_count creator_id"
            ),
        },
        public_rows=Only(column="state", values=("accepted", "confirmed")),
    ),
    EventTable(
        "speaker",
        ArchiveFile(
            "speakers",
            _columns(
                "id name email mobile photo_url organisation position country short_biography "
                "long_biography website twitter facebook github linkedin"
            ),
        ),
        included_with="sessions",
        media={
            "photo_url": Archived(MediaKind.IMAGE, "images/speakers/{name}_{id}"),
            "thumbnail_image_url": None,
            "small_image_url": None,
            "icon_image_url": None,
        },
        open=_columns(
            "country facebook github icon_image_url instagram linkedin long_biography mastodon "
            "name organisation photo_url position short_biography small_image_url "
            "speaker_positions thumbnail_image_url twitter website"
        ),
        withheld={
            Kind.CONTACT: _columns("email mobile address city"),
            Kind.INTERNAL: _columns(
                "speaking_experience gender heard_from sponsorship_required "
                "complex_field_values user_id"
            ),
        },
        public_rows=Linked(
            through="speakers_sessions", own="speaker_id", other="session_id", table="sessions"
        ),
    ),
    EventTable(
        "sponsors",
        ArchiveFile("sponsors", _columns("id name logo_url level type url description")),
        media={"logo_url": Archived(MediaKind.IMAGE, "images/sponsors/{name}_{id}")},
        open=_columns("description logo_url name type url"),
    ),
    EventTable(
        "tracks",
        ArchiveFile("tracks", _columns("id name color font_color"), font_color_of="color"),
        open=_columns("color description name"),
    ),
    EventTable(
        "session_types",
        ArchiveFile("session_types", _columns("id name length")),
        open=_columns("length name"),
    ),
    EventTable(
        "custom_forms",
        ArchiveFile("forms", ()),
        names={"form_id": "custom_forms"},
        open=_columns("description field_identifier form form_id main_language name type"),
    ),
)

# The other tables that an archive holds, in its order. The last has no file of its own: its ids say
# nothing outside the database, so the archive's `roles` holds addresses and names of roles.
FURTHER_TABLES = (
    EventTable(
        "speakers_sessions",
        ArchiveFile("speakers_sessions", _columns("speaker_id session_id")),
        owner=("session_id", "sessions"),
        references={"speaker_id": Reference("speaker", Missing.SKIP_ROW)},
        included_with="sessions",
    ),
    EventTable(
        "sessions_speakers_links",
        ArchiveFile("sessions_speakers_links"),
        references={
            "session_id": Reference("sessions", Missing.SKIP_ROW),
            "speaker_id": Reference("speaker", Missing.SKIP_ROW),
        },
        included_with="sessions",
    ),
    EventTable(
        "tickets",
        ArchiveFile("tickets", _columns("id name type price quantity")),
        names={"form_id": "custom_forms", "badge_id": "badge_forms"},
        dates=_columns("sales_starts_at sales_ends_at"),
        open=_columns("badge_id description form_id name type"),
        public_rows=Only(column="is_hidden", values=(False, None)),
    ),
    EventTable(
        "ticket_tag", ArchiveFile("ticket_tags", _columns("id name")), open=_columns("name")
    ),
    EventTable(
        "ticket_tagging",
        ArchiveFile("ticket_tagging", _columns("ticket_id ticket_tag_id")),
        owner=("ticket_id", "tickets"),
        references={"ticket_tag_id": Reference("ticket_tag", Missing.SKIP_ROW)},
    ),
    EventTable(
        "social_links",
        ArchiveFile("social_links", _columns("id name link")),
        open=_columns("identifier link name"),
    ),
    EventTable(
        "speakers_calls",
        ArchiveFile("speakers_calls", _columns("id announcement starts_at ends_at")),
        reset={"hash": Fresh.SECRET},
        dates=_columns("starts_at soft_ends_at ends_at"),
        open=_columns("announcement privacy"),
        # With it, anyone gets to a call that is not announced.
        withheld={Kind.SECRET: _columns("hash")},
        public_rows=Only(column="privacy", values=("public",)),
    ),
    EventTable(
        "faq",
        ArchiveFile("faqs", _columns("id question answer faq_type_id")),
        references={"faq_type_id": Reference("faq_types")},
        open=_columns("answer question"),
    ),
    EventTable("faq_types", ArchiveFile("faq_types", _columns("id name")), open=_columns("name")),
    EventTable(
        "event_copyrights",
        ArchiveFile("copyrights", _columns("id holder licence licence_url year")),
        media={"logo": None},
        open=_columns("holder holder_url licence licence_url logo"),
    ),
    EventTable(
        "tax",
        ArchiveFile("taxes", _columns("id name rate country")),
        open=_columns("country name"),
        withheld={
            Kind.PAYMENT: _columns("tax_id invoice_footer"),
            Kind.CONTACT: _columns(
                "registered_company contact_name phone email address city state zip"
            ),
        },
    ),
    EventTable(
        "discount_codes",
        ArchiveFile("discount_codes", _columns("id code type value")),
        dates=_columns("valid_from valid_till"),
        addresses=_columns("discount_url"),
        open=_columns("type used_for"),
        withheld={Kind.SECRET: _columns("code discount_url")},
        never_public=Kind.SECRET,
    ),
    EventTable(
        "discount_codes_tickets",
        ArchiveFile("discount_codes_tickets", _columns("discount_code_id ticket_id")),
        owner=("discount_code_id", "discount_codes"),
        references={"ticket_id": Reference("tickets", Missing.SKIP_ROW)},
        never_public=Kind.SECRET,
    ),
    EventTable(
        "exhibitors",
        ArchiveFile("exhibitors", _columns("id name status description url")),
        media={
            "logo_url": None,
            "banner_url": None,
            "thumbnail_image_url": None,
            "video_url": None,
            "slides_url": None,
        },
        open=_columns(
            "banner_url description logo_url name slides_url social_links status "
            "thumbnail_image_url url video_url"
        ),
        withheld={Kind.CONTACT: _columns("contact_email contact_link")},
        public_rows=Only(column="status", values=("accepted",)),
    ),
    EventTable(
        "exhibitors_sessions",
        ArchiveFile("exhibitors_sessions", _columns("exhibitor_id session_id")),
        owner=("session_id", "sessions"),
        references={"exhibitor_id": Reference("exhibitors", Missing.SKIP_ROW)},
        included_with="sessions",
    ),
    EventTable(
        "custom_form_options",
        ArchiveFile("form_options", _columns("id custom_form_id value")),
        owner=("custom_form_id", "custom_forms"),
        open=_columns("value"),
    ),
    EventTable(
        "custom_form_translates",
        ArchiveFile("form_translations", _columns("id custom_form_id language_code name")),
        owner=("custom_form_id", "custom_forms"),
        names={"form_id": "custom_forms"},
        open=_columns("form_id language_code name"),
    ),
    EventTable("tags", ArchiveFile("tags", _columns("id name color")), open=_columns("color name")),
    EventTable(
        "badge_forms",
        ArchiveFile("badge_forms", _columns("id badge_id")),
        names={"badge_id": "badge_forms"},
        media={"badge_image_url": None},
        open=_columns("badge_color badge_id badge_image_url badge_orientation badge_size"),
    ),
    EventTable(
        "badge_field_forms",
        ArchiveFile("badge_fields", _columns("id badge_form_id badge_id field_identifier")),
        owner=("badge_form_id", "badge_forms"),
        names={"badge_id": "badge_forms"},
        open=_columns(
            "badge_id custom_field field_identifier font_color font_name font_weight "
            "qr_custom_field text_alignment text_type"
        ),
        # A sample is often a real person's badge.
        withheld={Kind.INTERNAL: _columns("sample_text")},
    ),
    EventTable(
        "station",
        ArchiveFile("stations", _columns("id station_name station_type microlocation_id")),
        references={"microlocation_id": Reference("microlocations")},
        open=_columns("station_name station_type"),
    ),
    EventTable(
        "users_events_roles",
        ArchiveFile("roles", _columns("email role")),
        never_public=Kind.CONTACT,
    ),
)

EVENT_TABLES = (*CONTRACT_TABLES, *FURTHER_TABLES)

# Columns with these names are reset in every table: a copy's rows are made now, and not deleted.
RESET_EVERYWHERE: Mapping[str, Constant | Fresh] = {
    "created_at": Fresh.NOW,
    "modified_at": Fresh.NOW,
    "deleted_at": None,
}

# The columns that mark a row as deleted: the first by a date, the second by being true.
DELETED_AT, IS_DELETED = "deleted_at", "is_deleted"

_SOLD = "sales belong to the event that made them"
_INVITED = "the invitation is to the original, and its secret must not open the copy"
_VISITORS = "visitors did this at the original, not at the copy"
_STREAM = "a live stream belongs to one event, with its passwords and recordings"
_CODE = "the codes were given to people for the original"

KEPT_BACK = (
    KeptBack("orders", _SOLD, "sales"),
    KeptBack("orders_tickets", _SOLD, "sales"),
    KeptBack("ticket_holders", _SOLD, "attendees"),
    KeptBack("access_codes", _CODE, "access codes let their holder in"),
    KeptBack("access_codes_tickets", _CODE, "access codes let their holder in"),
    KeptBack("event_invoices", _SOLD, "sales"),
    KeptBack(
        "stripe_authorizations",
        "an account is linked to one event, by its owner",
        "payment authorizations",
    ),
    KeptBack("role_invites", _INVITED, "invitations"),
    KeptBack("speaker_invites", _INVITED, "invitations"),
    KeptBack("export_jobs", "the job is about the original", "job records"),
    KeptBack("feedback", _VISITORS, "what visitors say"),
    KeptBack("email_notifications", "users chose this for the original", "mail records"),
    KeptBack("user_favourite_events", _VISITORS, "what visitors like"),
    KeptBack("user_favourite_sessions", _VISITORS, "what visitors like"),
    KeptBack("user_check_in", _VISITORS, "check-ins"),
    KeptBack("virtual_check_in", _VISITORS, "check-ins"),
    KeptBack("station_store_paxs", _VISITORS, "check-ins"),
    KeptBack("video_streams", _STREAM, "passwords of live streams"),
    KeptBack("video_recordings", _STREAM, "passwords of live streams"),
    KeptBack("video_stream_moderators", _STREAM, "passwords of live streams"),
    KeptBack("translation_channels", _STREAM, "passwords of live streams"),
    KeptBack(
        "user_system_role",
        "these are rights in the server's administration",
        "rights in the server's administration",
    ),
)

TABLES: Mapping[str, EventTable] = {table.name: table for table in EVENT_TABLES}

KNOWN_TABLES = frozenset({*TABLES, *(table.name for table in KEPT_BACK)})


def tables_of_events(
    references: Mapping[str, Collection[str]], direct: Collection[str] = ()
) -> frozenset[str]:
    """Return the tables whose rows belong to an event by any chain of references, and `events`.

    `references`: for each table the tables its foreign keys refer to. `direct`: tables that belong
    to an event whether or not a foreign key says so, such as those with a column `event_id`.
    """
    found = {EVENTS, *direct}
    while more := {name for name, to in references.items() if not found.isdisjoint(to)} - found:
        found |= more
    return frozenset(found)
