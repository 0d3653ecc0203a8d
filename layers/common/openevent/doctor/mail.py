"""Area: SES, which sends all mails."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from typing import TYPE_CHECKING

from openevent.adapters import mail
from openevent.adapters.mail import MailRefused, Message
from openevent.doctor.causes import describe
from openevent.doctor.finding import Check, Result, fault, ok
from openevent.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

_TEXT = "The functions of Open Event can send mail. This mail was requested by make doctor."
_TEST = Message(
    subject="Test mail of Open Event's functions",
    text=f"{_TEXT}\n",
    html=f"<p>{_TEXT}</p>",
)


@dataclass(frozen=True)
class MailArea:
    """The sender's identity, the account, and a test mail on request.

    `sender` and `identity`: the template's MailSender and MailIdentity. `to`: the address that
    gets the test mail, which is sent with the configuration set of all mails.
    """

    ses: "SESV2Client"
    sender: str
    identity: str
    configuration_set: str
    to: str | None

    name = "mail"

    def checks(self) -> Mapping[str, Check]:
        """Return the checks."""
        return {
            "sender": self._sender,
            "identity": self._identity,
            "account": self._account,
            "test mail": self._test_mail,
        }

    def _sender(self) -> Iterator[Result]:
        address = parseaddr(self.sender)[1].lower()
        domain, identity = address.rpartition("@")[2], self.identity.lower()
        if identity in (address, domain) or domain.endswith(f".{identity}"):
            yield ok(f"{address} belongs to the identity {identity}.")
        else:
            yield fault(
                f"MailSender {address} does not belong to MailIdentity {identity}.",
                "Set MailIdentity to the sender's address or its domain. The functions' roles may "
                "send from this identity only.",
            )

    def _identity(self) -> Iterator[Result]:
        try:
            found = self.ses.get_email_identity(EmailIdentity=self.identity)
        except self.ses.exceptions.NotFoundException:
            yield fault(
                f"SES in this region has no identity {self.identity}.",
                "Create and verify it in SES, in the region of the stack.",
            )
            return
        if not found.get("VerifiedForSendingStatus"):
            yield fault(
                f"The identity {self.identity} is not verified.",
                "Finish its verification: follow the link in SES's mail to the address, or publish "
                "the domain's DKIM records.",
            )
        else:
            yield from self._configured(found.get("ConfigurationSetName"))

    def _configured(self, name: str | None) -> Iterator[Result]:
        if not name:
            yield ok(f"The identity {self.identity} is verified.")
            return
        try:
            found = self.ses.get_configuration_set(ConfigurationSetName=name)
        except self.ses.exceptions.NotFoundException:
            yield fault(
                f"The identity's default configuration set {name} does not exist.",
                "Create it, or choose another default configuration set for the identity.",
            )
            return
        if not found.get("SendingOptions", {}).get("SendingEnabled", True):
            yield fault(
                f"Sending is paused in the identity's configuration set {name}.",
                "Find the reason in SES (reputation metrics), and enable sending again.",
            )
        else:
            yield ok(f"The identity {self.identity} is verified; its configuration set is {name}.")

    def _account(self) -> Iterator[Result]:
        account = self.ses.get_account()
        if not account.get("SendingEnabled", True):
            yield fault(
                "Sending is paused for the whole account.",
                "Find the reason in SES (account dashboard), answer AWS, and enable sending again.",
            )
        if not account.get("ProductionAccessEnabled", True):
            yield fault(
                "The account is in the SES sandbox: only verified addresses get mail.",
                "Request production access in SES (account dashboard), in the region of the stack.",
            )
        elif account.get("SendingEnabled", True):
            yield ok("The account may send to all addresses.")

    def _test_mail(self) -> Iterator[Result]:
        if self.to is None:
            yield ok("Not sent. To send one, run make doctor MAIL_TO=….")
            return
        try:
            mail.send(
                self.ses,
                _TEST,
                sender=self.sender,
                to=self.to,
                configuration_set=self.configuration_set,
            )
        except MailRefused as refused:
            yield fault(
                f"SES refuses the test mail: {refused.code}.",
                "Correct what the lines above report, and the address in MAIL_TO.",
            )
        except Unavailable as error:
            yield fault(
                f"The test mail was not sent: {describe(error.__cause__ or error)}.",
                "If it is AccessDeniedException, deploy the current template, and compare "
                "MailIdentity with the identity in SES.",
            )
        else:
            yield ok(f"SES has accepted a test mail to {self.to}. Look into the mailbox.")
