"""Bodies of a copy: those that are accepted, and those that are refused."""

from datetime import datetime

import pytest

from openevent.copying.request import CopyRequest
from openevent.edge.validation import validated
from openevent.errors import Invalid


def test_everything_is_optional() -> None:
    request = validated(CopyRequest, {})
    assert request.model_dump() == {
        "name": None,
        "keep_name": False,
        "starts_at": None,
        "include": [],
        "exclude": [],
        "dry_run": False,
    }


def test_issue_11_a_name_and_the_original_s_exclude_each_other() -> None:
    with pytest.raises(Invalid) as raised:
        validated(CopyRequest, {"name": "Next", "keep_name": True})
    (problem,) = raised.value.problems
    assert (problem.code, problem.pointer) == ("invalid-field", "/keep_name")
    assert validated(CopyRequest, {"name": None, "keep_name": True}).keep_name


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
        ({"starts_at": "1969-12-31T23:59:59Z"}, "/starts_at", "date-out-of-range"),
        ({"starts_at": "1970-01-01T00:30:00+01:00"}, "/starts_at", "date-out-of-range"),
        ({"starts_at": "2101-01-01T00:00:00Z"}, "/starts_at", "date-out-of-range"),
        ({"starts_at": "2100-12-31T23:30:00-01:00"}, "/starts_at", "date-out-of-range"),
        ({"starts_at": "0001-01-01T00:00:00+14:00"}, "/starts_at", "date-out-of-range"),
        ({"starts_at": "9999-12-31T23:00:00-14:00"}, "/starts_at", "date-out-of-range"),
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


@pytest.mark.parametrize("start", ["1970-01-01T00:00:00Z", "2100-12-31T23:59:59+00:00"])
def test_defect_12_an_event_may_start_from_1970_to_2100(start: str) -> None:
    """Issue 10: offsets before about 1900 have seconds, which RFC 3339 does not know."""
    assert validated(CopyRequest, {"starts_at": start}).starts_at == datetime.fromisoformat(start)


def test_all_problems_are_named_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        validated(CopyRequest, {"name": "", "dry_run": None, "more": 1})
    assert [p.pointer for p in refused.value.problems] == ["/name", "/dry_run", "/more"]
