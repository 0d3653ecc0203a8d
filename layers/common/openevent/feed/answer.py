"""Answers to polls of a schedule, as HTTP has them."""

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent

from openevent.feed.conditional import etag, http_date, is_unchanged
from openevent.feed.files import Schedule
from openevent.programme.format import Format
from openevent.programme.formats import FORMATS

# Request headers that web pages of other origins may send with a poll.
CONDITIONS = ("If-None-Match", "If-Modified-Since")


def answer(
    schedule: Schedule, format_: Format, request: APIGatewayProxyEvent, *, seconds: int
) -> Response[str]:
    """Answer with a file of the schedule, or with 304 if the client's copy is still right.

    Every cache may keep the answer for `seconds`, and the pages of every origin may read it.
    """
    written, file = FORMATS[format_], schedule.files[format_]
    if_none_match, if_since = map(request.headers.get, CONDITIONS)
    unchanged = is_unchanged(
        file.digest, schedule.since, if_none_match=if_none_match, if_since=if_since
    )
    return Response(
        status_code=304 if unchanged else 200,
        content_type=written.content_type,
        body="" if unchanged else file.text,
        headers={
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Expose-Headers": "ETag, Last-Modified",
            "Cache-Control": f"public, max-age={seconds}",
            "Content-Disposition": f'inline; filename="{written.name}"',
            "ETag": etag(file.digest),
            "Last-Modified": http_date(schedule.since),
            "Vary": "Accept-Encoding",
            "X-Content-Type-Options": "nosniff",
        },
    )
