"""The page of an invitation, in each state, and its status."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote, urlsplit

from openevent.delivery.names import shown_name
from openevent.errors import NotFound, OpenEventError
from openevent.invites.invitation import Invitation, Stage
from openevent.invites.limits import UNKNOWN
from openevent.invites.words import (
    ABILITIES,
    TITLES,
    shortened,
    shown_person,
)
from openevent.pages.moments import utc_text
from openevent.pages.page import Page, render
from openevent.pages.policy import Needs

# Of the stages in which the link is not what the mail promises.
STATUS = {
    Stage.EXPIRED: HTTPStatus.GONE,
    Stage.UNCLEAR: HTTPStatus.CONFLICT,
    Stage.RESENT: HTTPStatus.GONE,
    Stage.READDRESSED: HTTPStatus.GONE,
    Stage.TAKEN_BACK: HTTPStatus.GONE,
    Stage.REPLACED: HTTPStatus.GONE,
    Stage.ENDED: HTTPStatus.GONE,
    Stage.EVENT_GONE: HTTPStatus.GONE,
}


@dataclass(frozen=True, slots=True)
class InvitationPages:
    """Makes the pages. `frontend_url`: the web client, where people accept."""

    frontend_url: str

    def show(self, invitation: Invitation, token: str) -> Page:
        """Return the page of `invitation`, which `token` was mailed for."""
        event, role, email = invitation.event, invitation.role, invitation.email
        inviter, until = invitation.inviter, invitation.until
        values = {
            "event": None if event is None else shown_name(event.name),
            "event_link": None
            if event is None
            else f"{self.frontend_url}/events/{quote(event.identifier)}",
            "inviter": None if inviter is None else shown_person(inviter),
            "role": None if role is None else TITLES[role],
            "abilities": None if role is None else ABILITIES[role],
            "address": None if email is None else shortened(email),
            "until": None if until is None else utc_text(until),
            "accept": f"{self.frontend_url}/role-invites?token={quote(token)}",
            "token": token,
        }
        return self._render(invitation.stage, values)

    def refuse(self, error: OpenEventError) -> Page:
        """Return the page for a link that cannot be looked up, or that is not known."""
        if isinstance(error, NotFound) and error.code == UNKNOWN:
            return self._render("unknown", {})
        return render(
            "refusal",
            {"heading": "The invitation cannot be shown now", "detail": str(error)},
        )

    def _render(self, name: str, values: Mapping[str, object]) -> Page:
        host = urlsplit(self.frontend_url).netloc
        return render(
            f"invitation/{name}",
            {"home": self.frontend_url, "host": host, **values},
            needs=Needs(forms=name == Stage.OPEN, styles=("pages/invitation/style.css",)),
        )


def status_of(invitation: Invitation) -> int:
    """Return the HTTP status of an invitation's page."""
    return STATUS.get(invitation.stage, HTTPStatus.OK).value
