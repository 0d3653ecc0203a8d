"""Options of an import, and the body of a request for an upload."""

import json
from typing import Annotated

from pydantic import Field, StringConstraints

from openevent.edge.validation import StrictModel, validated
from openevent.errors import Invalid

# Ending of the names of archives, as Open Event's server accepts it: in lower case.
SUFFIX = ".zip"

# Characters of a file's name.
MAX_NAME = 255


class ImportOptions(StrictModel):
    """Options of an import.

    `dry_run`: report what would be imported, and write nothing. `fetch`: fetch media files whose
    addresses are outside of the archive; otherwise the addresses are kept.
    """

    dry_run: bool = False
    fetch: bool = False


class UploadRequest(ImportOptions):
    """The body of a request for an upload.

    `size`: of the archive, in bytes. `sha256`: of the archive, 64 hexadecimal digits.
    """

    name: Annotated[str, StringConstraints(max_length=MAX_NAME, pattern=r"(?s)^.+\.zip$")]
    size: Annotated[int, Field(ge=1)]
    sha256: Annotated[str, StringConstraints(to_lower=True, pattern=r"^[0-9a-fA-F]{64}$")]

    @property
    def options(self) -> ImportOptions:
        """The import's options."""
        return ImportOptions(dry_run=self.dry_run, fetch=self.fetch)


def options_of(text: bytes | None) -> ImportOptions:
    """Read the field `options` of a form: a JSON object. Raises `Invalid`."""
    if text is None:
        return ImportOptions()
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Invalid(
            "invalid-field", "The field options must be a JSON object.", pointer="/options"
        ) from error
    return validated(ImportOptions, document, at="/options")
