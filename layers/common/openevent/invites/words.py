"""Words about invites, the same in mails and on pages: roles and people. Pure."""

from openevent.delivery.names import mail_name
from openevent.rights.access import Role
from openevent.rights.identity import User

TITLES = {
    Role.OWNER: "owner",
    Role.ORGANIZER: "organizer",
    Role.COORGANIZER: "co-organizer",
    Role.TRACK_ORGANIZER: "track organizer",
    Role.MODERATOR: "moderator",
    Role.REGISTRAR: "registrar",
    Role.ATTENDEE: "attendee",
}

ABILITIES = {
    Role.OWNER: (
        "The owner has all rights to the event: those of an organizer, and the right to make "
        "another person the owner. An event has one owner: when you accept, the present owner "
        "becomes an organizer."
    ),
    Role.ORGANIZER: (
        "An organizer can change everything about the event, invite people to its team and remove "
        "them, copy the event and export it. Only the owner can make another person the owner."
    ),
    Role.COORGANIZER: (
        "A co-organizer can change most of the event, see who is invited to its team, copy the "
        "event and export it, but cannot invite people."
    ),
    Role.TRACK_ORGANIZER: "A track organizer can look after the event's tracks and their sessions.",
    Role.MODERATOR: "A moderator can read and judge the sessions that are proposed to the event.",
    Role.REGISTRAR: "A registrar can check attendees in at the event.",
    Role.ATTENDEE: "An attendee takes part in the event.",
}

# Characters of a person's name that is shown, beside the address.
MAX_PERSON = 60


def shown_person(user: User) -> str:
    """Return the name and the address of `user`."""
    name = mail_name(user.name, limit=MAX_PERSON)
    return f"{name} ({user.email})" if name else user.email


def shortened(address: str) -> str:
    """Return `address` with the first character of its mailbox, and its domain.

    Its holder recognizes it; another person who reads over their shoulder learns no address.
    """
    mailbox, _, domain = address.strip().rpartition("@")
    return f"{mailbox[:1]}…@{domain}"
