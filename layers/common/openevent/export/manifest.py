"""The archive's manifest: what is in the archive, and what is not."""

import json

from openevent.archive.writer import Archive
from openevent.catalogue.files import FORMAT_VERSION, MANIFEST_FILE, Dialect
from openevent.catalogue.privacy import Privacy
from openevent.export.findings import Findings
from openevent.export.job import Job
from openevent.export.skipped_list import SkippedList
from openevent.rights.events import Event


def write_manifest(
    archive: Archive, job: Job, event: Event, findings: Findings, skipped: SkippedList
) -> None:
    """Write the manifest as the archive's last file, its lists one line an entry."""
    options = job.options
    # The readers of other dialects publish everything in the archive.
    named = options.privacy is not Privacy.PUBLIC and options.dialect is Dialect.SERVER
    head = {
        "format_version": FORMAT_VERSION,
        "task_id": job.id,
        "created_at": job.created_at,
        "requested_by": job.user_email if named else None,
        "event": {"id": event.id, "identifier": event.identifier, "name": event.name},
        "options": options.model_dump(),
        "warnings": findings.warnings,
        "withheld": findings.withheld,
    }
    lists = {
        "repaired": findings.repaired(),
        "skipped": skipped.lines(),
        "files": archive.listed(),
    }
    with archive.data_file(MANIFEST_FILE) as manifest:
        manifest.write(json.dumps(head, ensure_ascii=False, indent=4).removesuffix("\n}"))
        for key, texts in lists.items():
            manifest.write(f',\n    "{key}": [')
            for number, text in enumerate(texts):
                manifest.write(f"{',' if number else ''}\n        {text}")
            manifest.write("\n    ]")
        manifest.write("\n}")
