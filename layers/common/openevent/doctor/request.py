"""Options with which an operator calls the doctor."""

from pydantic import BaseModel, ConfigDict


class DoctorRequest(BaseModel):
    """Options of one examination.

    `token`: an access token of the Open Event server, with which the token key is checked.
    `mail_to`: the address that gets a test mail.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    token: str | None = None
    mail_to: str | None = None
