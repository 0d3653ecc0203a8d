"""Names in mails contain nothing that looks like an address or a link."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openevent.delivery.names import MAX_NAME, mail_name, shown_name

# What mail programs make a link of, more widely than any of them does.
DOMAIN = re.compile(r"[^\W_]\.(?!js\b)[^\W\d_]{2}", re.IGNORECASE)

pieces = st.sampled_from(
    (
        *("@", "://", "www.", "WWW.", ".", "\uff0e", "\uff20", "http", "evil", "com", "js", "a"),
        *("\u200b", "\u202e", " ", "\n", "\u3002", "é", "x@y.z", "evil.com", "…", "/", ":", "1"),
    )
)
hostile = st.lists(pieces, max_size=12).map("".join) | st.text(max_size=30)


@given(hostile, st.integers(10, MAX_NAME))
def test_no_name_brings_an_address_or_a_link(name: str, limit: int) -> None:
    shown = mail_name(name, limit=limit)

    assert "@" not in shown
    assert "://" not in shown
    assert not re.search(r"\bwww\.", shown, re.IGNORECASE)
    assert not DOMAIN.search(shown)
    assert len(shown) <= limit
    assert shown.splitlines() in ([], [shown])


@given(hostile)
def test_a_shown_name_is_unchanged(name: str) -> None:
    assert mail_name(mail_name(name)) == mail_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "St. Gallen",
        "Node.js Conf",
        "D3.js & Vue.js",
        "Kafka 2.0",
        "U.S.A. vs. them",
        "PyCon “Zürich” & friends",
        "\u0645\u06cc\u200c\u062e\u0648",
        "100 % open: tables/chairs",
    ],
)
def test_ordinary_names_are_unchanged(name: str) -> None:
    assert mail_name(name) == name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Party @ Home", "Party at Home"),
        ("Win at https://evil.example/x now", "Win at now"),
        ("www.evil.example wins", "wins"),
        ("Ask bob@example.com", "Ask"),
        ("Buy at evil.com", "Buy at evil. com"),
        ("ASP.NET Day", "ASP. NET Day"),
        ("evil\uff0ecom", "evil. com"),
        ("ev\u200bil.com", "evil. com"),
        ("  two\n lines ", "two lines"),
    ],
)
def test_addresses_and_links_are_taken_out(name: str, shown: str) -> None:
    assert mail_name(name) == shown


def test_a_long_name_is_cut() -> None:
    assert mail_name("x" * 200) == "x" * 99 + "…"


@pytest.mark.parametrize("piece", ["x", "a.", "/:", " "])
def test_no_length_of_a_name_takes_long(piece: str) -> None:
    """A name that is read as a whole would take years here."""
    assert len(mail_name(piece * 1_000_000)) <= MAX_NAME


@pytest.mark.parametrize("name", ["", "www.evil.example", "bob@example.com", "\u200b"])
def test_an_event_always_has_a_name(name: str) -> None:
    assert shown_name(name) == "an event"
    assert shown_name("Kites") == "Kites"
