"""Mails as a mail program shows them: light and dark, on a phone, and nothing fetched."""

import pytest

from openevent.adapters import mail
from openevent.pages.page import TEMPLATES
from tests.browser import PHONE, Browser

TOKEN = "x" * 43
VALUES = {
    "abilities": "A moderator can read and judge the sessions that are proposed to the event.",
    "archive": "event-934ebe39.zip",
    "email": "bob@example.com",
    "event": "Paper Boats 2027",
    "expires": "2 December 2026, 18:30 UTC",
    "failure": "The event has no start date, so its dates cannot be moved. Set one, and try again.",
    "former": "Grace Hopper (grace@example.com)",
    "frontend": "https://events.example.com",
    "inviter": "Ada Lovelace (ada@example.com)",
    "invites": "The archive names 3 people of the event's team. They were not invited.\n",
    "link": f"https://api.example.com/v1/role-invites/invitation?token={TOKEN}",
    "owner": "Ada Lovelace (ada@example.com)",
    "reason": "The mailbox does not exist.",
    "reference": "b7ca7088-876e-4c29-a0ee-b8029a64849a",
    "report": "412 rows and 37 media files were imported.\n3 values were repaired.\n",
    "role": "moderator",
    "size": "48.2 MB",
    "skipped": "These media files could not be fetched and are not in the archive:\n- speakers 7\n",
    "until": "2 December 2026, 18:30 UTC",
}
NAMES = sorted(file.stem for file in (TEMPLATES / "mails").glob("*.txt"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_mail_is_sound(browser: Browser, scheme: str) -> None:
    for name in NAMES:
        message = mail.render(name, "$event", VALUES)
        visit = browser.visit(
            html=message.html,
            scheme="dark" if scheme == "dark" else "light",
            width=PHONE,
            screenshot=f"mails/{name}-{scheme}",
        )
        seen = (visit.invalid, visit.violations, visit.errors, visit.overflow, visit.foreign())
        assert seen == ([], [], [], 0, []), name
