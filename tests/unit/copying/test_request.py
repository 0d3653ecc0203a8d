"""What may be in the body of a copy."""

from datetime import datetime

import pytest

from openevent.copying.request import CopyRequest
from openevent.edge.validation import validated
from openevent.errors import Invalid


def test_everything_is_optional() -> None:
    request = validated(CopyRequest, {})
    assert request.model_dump() == {
        "name": None,
        "starts_at": None,
        "include": [],
        "exclude": [],
        "dry_run": False,
    }


def test_everything_that_can_be_asked_for() -> None:
    request = validated(
        CopyRequest,
        {
            "name": "  Next year ",
            "starts_at": "2027-05-01T09:00:00Z",
            "include": ["sessions"],
            "exclude": ["discount_codes", "tags"],
            "dry_run": True,
        },
    )
    assert request.name == "Next year"
    assert request.starts_at == datetime.fromisoformat("2027-05-01T09:00:00+00:00")
    assert request.exclude == ["discount_codes", "tags"]


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"name": ""}, "/name", "invalid-field"),
        ({"name": "   "}, "/name", "invalid-field"),
        ({"name": 7}, "/name", "invalid-field"),
        ({"name": "x" * 1001}, "/name", "invalid-field"),
        ({"name": "\ud800"}, "/name", "invalid-field"),
        ({"starts_at": "2027-05-01T09:00:00"}, "/starts_at", "invalid-field"),
        ({"starts_at": "next year"}, "/starts_at", "invalid-field"),
        ({"starts_at": 1_800_000_000}, "/starts_at", "invalid-field"),
        ({"include": ["orders"]}, "/include/0", "invalid-field"),
        ({"include": "sessions"}, "/include", "invalid-field"),
        ({"exclude": ["tags", "events"]}, "/exclude/1", "invalid-field"),
        ({"exclude": [["tags"]]}, "/exclude/0", "invalid-field"),
        ({"dry_run": "true"}, "/dry_run", "invalid-field"),
        ({"dry_run": 1}, "/dry_run", "invalid-field"),
        ({"with_orders": True}, "/with_orders", "unknown-field"),
    ],
)
def test_anything_else_is_refused(body: dict[str, object], pointer: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        validated(CopyRequest, body)
    assert [(p.pointer, p.code) for p in refused.value.problems] == [(pointer, code)]


def test_all_problems_are_named_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        validated(CopyRequest, {"name": "", "dry_run": None, "more": 1})
    assert [p.pointer for p in refused.value.problems] == ["/name", "/dry_run", "/more"]
