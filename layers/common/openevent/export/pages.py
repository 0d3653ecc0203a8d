"""Presentation of exports: as JSON:API resources, and as the page of a link that cannot be used."""

import html
from typing import Any

from openevent.errors import OpenEventError
from openevent.export.job import Job
from openevent.export.server_list import task_url

_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width">
<style>
body {{ font: 1.1rem/1.5 sans-serif; max-width: 34rem; margin: 15vh auto; padding: 0 1rem }}
h1 {{ font-size: 1.4rem }}
</style></head>
<body><h1>{title}</h1><p>{detail}</p></body>
</html>
"""


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


def refusal(error: OpenEventError) -> str:
    """Return a page that says why the archive cannot be downloaded."""
    return _PAGE.format(title="The archive cannot be downloaded", detail=html.escape(str(error)))
