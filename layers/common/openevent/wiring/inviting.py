"""Parts that the wiring of functions that invite people shares."""

from datetime import timedelta
from functools import partial

from openevent.adapters import clients
from openevent.adapters.counters import Counters
from openevent.adapters.database import Database
from openevent.delivery.suppression import find_suppression
from openevent.edge.settings import InviteSettings
from openevent.invites.letters import Letters
from openevent.invites.limits import InviteLimits
from openevent.invites.links import Links
from openevent.invites.services import Services
from openevent.wiring.mailing import mail_sender


def invite_services(settings: InviteSettings, database: Database) -> Services:
    """Return what the use cases of invites share."""
    return Services(
        database=database,
        letters=Letters(mail_sender(settings), settings.api_url, settings.frontend_url),
        limits=InviteLimits.of(
            Counters(clients.dynamodb(), settings.limits_table),
            failed_lookups_per_minute=settings.token_lookups_per_minute,
            mails_per_hour=settings.invite_mails_per_hour,
            mails_per_day=settings.invite_mails_per_day,
            mails_per_recipient_per_day=settings.invite_mails_per_recipient,
        ),
        links=Links(clients.dynamodb(), settings.limits_table),
        lasts=timedelta(days=settings.invite_days),
        suppression=partial(find_suppression, clients.ses_lookups()),
    )
