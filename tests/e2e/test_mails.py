"""States of mails, through the deployed rule, queue and function.

Addresses at SES's mailbox simulator behave as there.
"""

from typing import Any
from uuid import uuid4

from local.stack import Mail, Stack
from tests.e2e.exporting import start, until
from tests.e2e.test_invites import invite, new_event, register, somebody

NOTICE = "Your invitation to Kites did not arrive"

# The state, kind and reason for each address of the simulator.
SIMULATED = {
    "success": ("delivered", None, None),
    "bounce": ("bounced", "permanent", "no-mailbox"),
    "complaint": ("complaint", None, None),
    "ooto": ("delivered", None, None),
    "suppressionlist": ("bounced", "permanent", "earlier-bounce"),
}


def simulated(name: str) -> str:
    """An address of the simulator that no other test has."""
    return f"{name}+{uuid4().hex[:8]}@simulator.amazonses.com"


def test_an_invite_that_bounces_is_in_the_list_and_its_inviter_gets_one_mail(stack: Stack) -> None:
    owner = register(stack, somebody("owner"))
    event, token = new_event(stack, owner), stack.token(owner["id"])
    addresses = {name: simulated(name) for name in SIMULATED}
    for address in addresses.values():
        assert invite(stack, address, "moderator", event["id"], token).status == 201
    path = f"/v1/events/{event['id']}/role-invites"

    def states() -> dict[str, tuple[str, str | None, str | None]]:
        rows = stack.request("GET", path, token=token).json()["data"]
        shown = {row["attributes"]["email"]: row["attributes"]["delivery"] for row in rows}
        return {
            name: (shown[address]["state"], shown[address]["kind"], shown[address]["reason"])
            for name, address in addresses.items()
        }

    assert until(states, lambda found: found == SIMULATED) == SIMULATED

    bounced = stack.request("GET", f"{path}?filter[delivery]=bounced", token=token).json()
    listed = [row["attributes"]["email"] for row in bounced["data"]]
    assert listed == [addresses["bounce"], addresses["suppressionlist"]]
    assert bounced["meta"] == {"count": 2}
    sentence = bounced["data"][0]["attributes"]["delivery"]["sentence"]
    assert sentence == "The mailbox does not exist. Check the address."

    def notices() -> list[Mail]:
        return [mail for mail in stack.mails(owner["_email"]) if mail.subject == NOTICE]

    found = until(notices, lambda found: len(found) >= 2)
    assert sorted(
        address for address in listed for mail in found if address in mail.text
    ) == sorted(listed)


def test_a_suppressed_address_is_named_at_once(stack: Stack) -> None:
    owner = register(stack, somebody("owner"))
    event, token = new_event(stack, owner), stack.token(owner["id"])
    address = somebody("suppressed")
    stack.client("sesv2").put_suppressed_destination(EmailAddress=address, Reason="COMPLAINT")

    created = invite(stack, address, "moderator", event["id"], token).json()

    assert created["meta"]["reason"] == "earlier-complaint"
    assert created["data"]["attributes"]["delivery"]["state"] == "suppressed"
    assert stack.mails(address) == []


def test_a_task_shows_what_became_of_its_mail(stack: Stack) -> None:
    token, event = stack.tokens["owner"], stack.event["empty_id"]
    task = start(stack, event, token=token)

    def shown() -> Any:  # noqa: ANN401 - JSON
        return stack.request("GET", f"/v1/tasks/{task}", token=token).json()

    ended = until(shown, lambda found: found.get("mail", {}).get("state") == "delivered")
    assert ended["state"] == "SUCCESS"
