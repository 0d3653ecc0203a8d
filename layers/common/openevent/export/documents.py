"""Presentation of exports as JSON: the answer to their start, and JSON:API resources."""

from typing import Any

from openevent.export.job import Job, task_url


def started(job: Job, page_url: str) -> dict[str, Any]:
    """Return the answer to the start of `job`; `page_url`: of its page, for the caller."""
    return {"task_url": task_url(job), "page_url": page_url}


def resource(job: Job, page_url: str) -> dict[str, Any]:
    """Return `job` as a JSON:API resource of the type `export`."""
    archive = job.archive
    return {
        "type": "export",
        "id": job.id,
        "attributes": {
            "state": job.state,
            "created-at": job.created_at,
            "finished-at": job.finished_at,
            "requested-by": job.user_email,
            "format": job.format,
            "options": job.options.model_dump(),
            "size": None if archive is None else archive.size,
            "expires-at": None if archive is None else archive.expires_at,
            "skipped": None if archive is None else archive.skipped_count,
            "path": None if archive is None else archive.path,
            "page-url": page_url,
        },
        "links": {"self": task_url(job)},
    }
