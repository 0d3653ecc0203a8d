"""Keys of the archives in the export bucket."""

from secrets import token_urlsafe

from openevent.export.job import Job


def archive_key(job: Job) -> str:
    """Return a new key for the job's archive; it cannot be guessed, and no two jobs share one."""
    return f"exports/{job.event_id}/zip/{token_urlsafe(16)}/event{job.event_id}.zip"
