"""A job that imports, and what makes two of its attempts the same."""

from dataclasses import dataclass

from openevent.rights.identity import User


@dataclass(frozen=True, slots=True)
class ImportCall:
    """An attempt of a job to import an archive.

    `task_id`: the job's id. `ends_at`: Unix time in seconds at which nothing works on this attempt
    any more, whatever happens.
    """

    user: User
    task_id: str
    ends_at: float
    dry_run: bool = False
    fetch: bool = False

    @property
    def event_id(self) -> int:
        """0: an import has no original."""
        return 0

    @property
    def key(self) -> str:
        """Key that makes all attempts of the job the same call."""
        return self.task_id

    def name(self) -> str:
        """Return the name of the job's intent."""
        return f"import#{self.task_id}"

    def fingerprint(self) -> str:
        """Return the same text for each attempt: a job does not change."""
        return self.task_id
