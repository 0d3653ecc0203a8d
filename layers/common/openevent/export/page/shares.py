"""Contents of an archive as a bar: what each kind of file takes of it. Pure."""

from collections.abc import Mapping

from openevent.export.contents_by_kind import ContentKind, KindRecord
from openevent.export.page.model import Contents, Share
from openevent.export.readable import counted, readable_size

_NAMES: Mapping[ContentKind, str] = {
    ContentKind.DATA: "Data",
    ContentKind.IMAGES: "Images",
    ContentKind.VIDEOS: "Videos",
    ContentKind.AUDIO: "Audio",
    ContentKind.DOCUMENTS: "Documents",
    ContentKind.SCHEDULES: "Schedules",
    ContentKind.TABLES: "Tables",
    ContentKind.PAGES: "Web pages",
}

# Percent of the bar that the smallest kind takes, so that people can see it.
SMALLEST = 1.5


def contents_view(recorded: Mapping[str, KindRecord]) -> Contents | None:
    """Return the bar of what was `recorded` by kind; None if nothing was."""
    found = [(kind, recorded[kind]) for kind in ContentKind if kind in recorded]
    if not found:
        return None
    weights = _weights([record.bytes for _, record in found])
    shares: list[Share] = []
    start = 0.0
    for (kind, record), width in zip(found, weights, strict=True):
        detail = f"{readable_size(record.bytes)}, {counted(record.files, 'file')}"
        shares.append(Share(kind, _NAMES[kind], detail, round(start, 2), round(width, 2)))
        start += width
    total = sum(record.bytes for _, record in found)
    return Contents(f"{readable_size(total)} when unpacked", tuple(shares))


def _weights(sizes: list[int]) -> list[float]:
    """Return the percent of the bar for each size: at least `SMALLEST`, and 100 together."""
    total = sum(sizes) or len(sizes)
    shown = [max(SMALLEST, 100 * size / total) for size in sizes]
    return [100 * width / sum(shown) for width in shown]
