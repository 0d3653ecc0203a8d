"""Limits of what is read from an archive. Pure.

They bound the memory and the time of a worker, whatever the archive says of itself. The figures are
far above those of real events: the largest sample of Open Event has 500 sessions and 3 MB of JSON.
"""

from dataclasses import dataclass

_KIB, _MIB, _GIB = 1024, 1024**2, 1024**3


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one archive; sizes are in bytes of uncompressed data.

    Entries: `entries`, their `name_bytes`, the `depth` of their folders, and `directory_bytes`,
    what the ZIP directory takes. `entry_ratio` is the highest ratio of an entry's size to what it
    takes in the archive, for entries above `ratio_from`; deflate reaches 1,032, and indented JSON
    of equal rows about 150.

    Data: `data_bytes` of a JSON file, `row_characters` of one row, `rows` of all files together,
    `depth_of_json` of a JSON value in a column.
    """

    entries: int = 50_000
    name_bytes: int = 512
    depth: int = 8
    directory_bytes: int = 16 * _MIB
    entry_ratio: int = 500
    ratio_from: int = _MIB
    data_bytes: int = 128 * _MIB
    manifest_bytes: int = 16 * _MIB
    media_bytes: int = 512 * _MIB
    total_bytes: int = 8 * _GIB
    row_characters: int = 2 * _MIB
    rows: int = 200_000
    depth_of_json: int = 16


DEFAULT = Limits()
