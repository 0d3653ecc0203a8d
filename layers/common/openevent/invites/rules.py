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

from openevent.errors import Conflict, Forbidden, Gone, Invalid
from openevent.rights.access import Action, Role

TOKEN_BYTES = 32

# The path of an address is 256 octets at most with its angle brackets (RFC 5321).
MAX_ADDRESS = 254
MAX_LOCAL_PART = 64

# What HTML's email fields take, with a domain of two labels or more. Nothing in it can end a header
# or stand for two addresses.
_ADDRESS = re.compile(
    r"(?P<local>[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+)@"
    r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
    r"(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)+"
)

_LOWERED = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


class Status(StrEnum):
    """Where an invite stands. The table may hold others, which are none of these."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A role as the table `roles` has it."""

    id: int
    name: str
    title: str | None


@dataclass(frozen=True, slots=True)
class Invite:
    """An invite as the table `role_invites` has it, for an event that it names.

    Open Event's server writes there as well: any of the fields may be anything. `role_name` is what
    the invitee was told, `role_id` what the row stands for, `digest` that of the token.
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
    """What it takes to tell whether an invite is still good: the time, and how long it is good."""

    now: datetime
    lasts: timedelta

    def is_over(self, invite: Invite) -> bool:
        """Whether `invite` has expired; one without a date always has."""
        return invite.created_at is None or invite.created_at + self.lasts <= self.now

    def is_open(self, invite: Invite) -> bool:
        """Whether `invite` can still be accepted."""
        return invite.status == Status.PENDING and not self.is_over(invite)


def is_address(text: str) -> bool:
    """Whether `text` is one plain e-mail address."""
    match = _ADDRESS.fullmatch(text)
    return match is not None and len(text) <= MAX_ADDRESS and len(match["local"]) <= MAX_LOCAL_PART


def folded(address: str) -> str:
    """`address` trimmed and without case.

    ASCII letters alone are folded: by Unicode's rules the Kelvin sign is a k, and who registers
    with it is not the invitee.
    """
    return address.strip().translate(_LOWERED)


def same_address(one: str, other: str) -> bool:
    """Whether both are the same address, but for case and space around it."""
    return folded(one) == folded(other)


def new_token() -> str:
    """A token nobody can guess: 256 bits from the operating system, as 43 URL-safe characters."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest_of(token: str) -> str:
    """What the database keeps of `token`: enough to know it again, too little to make it."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def is_token_of(invite: Invite, token: str) -> bool:
    """Whether `token` is the one that was mailed for `invite`; takes as long for any other."""
    return invite.digest is not None and hmac.compare_digest(
        invite.digest.encode(), digest_of(token).encode()
    )


def right_to_invite(role: str) -> Action:
    """What somebody does who sends an invite to `role`, or redirects one."""
    return Action.CREATE_OWNER_INVITE if role == Role.OWNER else Action.CREATE_INVITE


def refuse_unless_own(invite: Invite, address: str) -> None:
    """Raise `Forbidden`, which names neither, unless `address` is the one that was invited."""
    if not same_address(invite.email, address):
        raise Forbidden("not-your-invite", "This invite is for another e-mail address.")


def is_answered(invite: Invite, answer: Status, validity: Validity) -> bool:
    """Whether `invite` has that very `answer` already.

    Raises `Conflict` when it has another or can have none, `Gone` when it waits no longer.
    """
    if invite.status == answer:
        return True
    if invite.status in (Status.ACCEPTED, Status.DECLINED):
        raise Conflict(f"invite-{invite.status}", f"This invite was {invite.status} already.")
    if invite.status != Status.PENDING:
        raise Conflict("invite-not-pending", "This invite does not wait for an answer.")
    if validity.is_over(invite):
        raise Gone("invite-expired", "This invite has expired. Ask for it to be sent again.")
    return False


def refuse_unless_pending(invite: Invite) -> None:
    """Raise `Conflict` unless `invite` waits for an answer, expired or not."""
    if invite.status != Status.PENDING:
        raise Conflict("invite-not-pending", "Only a pending invite can be changed or sent again.")


def refuse_unless_mailable(invite: Invite) -> None:
    """Raise `Conflict` when the address, as Open Event's server wrote it, is not one address."""
    if not is_address(invite.email.strip()):
        raise Conflict(
            "address-unusable", "This is no address. Delete the invite and make another."
        )


def refuse_unless_deletable(invite: Invite) -> None:
    """Raise `Conflict` when `invite` was accepted."""
    if invite.status == Status.ACCEPTED:
        raise Conflict("invite-accepted", "An accepted invite cannot be deleted.")


def promised_role(invite: Invite, role: RoleRow | None) -> RoleRow:
    """`role`, which the invite's row stands for, when it is what the invitee was told.

    Raises `Conflict` when it is another, or none that we know.
    """
    if role is None or role.name != invite.role_name or role.name not in set(Role):
        raise Conflict("invite-unclear", "This invite contradicts itself. Ask for a new one.")
    return role


def refuse_held(role: RoleRow, *, is_held: bool) -> None:
    """Raise `Conflict` when the invitee has `role` at the event."""
    if is_held:
        raise Conflict(
            "role-held",
            f"This person is {role.name} of the event already.",
            pointer="/data/attributes/email",
        )


def refuse_second(email: str, others: Collection[Invite], validity: Validity) -> None:
    """Raise `Conflict` when one of `others`, the invites of `email` to the event, is open."""
    for other in others:
        if validity.is_open(other) and other.created_at is not None:
            raise Conflict(
                "invite-open",
                f"{email} was invited to this event on {other.created_at:%d %B %Y at %H:%M} UTC "
                f"already (invite {other.id}). That invite can be resent.",
            )


def taken_up(email: str, role_id: int, others: Collection[Invite]) -> Invite | None:
    """Which of `others`, none of them open, a new invite of `email` to the role takes up again.

    The table has one row an address as spelled, role and event: one of this very spelling has to be
    it. Otherwise the latest.
    """
    same_role = [other for other in others if other.role_id == role_id]
    return max(same_role, key=lambda other: (other.email == email, other.id), default=None)


@dataclass(frozen=True, slots=True)
class Changer:
    """Who wants to change an invite: its invitee, staff, an organizer (as staff is), or nobody."""

    is_invitee: bool
    is_staff: bool
    is_organizer: bool


def refuse_change(
    fields: Collection[str], changer: Changer, *, changes_status: bool, address_is_known: bool
) -> None:
    """The rules of changing an invite, in Open Event's order.

    `fields`: what the body names. `changes_status`: whether its status differs from the invite's.
    `address_is_known`: whether the invite's address belongs to a user. Raises `Invalid`.
    """
    is_organizer = changer.is_organizer
    # An organizer's client sends the whole invite back: a status that stays is no change.
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
    """Raise `Forbidden` when owner is among `roles`, from and to which somebody's is changed."""
    if Role.OWNER in roles:
        raise Forbidden(
            "owner-by-change",
            "Who is owner changes only by accepting an owner invite.",
            pointer="/data/attributes/role-name",
        )
