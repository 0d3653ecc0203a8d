"""Options of an export, and the body of its request."""

from typing import Annotated

from pydantic import Field

from openevent.catalogue.files import Dialect
from openevent.catalogue.privacy import Privacy
from openevent.catalogue.table import MediaKind
from openevent.edge.validation import StrictModel


class Options(StrictModel):
    """Options of an archive: the kinds of media files in it, its dialect, and who may read it."""

    image: bool = False
    video: bool = False
    document: bool = False
    audio: bool = False
    # Strictness would refuse the names of an enumeration's members, which is how they come.
    dialect: Annotated[Dialect, Field(strict=False)] = Dialect.SERVER
    privacy: Annotated[Privacy, Field(strict=False)] = Privacy.FULL

    def wants(self, kind: MediaKind) -> bool:
        """Return whether media files of this kind are requested."""
        return bool(getattr(self, kind))


class ExportRequest(Options):
    """The body of a request: the archive's options, and whether it is a dry run."""

    dry_run: bool = False

    @property
    def options(self) -> Options:
        """The archive's options."""
        return Options(**self.model_dump(exclude={"dry_run"}))
