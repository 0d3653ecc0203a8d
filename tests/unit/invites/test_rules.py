"""The rules, without a database."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openevent.errors import Conflict, Forbidden, Gone, Invalid
from openevent.invites import rules
from openevent.invites.rules import Changer, Invite, RoleRow, Status, Validity

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
WEEK = timedelta(days=7)
VALIDITY = Validity(now=NOW, lasts=WEEK)


def an_invite(  # noqa: PLR0913 (a row has many columns)
    invite_id: int = 1,
    *,
    email: str = "bob@example.com",
    role_id: int | None = 2,
    digest: str | None = None,
    created_at: datetime | None = NOW,
    status: str | None = "pending",
) -> Invite:
    return Invite(invite_id, 1, email, "organizer", role_id, digest, created_at, status)


@pytest.mark.parametrize(
    "address",
    [
        "bob@example.com",
        "o'brien+tag@mail.example.co.uk",
        "a@1-2.example",
        f"{'a' * 64}@example.com",
    ],
)
def test_addresses(address: str) -> None:
    assert rules.is_address(address)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "bob",
        "@example.com",
        "bob@",
        "bob@localhost",
        "bob@example..com",
        "bob@-example.com",
        "bob@example.com.",
        "bob@exa mple.com",
        "bob@example.com, eve@example.com",
        "bob@example.com;eve@example.com",
        "bob@example.com\nBcc: eve@example.com",
        "Bob <bob@example.com>",
        '"bob bob"@example.com',
        "bob@eve@example.com",
        "bob@exámple.com",
        "bo\u212a@example.com",
        "bob@[127.0.0.1]",
        f"{'a' * 65}@example.com",
        f"a@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 60}.{'f' * 10}.com",
    ],
)
def test_what_is_no_address(text: str) -> None:
    assert not rules.is_address(text)


def test_addresses_compare_without_case_and_trimmed() -> None:
    assert rules.same_address(" BOB@Example.com", "bob@example.COM ")
    assert not rules.same_address("bob@example.com", "bob@example.org")


def test_a_kelvin_sign_is_no_k() -> None:
    assert "\u212a".lower() == "k"
    assert not rules.same_address("\u212aim@example.com", "kim@example.com")


def test_tokens_are_256_bits_for_urls_and_new_each_time() -> None:
    tokens = {rules.new_token() for _ in range(1000)}
    assert len(tokens) == 1000
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", token) for token in tokens)


@given(st.text())
def test_only_the_token_is_the_token(other: str) -> None:
    token = rules.new_token()
    invite = an_invite(digest=rules.digest_of(token))
    assert rules.is_token_of(invite, token)
    assert not rules.is_token_of(invite, other)
    assert not rules.is_token_of(invite, rules.digest_of(token))


@pytest.mark.parametrize("digest", [None, "", "f1f2", "ünïcode"])
def test_whatever_is_in_the_table_nothing_is_its_token(digest: str | None) -> None:
    assert not rules.is_token_of(an_invite(digest=digest), digest or "")


@pytest.mark.parametrize(
    ("age", "open_"),
    [
        (timedelta(0), True),
        (WEEK - timedelta(microseconds=1), True),
        (WEEK, False),
        (2 * WEEK, False),
    ],
)
def test_invites_are_good_for_a_time(age: timedelta, *, open_: bool) -> None:
    assert VALIDITY.is_open(an_invite(created_at=NOW - age)) is open_


@pytest.mark.parametrize("status", ["accepted", "declined", "Pending", "", None])
def test_only_pending_invites_are_open(status: str | None) -> None:
    assert not VALIDITY.is_open(an_invite(status=status))


def test_an_invite_without_a_date_has_expired() -> None:
    assert not VALIDITY.is_open(an_invite(created_at=None))


def test_answers() -> None:
    assert rules.is_answered(an_invite(), Status.ACCEPTED, VALIDITY) is False
    long_ago = an_invite(status="accepted", created_at=NOW - 99 * WEEK)
    assert rules.is_answered(long_ago, Status.ACCEPTED, VALIDITY) is True
    with pytest.raises(Conflict, match="already accepted"):
        rules.is_answered(long_ago, Status.DECLINED, VALIDITY)
    with pytest.raises(Conflict, match="already declined"):
        rules.is_answered(an_invite(status="declined"), Status.ACCEPTED, VALIDITY)
    with pytest.raises(Conflict, match="is not pending"):
        rules.is_answered(an_invite(status=None), Status.ACCEPTED, VALIDITY)
    with pytest.raises(Gone, match="expired"):
        rules.is_answered(an_invite(created_at=NOW - WEEK), Status.DECLINED, VALIDITY)


def test_the_row_that_is_reused() -> None:
    rows = [
        an_invite(1, email="bob@example.com"),
        an_invite(2, email="BOB@example.com"),
        an_invite(3, role_id=5),
        an_invite(4, role_id=None),
    ]
    spelled_so = rules.reusable("bob@example.com", 2, rows)
    assert spelled_so is not None
    assert spelled_so.id == 1
    latest = rules.reusable("Bob@example.com", 2, rows)
    assert latest is not None
    assert latest.id == 2
    assert rules.reusable("bob@example.com", 9, rows) is None


@pytest.mark.parametrize(
    ("promised", "granted"),
    [
        ("organizer", None),
        ("organizer", RoleRow(1, "owner", None)),
        ("admin", RoleRow(8, "admin", None)),
    ],
)
def test_an_invite_whose_roles_disagree_promises_nothing(
    promised: str, granted: RoleRow | None
) -> None:
    invite = Invite(1, 1, "bob@example.com", promised, 1, None, NOW, "pending")
    with pytest.raises(Conflict, match="disagree"):
        rules.promised_role(invite, granted)


@pytest.mark.parametrize("roles", [("owner", "organizer"), ("moderator", "owner")])
def test_owners_are_not_made_or_unmade_by_a_change(roles: Iterable[str]) -> None:
    with pytest.raises(Forbidden):
        rules.refuse_owner_by_change(*roles)


# Who wants to change, what, whether the address is a user's, and the first rule that is broken.
STRANGER = Changer(is_invitee=False, is_staff=False, is_organizer=False)
INVITEE = Changer(is_invitee=True, is_staff=False, is_organizer=False)
ORGANIZER = Changer(is_invitee=False, is_staff=False, is_organizer=True)
STAFF = Changer(is_invitee=False, is_staff=True, is_organizer=True)
NOT_YOURS = "Only users can edit their own status"
NOT_REGISTERED = "User not registered"
STATUS_ONLY = "You can only change your status"
CHANGES = [
    (STRANGER, {"status"}, True, NOT_YOURS),
    (STRANGER, {"status", "email"}, True, NOT_YOURS),
    (STRANGER, {"status"}, False, NOT_REGISTERED),
    (STRANGER, {"email"}, False, NOT_REGISTERED),
    (STRANGER, {"email"}, True, STATUS_ONLY),
    (STRANGER, set(), True, STATUS_ONLY),
    (INVITEE, {"status"}, True, None),
    (INVITEE, {"status", "role_name"}, True, STATUS_ONLY),
    (INVITEE, {"role_name"}, True, STATUS_ONLY),
    (INVITEE, set(), True, STATUS_ONLY),
    (ORGANIZER, {"status"}, True, NOT_YOURS),
    (ORGANIZER, {"status"}, False, None),
    (ORGANIZER, {"email", "role_name"}, True, None),
    (STAFF, {"status"}, True, None),
    (STAFF, {"email"}, False, None),
]


@pytest.mark.parametrize(("changer", "fields", "known", "refusal"), CHANGES)
def test_who_may_change_what(
    changer: Changer, fields: set[str], refusal: str | None, *, known: bool
) -> None:
    found = None
    changes = "status" in fields
    try:
        rules.refuse_change(fields, changer, changes_status=changes, address_is_known=known)
    except Invalid as error:
        found = str(error)
    assert found == refusal


def test_a_status_that_stays_is_no_change_of_an_organizer() -> None:
    fields = {"status", "email", "role_name", "hash", "created_at"}
    rules.refuse_change(fields, ORGANIZER, changes_status=False, address_is_known=True)


def test_only_organizers_change_more_than_their_status() -> None:
    parts = ["status", "email", "role_name", "event"]
    for bits in product([0, 1], repeat=4):
        fields = {part for part, bit in zip(parts, bits, strict=True) if bit}
        for known, changes in product([True, False], repeat=2):
            for changer in (STRANGER, INVITEE):
                try:
                    rules.refuse_change(
                        fields, changer, changes_status=changes, address_is_known=known
                    )
                except Invalid:
                    continue
                assert (changer, fields, known) == (INVITEE, {"status"}, True)
