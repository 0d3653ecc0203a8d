"""Wiring of `role_invite`."""

from openevent.edge.http import Api
from openevent.edge.settings import RoleInviteSettings
from openevent.errors import Unauthenticated
from openevent.invites import limits
from openevent.invites.invitation_page import InvitationPages
from openevent.invites.services import Services
from openevent.wiring.calling import Calling
from openevent.wiring.inviting import invite_services


class RoleInviteWiring(Calling):
    """Builds what the use cases of invites work with."""

    settings: RoleInviteSettings

    def services(self) -> Services:
        """Return what the use cases share."""
        return invite_services(self.settings, self.database)

    def pages(self) -> InvitationPages:
        """Return what makes the pages of invitations."""
        return InvitationPages(self.settings.frontend_url)

    def counted_as(self, api: Api) -> str:
        """Return the name under which a caller is counted who need not be logged in."""
        try:
            return limits.person(self.claims(api).user_id)
        except Unauthenticated:
            return limits.network(api.current_event.request_context.identity.source_ip)
