"""Moments have one form in mails, on pages and in messages: mails said `02 December`."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from openevent.errors import Conflict
from openevent.export.readable import readable_moment, readable_time
from openevent.invites.rules import Invite, Validity, refuse_second
from openevent.pages.moments import utc_text

MOMENT = datetime(2026, 12, 2, 18, 30, tzinfo=UTC)
TEXT = "2 December 2026, 18:30 UTC"


def test_a_moment_is_in_utc_wherever_it_comes_from() -> None:
    assert utc_text(MOMENT) == TEXT
    assert utc_text(MOMENT.astimezone(timezone(timedelta(hours=9)))) == TEXT


def test_exports_say_it_in_the_same_way() -> None:
    assert readable_time(int(MOMENT.timestamp())) == readable_moment(MOMENT, None) == TEXT


def test_a_refused_invite_says_it_in_the_same_way() -> None:
    sent = Invite(7, 3, "bob@example.com", "organizer", 2, None, MOMENT, "pending")
    validity = Validity(now=MOMENT, lasts=timedelta(days=7))
    with pytest.raises(Conflict, match=rf"sent on {TEXT} \(invite 7\)"):
        refuse_second("bob@example.com", [sent], validity)
