"""Mails of invites. A mail that cannot be sent fails no call: the answer says why."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from openevent.adapters import mail
from openevent.adapters.mail import MailRefused
from openevent.delivery.names import shown_name
from openevent.delivery.reasons import Reason
from openevent.delivery.record import About, Subject
from openevent.delivery.sender import Sender, new_mail_id
from openevent.delivery.states import Step
from openevent.errors import Unavailable
from openevent.invites.rules import Invite, mail_id_of
from openevent.invites.words import ABILITIES, TITLES, shown_person
from openevent.pages.moments import utc_text
from openevent.rights.access import Role
from openevent.rights.events import Event
from openevent.rights.identity import User

logger = Logger(child=True)
metrics = Metrics()

# Path of the page that the link in an invitation leads to.
PAGE = "/v1/role-invites/invitation"


@dataclass(frozen=True, slots=True)
class Letters:
    """Writes and sends the mails.

    `api_url`, `frontend_url`: the beginning of links, without a final slash, to our pages and to
    those of the web client.
    """

    sender: Sender
    api_url: str
    frontend_url: str

    def send_invite(
        self, event: Event, inviter: User, invite: Invite, *, token: str, until: datetime
    ) -> str | None:
        """Send the invitee their link; the token is in no other place than this mail.

        Returns why the mail was not sent, as the code of the fault; None if SES took it.
        """
        values = {
            "event": shown_name(event.name),
            "inviter": shown_person(inviter),
            "role": TITLES[Role(invite.role_name)],
            "abilities": ABILITIES[Role(invite.role_name)],
            "link": f"{self.api_url}{PAGE}?token={quote(token)}",
            "until": utc_text(until),
        }
        message = mail.render("role_invite", "Invitation to $event", values)
        about = About(Subject.INVITE, inviter.id, event.id, invite.id)
        return self._send(message, invite.email.strip(), about, _mail_id(invite))

    def note_withheld(self, invite: Invite, reason: Reason) -> None:
        """Record that the mail of `invite` is not sent, and why."""
        logger.warning("Mail withheld", extra={"invite_id": invite.id, "reason": reason})
        if reason is Reason.RECIPIENT_LIMIT:
            # Not `MailNotSent`, whose alarm asks the operator to look for a fault of SES.
            metrics.add_metric("MailsWithheld", MetricUnit.Count, 1)
            self.sender.note(_mail_id(invite), Step.NOT_SENT, reason)
        else:
            metrics.add_metric("MailsSuppressed", MetricUnit.Count, 1)
            self.sender.note(_mail_id(invite), Step.SUPPRESSED, reason)

    def send_bounce_notice(
        self, event: Event, inviter: User, invite: Invite, sentence: str
    ) -> str | None:
        """Send the inviter a mail that the invite's mail did not arrive; `sentence`: why.

        Returns why it was not sent; None if SES took it.
        """
        name = invite.role_name
        values = {
            "event": shown_name(event.name),
            "email": invite.email.strip(),
            # Open Event's server may have written another name since.
            "role": TITLES[Role(name)] if name in set(Role) else name,
            "reason": sentence,
            "link": f"{self.frontend_url}/events/{quote(event.identifier)}",
        }
        subject = "Your invitation to $event did not arrive"
        message = mail.render("invite_bounced", subject, values)
        about = About(Subject.BOUNCE_NOTICE, inviter.id, event.id, invite.id)
        return self._send(message, inviter.email, about, new_mail_id())

    def announce_owner(self, event: Event, owner: User, former: tuple[User, ...]) -> str | None:
        """Send mails to the new owner and the former owners.

        Returns why the first of the missing mails was not sent; None if SES took all.
        """
        values = {
            "event": shown_name(event.name),
            "owner": shown_person(owner),
            "former": ", ".join(map(shown_person, former)) or "no one",
            "link": f"{self.frontend_url}/events/{quote(event.identifier)}",
        }
        subject = "$event has a new owner"
        letters = [("owner_new", owner), *(("owner_former", user) for user in former)]
        faults = [
            self._send(
                mail.render(template, subject, values),
                user.email,
                About(Subject.OWNER, owner.id, event.id),
                new_mail_id(),
            )
            for template, user in letters
        ]
        return next((fault for fault in faults if fault is not None), None)

    def _send(self, message: mail.Message, to: str, about: About, mail_id: str) -> str | None:
        try:
            self.sender.send(message, to=to, mail_id=mail_id, about=about)
        except (MailRefused, Unavailable) as error:
            extra = {"subject": about.subject, "mail_id": mail_id, "reason": error.code}
            logger.exception("Mail not sent", extra=extra)
            metrics.add_metric("MailNotSent", MetricUnit.Count, 1)
            return error.code
        return None


def _mail_id(invite: Invite) -> str:
    return mail_id_of(invite) or new_mail_id()
