"""Actions on invites at the same moment, each in a process of its own, as Lambda runs them."""

import multiprocessing
import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing.synchronize import Barrier
from typing import Any
from unittest.mock import patch

from openevent.adapters.counters import Counters
from openevent.adapters.credentials import Credentials
from openevent.adapters.database import Database
from openevent.adapters.schema import Schema
from openevent.delivery.sender import Sender
from openevent.delivery.store import DeliveryStore
from openevent.errors import OpenEventError
from openevent.invites.answer_invite import answer_invite
from openevent.invites.change_invite import change_invite
from openevent.invites.create_invite import create_invite
from openevent.invites.delete_invite import delete_invite
from openevent.invites.letters import Letters
from openevent.invites.limits import InviteLimits
from openevent.invites.links import Links
from openevent.invites.resend_invite import resend_invite
from openevent.invites.services import Services
from openevent.rights.identity import Claims
from tests.aws import played_aws
from tests.integration.invites.conftest import (
    create_deliveries_table,
    create_limits_table,
    dynamodb,
)
from tests.integration.invites.driver import Outbox

# Done once here, before the processes are forked: the first call takes longer than an action.
with played_aws():
    create_limits_table()

# Seconds that all processes have to start; a process that dies must not let the others wait.
STARTS_WITHIN = 1200


@dataclass(frozen=True)
class Action:
    """One of `ACTIONS`, as a user, with its arguments."""

    name: str
    user_id: int
    arguments: tuple[Any, ...]


@dataclass(frozen=True)
class Done:
    """The end of an action: the code of its refusal, None if it succeeded; the mails it sent."""

    action: Action
    refusal: str | None
    mails: int


@dataclass(frozen=True)
class World:
    """A database, and the schema that was read from it (reading it takes longer than an action)."""

    database_url: str
    schema: tuple[str, Schema]


ACTIONS: dict[str, Callable[..., object]] = {
    "answer": answer_invite,
    "create": create_invite,
    "change": change_invite,
    "resend": resend_invite,
    "delete": delete_invite,
}


def at_once(world: World, actions: Sequence[Action]) -> list[Done]:
    """Start a process for each action, and let all of them begin when the last one is ready."""
    context = multiprocessing.get_context("forkserver")
    # All processes are forked from one that has imported this module; it finds it by this path.
    context.set_forkserver_preload([__name__])
    start = context.Barrier(len(actions), timeout=STARTS_WITHIN)
    with (
        patch.dict("os.environ", {"PYTHONPATH": os.pathsep.join(sys.path)}),
        ProcessPoolExecutor(
            len(actions), context, initializer=_wait_at, initargs=(start,)
        ) as processes,
    ):
        return list(processes.map(partial(_run, world), actions))


def _wait_at(start: Barrier) -> None:
    """Remember where this process waits for the others."""
    _start.append(start)


_start = list[Barrier]()


def _run(world: World, action: Action) -> Done:
    outbox = Outbox()
    with played_aws():
        create_limits_table()
        create_deliveries_table()
        services = _services(world, outbox)
        claims = Claims(action.user_id, datetime.now(UTC))
        _start[0].wait()
        try:
            ACTIONS[action.name](services, claims, *action.arguments)
        except OpenEventError as error:
            return Done(action, error.code, len(outbox.mails))
        return Done(action, None, len(outbox.mails))


def _services(world: World, outbox: Outbox) -> Services:
    database = Database(lambda: Credentials.from_url(world.database_url))
    database._read = world.schema
    client: Any = outbox
    counters = Counters(dynamodb(), "limits")
    deliveries = DeliveryStore(dynamodb(), "deliveries")
    sender = Sender(client, deliveries, "noreply@example.com", "open-event")
    return Services(
        database,
        Letters(sender, "https://api.example.com", "https://events.example.com"),
        InviteLimits.of(counters, failed_lookups_per_minute=10, mails_per_hour=10),
        Links(dynamodb(), "limits"),
        timedelta(days=7),
        suppression=lambda _address: None,
    )
