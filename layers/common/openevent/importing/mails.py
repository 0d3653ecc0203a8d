"""The mails about the end of an import."""

from dataclasses import dataclass

from openevent.adapters import mail
from openevent.adapters.database import Rows, Transactions
from openevent.delivery.names import shown_name
from openevent.importing.job import ImportedRecord, ImportJob, ReportRecord
from openevent.importing.rows import note_end
from openevent.importing.source import RemarkKind
from openevent.jobs.notifier import Notifier
from openevent.jobs.record import State

# Remarks that a mail names; the others are counted.
NAMED = 10

# What each kind of remark means for the person, in the order of the mail.
_SENTENCES = {
    RemarkKind.SKIPPED: "{count} rows were not imported.",
    RemarkKind.MEDIA_MISSING: "{count} media files are not in the archive.",
    RemarkKind.MEDIA_REFUSED: "{count} media files were not imported.",
    RemarkKind.REFERENCE_DROPPED: "{count} references lead to rows that are not in the archive, "
    "and were dropped.",
    RemarkKind.REPAIRED: "{count} values were repaired.",
    RemarkKind.UNKNOWN: "{count} values have no place in this installation.",
    RemarkKind.NOT_SET: "{count} values are never taken from an archive, such as ids and states.",
    RemarkKind.WITHHELD: "{count} fields or files had been withheld when the archive was made.",
    RemarkKind.NOTICED: "{count} values should be looked at.",
}


@dataclass(frozen=True, slots=True)
class ImportNotifier(Notifier[ImportJob]):
    """Informs those who started imports: by the row of `import_jobs`, and by mail."""

    database: Transactions[Rows]

    def notify(self, job: ImportJob, owner: str) -> None:
        """Write the end of `job` into its row, and send the mail, unless it was sent or given up.

        Raises as `Notifier.notify` does, and `Unavailable` if the database does not answer.
        """
        if job.is_mail_due:
            note_end(self.database, job)
        Notifier.notify(self, job, owner)


@dataclass(frozen=True, slots=True)
class ImportLetters:
    """Writes mails to those who started imports."""

    frontend_url: str

    def write(self, job: ImportJob) -> mail.Message:
        """Return the mail about how `job` ended."""
        if job.state is State.SUCCESS and job.event is not None and job.report is not None:
            return self._done(job, job.event, job.report)
        return mail.render(
            "import_failed",
            "The import of $archive failed",
            {
                "archive": job.archive.name,
                "failure": job.failure or "",
                "reference": job.id,
                "frontend": self.frontend_url,
            },
        )

    def _done(self, job: ImportJob, event: ImportedRecord, report: ReportRecord) -> mail.Message:
        link = f"{self.frontend_url}/events/{event.identifier}"
        values = {
            "archive": job.archive.name,
            "event": shown_name(event.name),
            "link": link,
            "report": report_text(report),
            "invites": invites_text(report, job),
            "reference": job.id,
            "frontend": self.frontend_url,
        }
        if event.id is None:
            return mail.render("import_tried", "The trial import of $event is ready", values)
        return mail.render("import_done", "$event is imported", values)


def report_text(report: ReportRecord) -> str:
    """Return what an import wrote, and what differs from the archive, for a person."""
    written = sum(counts.get("written", 0) for counts in report.files.values())
    placed = report.media.get("placed", 0)
    lines = [f"{written} rows and {placed} media files were imported."]
    lines += [str(warning.get("detail", "")) for warning in report.warnings]
    lines += [
        sentence.format(count=report.remarks[kind])
        for kind, sentence in _SENTENCES.items()
        if report.remarks.get(kind)
    ]
    named = [
        f"- {remark.file}"
        + ("" if remark.id is None else f" {remark.id}")
        + ("" if remark.field is None else f", {remark.field}")
        + f": {remark.detail}"
        for remark in report.first[:NAMED]
    ]
    more = sum(report.remarks.values()) - len(named)
    if named and more > 0:
        named.append(f"- and {more} more; the report has all of them")
    return "\n".join([*lines, *named]) + "\n"


def invites_text(report: ReportRecord, job: ImportJob) -> str:
    """Return how the archive's team can be invited, for a person; empty if there is none."""
    if not report.invites_count or job.options.dry_run:
        return ""
    return (
        f"The archive names {report.invites_count} people of the event's team. They were not "
        "invited. You are the event's owner, and can invite them on its page.\n"
    )
