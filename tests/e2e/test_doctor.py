"""Issue 11: the doctor of the deployed template, which finds nothing to do in the local cloud."""

from typing import Any

from local import doctor
from local.stack import Stack
from local.tokens import token


def examine(stack: Stack, **request: str) -> dict[str, Any]:
    return doctor.examine(doctor.client_of(stack), stack.functions["doctor"], request)


def test_the_local_cloud_is_healthy_by_the_rights_of_the_doctors_own_role(stack: Stack) -> None:
    to = "operator@example.com"
    # The first examination starts the functions of all paths.
    examine(stack)

    answer = examine(stack, token=stack.tokens["organizer"], mail_to=to)

    assert [finding for finding in answer["findings"] if finding["state"] != "ok"] == []
    assert answer["healthy"] is True
    assert [mail.subject for mail in stack.mails(to)] == ["Test mail of Open Event's functions"]
    listed = stack.client("s3").list_objects_v2(Bucket=stack.export_bucket, Prefix="doctor/")
    assert listed["KeyCount"] == 0


def test_a_token_of_another_key_is_found(stack: Stack) -> None:
    other = token(stack.users["organizer"], "another key, long enough for HS256")

    answer = examine(stack, token=other)

    [found] = [one for one in answer["findings"] if one["check"] == "token"]
    assert (found["state"], found["area"]) == ("fault", "token key")
    assert "SECRET_KEY" in found["advice"]
    assert answer["healthy"] is False
