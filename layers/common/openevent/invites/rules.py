"""The rules of invites: addresses, tokens, states, and who may change what. Pure."""

import hashlib
import hmac
import re
import secrets
import string
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from openevent.errors import Conflict, Forbidden, Gone, Invalid, NotFound
from openevent.pages.moments import utc_text
from openevent.rights.access import Action, Role

TOKEN_BYTES = 32

# Hexadecimal digits of the id under which the state of a mail is recorded.
MAIL_ID_DIGITS = 32

# The path of an address is 256 octets at most with its angle brackets (RFC 5321).
MAX_ADDRESS = 254
MAX_LOCAL_PART = 64

# Addresses that HTML's email fields accept, with a domain of two labels or more. None of them can
# end a header or name two mailboxes.
_ADDRESS = re.compile(
    r"(?P<local>[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+)@"
    r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
    r"(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)+"
)

_LOWERED = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


class Status(StrEnum):
    """State of an invite. The table may hold other values, which match none of these."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A row of the table `roles`."""

    id: int
    name: str
    title: str | None


@dataclass(frozen=True, slots=True)
class Invite:
    """A row of the table `role_invites` that names an event.

    Open Event's server writes rows as well, so the fields may disagree. `role_name` is the role
    that the mail named, `role_id` refers to the role that would be given, `digest` is the token's.
    """

    id: int
    event_id: int
    email: str
    role_name: str
    role_id: int | None
    digest: str | None
    created_at: datetime | None
    status: str | None


@dataclass(frozen=True, slots=True)
class Validity:
    """The time now, and how long an invite can be accepted from its sending."""

    now: datetime
    lasts: timedelta

    def is_over(self, invite: Invite) -> bool:
        """Return whether `invite` has expired; an invite without a date always has."""
        return invite.created_at is None or invite.created_at + self.lasts <= self.now

    def is_open(self, invite: Invite) -> bool:
        """Return whether `invite` can still be accepted."""
        return invite.status == Status.PENDING and not self.is_over(invite)


def is_address(text: str) -> bool:
    """Return whether `text` is one plain e-mail address."""
    match = _ADDRESS.fullmatch(text)
    return match is not None and len(text) <= MAX_ADDRESS and len(match["local"]) <= MAX_LOCAL_PART


def folded(address: str) -> str:
    """Return `address` trimmed and in lower case.

    Only ASCII letters are folded. By Unicode's rules the Kelvin sign is a k, and a person who
    registers with it is not the invitee.
    """
    return address.strip().translate(_LOWERED)


def same_address(one: str, other: str) -> bool:
    """Return whether two addresses differ only in case and surrounding space."""
    return folded(one) == folded(other)


def new_token() -> str:
    """Make a token of 256 random bits from the operating system, as 43 URL-safe characters."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest_of(token: str) -> str:
    """Return the digest of `token`, which the database keeps in its place."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def mail_id_of(invite: Invite) -> str | None:
    """Return the id of the record of the invite's latest mail; None if it was never mailed.

    Each mail has a token of its own, so the id follows from the invite alone, and an invite that is
    mailed again has no state until that mail has one. The id leads back to neither.
    """
    if invite.digest is None:
        return None
    content = f"mail of invite {invite.id}: {invite.digest}"
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:MAIL_ID_DIGITS]


def is_token_of(invite: Invite, token: str) -> bool:
    """Return whether `token` was mailed for `invite`, in the same time for every token."""
    return invite.digest is not None and hmac.compare_digest(
        invite.digest.encode(), digest_of(token).encode()
    )


def right_to_invite(role: str) -> Action:
    """Return the action, for the table of rights, of sending or redirecting an invite to `role`."""
    return Action.CREATE_OWNER_INVITE if role == Role.OWNER else Action.CREATE_INVITE


def invite_not_found() -> NotFound:
    """Make the error of an invite that does not exist, or that the caller may not know of."""
    return NotFound("invite-not-found", "There is no such invite.")


def refuse_unless_verified(*, is_verified: bool, is_staff: bool) -> None:
    """Raise `Forbidden` unless the inviter's own address is verified. Staff may always invite.

    Anyone can register with an address of another person, and mails of ours would name it.
    """
    if not (is_verified or is_staff):
        raise Forbidden(
            "address-unverified",
            "Your e-mail address is not verified yet, so you cannot invite people. Open the link "
            "in the mail that you got when you registered, and invite again.",
        )


def refuse_unless_own(invite: Invite, address: str) -> None:
    """Raise `Forbidden` unless `address` is the invited one; the message names neither."""
    if not same_address(invite.email, address):
        raise Forbidden("not-your-invite", "This invite is for another e-mail address.")


def is_answered(invite: Invite, answer: Status, validity: Validity) -> bool:
    """Return whether `invite` already has that `answer`; False if it can still be given.

    Raises `Conflict` if it has another answer or is in another state, `Gone` if it has expired.
    """
    if invite.status == answer:
        return True
    if invite.status in (Status.ACCEPTED, Status.DECLINED):
        raise Conflict(f"invite-{invite.status}", f"This invite was already {invite.status}.")
    if invite.status != Status.PENDING:
        raise Conflict("invite-not-pending", "This invite is not pending and cannot be answered.")
    if validity.is_over(invite):
        raise Gone("invite-expired", "This invite has expired. Ask the event's team to resend it.")
    return False


def refuse_unless_pending(invite: Invite) -> None:
    """Raise `Conflict` unless `invite` is pending, expired or not."""
    if invite.status != Status.PENDING:
        raise Conflict("invite-not-pending", "Only a pending invite can be changed or sent again.")


def refuse_unless_mailable(invite: Invite) -> None:
    """Raise `Conflict` if the row's address, which another program wrote, is not valid."""
    if not is_address(invite.email.strip()):
        raise Conflict(
            "address-unusable",
            "The invite's e-mail address is not valid. Delete the invite and create a new one.",
        )


def refuse_unless_deletable(invite: Invite) -> None:
    """Raise `Conflict` if `invite` was accepted."""
    if invite.status == Status.ACCEPTED:
        raise Conflict("invite-accepted", "An accepted invite cannot be deleted.")


def promised_role(invite: Invite, role: RoleRow | None) -> RoleRow:
    """Return `role`, to which the invite's role id refers, if it is the role that the mail named.

    Raises `Conflict` if it is another role, or one that is not a role of an event's team.
    """
    if role is None or role.name != invite.role_name or role.name not in set(Role):
        raise Conflict(
            "invite-unclear",
            "The invite's role id and role name disagree. Ask the event's team for a new invite.",
        )
    return role


def refuse_held(role: RoleRow, *, is_held: bool) -> None:
    """Raise `Conflict` if the invitee already has `role` at the event."""
    if is_held:
        raise Conflict(
            "role-held",
            f"This person already is {role.name} of the event.",
            pointer="/data/attributes/email",
        )


def refuse_second(email: str, others: Collection[Invite], validity: Validity) -> None:
    """Raise `Conflict` if the address already has an open invite to the event, one of `others`."""
    for other in others:
        if validity.is_open(other) and other.created_at is not None:
            raise Conflict(
                "invite-open",
                f"{email} already has an open invite to this event, sent on "
                f"{utc_text(other.created_at)} (invite {other.id}). "
                "Resend that invite, or delete it first.",
            )


def reusable(email: str, role_id: int, others: Collection[Invite]) -> Invite | None:
    """Return the row of `others`, none of them open, to reuse for a new invite to the role.

    The table allows one row for each spelling of an address, role and event, so a row with the
    same spelling comes first; otherwise the latest is reused.
    """
    same_role = [other for other in others if other.role_id == role_id]
    return max(same_role, key=lambda other: (other.email == email, other.id), default=None)


@dataclass(frozen=True, slots=True)
class Changer:
    """Relation of a caller to an invite. Staff counts as an organizer as well."""

    is_invitee: bool
    is_staff: bool
    is_organizer: bool


def refuse_change(
    fields: Collection[str], changer: Changer, *, changes_status: bool, address_is_known: bool
) -> None:
    """Raise `Invalid` if `changer` may not change `fields`; the rules are in Open Event's order.

    `fields`: the names in the body. `changes_status`: whether its status differs from the invite's.
    `address_is_known`: whether the invite's address belongs to a user.
    """
    is_organizer = changer.is_organizer
    # An organizer's client sends the whole invite back, with its unchanged status.
    asks_for_status = changes_status if is_organizer else "status" in fields
    if address_is_known and asks_for_status and not (changer.is_invitee or changer.is_staff):
        raise Invalid(
            "status-not-yours",
            "Only users can edit their own status",
            pointer="/data/attributes/status",
        )
    if not address_is_known and not is_organizer:
        raise Invalid("user-not-registered", "User not registered")
    if not is_organizer and set(fields) != {"status"}:
        raise Invalid("status-only", "You can only change your status")


def refuse_owner_by_change(*roles: str) -> None:
    """Raise `Forbidden` if one of `roles`, those before and after a change, is owner."""
    if Role.OWNER in roles:
        raise Forbidden(
            "owner-by-change",
            "The owner changes only by an accepted owner invite. Create an owner invite instead.",
            pointer="/data/attributes/role-name",
        )
