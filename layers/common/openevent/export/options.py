"""Options of an export, and the body of its request."""

from typing import Annotated

from pydantic import ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from openevent.catalogue.files import Dialect, Purpose
from openevent.catalogue.privacy import Privacy
from openevent.catalogue.table import MediaKind
from openevent.edge.validation import StrictModel
from openevent.programme.format import Format


class Options(StrictModel):
    """Options of an archive: its kinds of media files, its dialect, its readers, its purpose.

    `schedules`: whether an archive of the dialect `server` has the event's programme in the formats
    of calendars and apps as well. `tables`: whether it has the event's tables, as CSV and XLSX.
    `excel`: whether their CSV files begin with a byte-order mark, which tells Excel the encoding.
    `pages`: whether it has pages for people, and README.txt.
    """

    model_config = ConfigDict(serialize_by_alias=True)

    image: bool = False
    video: bool = False
    document: bool = False
    audio: bool = False
    # Strictness would refuse the names of an enumeration's members, which is how they come.
    dialect: Annotated[Dialect, Field(strict=False)] = Dialect.SERVER
    privacy: Annotated[Privacy, Field(strict=False)] = Privacy.FULL
    purpose: Annotated[Purpose | None, Field(strict=False, alias="for")] = None
    schedules: bool = True
    tables: bool = True
    excel: bool = False
    pages: bool = True

    @field_validator("purpose")
    @classmethod
    def _is_for_servers(cls, purpose: Purpose | None, others: ValidationInfo) -> Purpose | None:
        if purpose is not None and others.data.get("dialect") is Dialect.WEBAPP:
            raise PydanticCustomError("purpose", "Only the dialect server has archives for import")
        return purpose

    @property
    def has_schedules(self) -> bool:
        """Whether the archive has the programme's files."""
        return self.schedules and self.dialect is Dialect.SERVER

    @property
    def has_tables(self) -> bool:
        """Whether the archive has the event's tables."""
        return self.tables and self.dialect is Dialect.SERVER

    @property
    def has_pages(self) -> bool:
        """Whether the archive has pages for people."""
        return self.pages and self.dialect is Dialect.SERVER

    @property
    def shows_times(self) -> bool:
        """Whether the archive shows times of the event's clocks, beside its rows."""
        return self.has_schedules or self.has_tables or self.has_pages

    def wants(self, kind: MediaKind) -> bool:
        """Return whether media files of this kind are requested."""
        return bool(getattr(self, kind))


# Files of a programme alone are for anyone: their addresses are handed to calendars and apps.
SCHEDULE_OPTIONS = Options(privacy=Privacy.PUBLIC)

# The formats of such files, by the last segment of the paths that start them.
_SCHEDULES = {"ical": Format.ICAL, "xcal": Format.XCAL, "pentabarf": Format.XML}


def schedule_of(path: str) -> Format:
    """Return the format that a path asks for: `…/export/ical`."""
    return _SCHEDULES[path.rstrip("/").rpartition("/")[2]]


class ExportRequest(Options):
    """The body of a request: the archive's options, and whether it is a dry run."""

    dry_run: bool = False

    @property
    def options(self) -> Options:
        """The archive's options."""
        return Options(**self.model_dump(exclude={"dry_run"}))
