"""The answer to a copy: what was copied, or would be."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from aws_lambda_powertools import Logger

from openevent.catalogue.table import EVENTS, Constant
from openevent.catalogue.zones import find_zone
from openevent.copying.dates import DateInUse, written
from openevent.copying.media import MediaInUse
from openevent.copying.plan import CopyPlan
from openevent.media.places import BUCKET_UNUSED

logger = Logger(child=True)


def describe_media(media: MediaInUse, gone: set[str]) -> dict[str, Any]:
    """Describe the media files; `gone`: keys that have no object."""
    sources = {copy.source for copy in media.copies.values()}
    return {
        "copied": len(sources - gone),
        "gone": sorted(address for address, copy in media.copies.items() if copy.source in gone),
        "foreign": sorted(media.foreign),
        "kept": sorted(media.kept),
    }


def describe_dates(
    moved: Sequence[tuple[DateInUse, datetime]], timezone: str | None
) -> list[dict[str, Any]]:
    """Describe the dates that move, before and after, in the event's timezone."""
    zone, _ = find_zone(timezone)
    return [
        {
            "table": date.table,
            "column": date.column,
            "rows": date.rows,
            "before": written(date.date, zone),
            "after": written(after, zone),
        }
        for date, after in moved
    ]


def reset_columns(
    plan: CopyPlan, counts: Mapping[str, int], overrides: Mapping[str, Constant]
) -> list[str]:
    """Return the columns that do not keep their value, of tables of which rows are copied."""
    columns = [column for table in plan.tables if counts[table.table] for column in table.reset]
    if "group_id" in overrides:
        columns.append(f"{EVENTS}.group_id")
    return columns


def warnings(plan: CopyPlan, media: MediaInUse) -> list[dict[str, str | None]]:
    """Return what of the event may be missing in the copy, and whether the bucket is of no use."""
    found: list[dict[str, str | None]] = [
        {"code": remark.code, "table": remark.table, "column": remark.column}
        for remark in plan.remarks
        if remark.lost
    ]
    if media.misses_bucket:
        logger.warning("No media address of the event leads to the media bucket")
        found.append({"code": BUCKET_UNUSED, "table": None, "column": None})
    return found
