"""Wiring of `role_invite`."""

from datetime import timedelta

from openevent.adapters import clients
from openevent.edge.settings import RoleInviteSettings
from openevent.invites.letters import Letters
from openevent.invites.limits import Limits
from openevent.invites.services import Services
from openevent.wiring.shared import ApiWiring


class RoleInviteWiring(ApiWiring):
    """Builds what the use cases of invites work with."""

    settings: RoleInviteSettings

    def services(self) -> Services:
        """Return what the use cases share."""
        settings = self.settings
        return Services(
            database=self.database,
            letters=Letters(clients.ses(), settings.mail_sender, settings.frontend_url),
            limits=Limits(
                clients.dynamodb(),
                settings.limits_table,
                settings.token_lookups_per_minute,
                settings.invite_mails_per_hour,
            ),
            lasts=timedelta(days=settings.invite_days),
        )
