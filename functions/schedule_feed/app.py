"""The public feed of an event's schedule."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from openevent.edge import http
from openevent.edge.settings import ScheduleFeedSettings
from openevent.feed.answer import CONDITIONS, answer
from openevent.programme.format import Format
from openevent.wiring.schedule_feed import ScheduleFeedWiring

logger = Logger()
wiring = ScheduleFeedWiring(ScheduleFeedSettings.load())
api = http.Api(["*"], allow_headers=CONDITIONS, answers_head=True)


@api.get("/events/<event_identifier>/schedule.ics")
def ical(event_identifier: str) -> Response[str]:
    """Answer with the schedule as iCalendar (RFC 5545)."""
    return _answer(event_identifier, Format.ICAL)


@api.get("/events/<event_identifier>/schedule.xcs")
def xcal(event_identifier: str) -> Response[str]:
    """Answer with the schedule as xCal (RFC 6321)."""
    return _answer(event_identifier, Format.XCAL)


@api.get("/events/<event_identifier>/schedule.xml")
def schedule_xml(event_identifier: str) -> Response[str]:
    """Answer with the schedule as frab's XML."""
    return _answer(event_identifier, Format.XML)


@api.get("/events/<event_identifier>/schedule.json")
def schedule_json(event_identifier: str) -> Response[str]:
    """Answer with the schedule as frab's JSON."""
    return _answer(event_identifier, Format.JSON)


def _answer(event_identifier: str, format_: Format) -> Response[str]:
    schedule = wiring.feed.find(event_identifier)
    seconds = wiring.settings.schedule_check_seconds
    return answer(schedule, format_, api.current_event, seconds=seconds)


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer API Gateway."""
    return api.handle(event, context)
