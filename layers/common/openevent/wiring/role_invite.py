"""Wiring of `role_invite`."""

from datetime import timedelta

from openevent.adapters import clients
from openevent.adapters.counters import Counters
from openevent.edge.http import Api
from openevent.edge.settings import RoleInviteSettings
from openevent.errors import Unauthenticated
from openevent.invites import limits
from openevent.invites.letters import Letters
from openevent.invites.limits import InviteLimits
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
            limits=InviteLimits.of(
                Counters(clients.dynamodb(), settings.limits_table),
                failed_lookups_per_minute=settings.token_lookups_per_minute,
                mails_per_hour=settings.invite_mails_per_hour,
            ),
            lasts=timedelta(days=settings.invite_days),
        )

    def counted_as(self, api: Api) -> str:
        """Return the name under which a caller is counted who need not be logged in."""
        try:
            return limits.person(self.claims(api).user_id)
        except Unauthenticated:
            return limits.network(api.current_event.request_context.identity.source_ip)
