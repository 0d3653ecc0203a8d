"""Parts that documents of the `webapp` dialect have in common. Pure."""

from openevent.catalogue.files import DataFile
from openevent.export.dialects.webapp_cells import Cells, Values
from openevent.export.repairs import RepairKind
from openevent.export.rows.row import address_in

Document = dict[str, object]


def both(name: str, value: object) -> Document:
    """Return `value` by its name with underscores, and by its name with hyphens."""
    return {name: value, name.replace("_", "-"): value}


def spelt(name: str, address: str | None) -> Document:
    """Return `address` by the two names that readers have for it."""
    return {name: address, f"{name}-url": address}


def without_media(cells: Cells, file: DataFile, row: Values) -> Document:
    """Return the keys of media files, with their values as long as the files are not fetched.

    A placeholder for a picture that the row does not have is a repair.
    """
    for field in file.media:
        if field.placeholder is not None and address_in(row.get(field.column)) is None:
            cells.note(RepairKind.PICTURE_REPLACED, file, row, field.column)
    return {key: field.without_file for field in file.media for key in field.keys}
