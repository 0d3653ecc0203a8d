"""What is asked for: the body of an export's request."""

from typing import Annotated

from pydantic import Field

from openevent.catalogue.files import Dialect
from openevent.catalogue.privacy import Privacy
from openevent.catalogue.table import MediaKind
from openevent.edge.validation import StrictModel


class Options(StrictModel):
    """What an archive is to be: which media is in it, whose keys it has, and who may read it."""

    image: bool = False
    video: bool = False
    document: bool = False
    audio: bool = False
    # Strictness would refuse the names of an enumeration's members, which is how they come.
    dialect: Annotated[Dialect, Field(strict=False)] = Dialect.SERVER
    privacy: Annotated[Privacy, Field(strict=False)] = Privacy.FULL

    def wants(self, medium: MediaKind) -> bool:
        """Whether media of this kind was asked for."""
        return bool(getattr(self, medium))


class ExportRequest(Options):
    """The body of a request: what the archive is to be, and whether to make it."""

    dry_run: bool = False

    @property
    def options(self) -> Options:
        """What the archive is to be."""
        return Options(**self.model_dump(exclude={"dry_run"}))
