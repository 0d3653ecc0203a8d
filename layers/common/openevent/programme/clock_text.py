"""Times and lengths as schedule.xml and schedule.json write them. Pure."""

from datetime import datetime, timedelta

GENERATOR = "Open Event serverless functions"

# The grid of times that apps draw.
TIMESLOT = "00:05"

# Apps read hours below 24 alone.
_LONGEST = timedelta(hours=23, minutes=59)


def moment_text(moment: datetime) -> str:
    """Return a moment with its offset: `2027-03-28T09:00:00+02:00`."""
    return moment.isoformat()


def start_text(moment: datetime) -> str:
    """Return what a clock shows: `09:00`."""
    return f"{moment:%H:%M}"


def duration_text(duration: timedelta) -> str:
    """Return a length in hours and minutes: `01:30`."""
    hours, minutes = divmod(duration // timedelta(minutes=1), 60)
    return f"{hours:02}:{minutes:02}"


def day_duration(duration: timedelta) -> str:
    """Return a length as `duration_text` does, but at most 23:59."""
    return duration_text(min(duration, _LONGEST))
