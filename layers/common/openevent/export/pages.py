"""Presentation of exports: as JSON:API resources, and as the page of a link that cannot be used."""

from typing import Any

from openevent.errors import OpenEventError
from openevent.export.job import Job
from openevent.export.server_list import task_url
from openevent.pages.page import Page, render


def resource(job: Job) -> dict[str, Any]:
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
            "format": job.schedule or "zip",
            "options": job.options.model_dump(),
            "size": None if archive is None else archive.size,
            "expires-at": None if archive is None else archive.expires_at,
            "skipped": None if archive is None else archive.skipped_count,
            "path": None if archive is None else archive.path,
        },
        "links": {"self": task_url(job)},
    }


def refusal(error: OpenEventError) -> Page:
    """Return a page that says why the archive cannot be downloaded."""
    heading = "The archive cannot be downloaded"
    return render("refusal", {"heading": heading, "detail": str(error)})
