"""Issue 11: each misconfiguration is named by the doctor, with the advice that corrects it."""

from contextlib import ExitStack

import pytest

from tests.factories import token
from tests.functions import JWT_KEY
from tests.integration.doctor.installation import Installation
from tests.integration.doctor.seeds import SEEDS, Seed

# None of these may be in an answer of the doctor.
SECRETS = (JWT_KEY, "wrong", "pass-of-an-url", "the-secret-of-an-invite")


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.name)
def test_a_misconfiguration_is_named_with_advice(installation: Installation, seed: Seed) -> None:
    with ExitStack() as ending:
        seed.sow(installation, ending)
        answer = installation.examine()

    place, state = (seed.area, seed.check), seed.state
    results = [f for f in answer["findings"] if (f["area"], f["check"]) == place]
    named = [f for f in results if seed.found in f["found"] and seed.advice in f["advice"]]
    assert [finding["state"] for finding in named] == [state] * len(named), results
    assert named, results
    assert answer["healthy"] is all(f["state"] != "fault" for f in answer["findings"])
    assert answer["healthy"] is False or state == "warning"
    assert not [secret for secret in SECRETS if secret in answer["table"]]


@pytest.mark.parametrize(
    ("claims", "key", "found", "advice"),
    [
        ({}, "another key, long enough for HS256", "signed with another key", "SECRET_KEY"),
        ({"exp": 1_700_000_000}, JWT_KEY, "has expired", "Log in"),
        ({"type": "refresh"}, JWT_KEY, "not an access token of a user", "Log in"),
        ({"identity": 999_999}, JWT_KEY, "user is not in the database", "active user"),
    ],
)
def test_a_pasted_token_says_what_is_wrong_with_the_key_or_with_itself(
    installation: Installation, claims: dict[str, object], key: str, found: str, advice: str
) -> None:
    pasted = token(installation.owner["id"], key, **claims)

    answer = installation.examine(token=f"JWT {pasted}")

    faults = [finding for finding in answer["findings"] if finding["state"] != "ok"]
    assert [(one["area"], one["check"]) for one in faults] == [("token key", "token")]
    assert found in faults[0]["found"]
    assert advice in faults[0]["advice"]
    assert pasted not in str(answer)


def test_a_text_that_is_no_token_is_called_so(installation: Installation) -> None:
    answer = installation.examine(token="my password")

    faults = [finding for finding in answer["findings"] if finding["state"] != "ok"]
    assert [one["found"] for one in faults] == ["The pasted text is not an access token."]
    assert "my password" not in str(answer)


def test_a_valid_token_is_all_right(installation: Installation) -> None:
    answer = installation.examine(token=token(installation.owner["id"], JWT_KEY))

    assert answer["healthy"] is True


def test_a_mail_is_sent_on_request_only(installation: Installation) -> None:
    installation.examine()
    assert installation.cloud.mails() == []

    assert installation.examine(mail_to="operator@example.com")["healthy"] is True

    assert [mail.destinations for mail in installation.cloud.mails()] == [
        {"ToAddresses": ["operator@example.com"]}
    ]
