"""Slides of a talk: a small PDF with a title page and three more pages."""

from collections.abc import Sequence
from textwrap import wrap

_PAGE = "0 0 720 405"
_OUTLINE = (
    ("Why", ("What people tried before", "Where it hurt", "What we wanted instead")),
    (
        "How",
        ("One small thing at a time", "Measured, then changed", "Written down for the next one"),
    ),
    ("Now", ("What works since", "What does not yet", "How you can join in")),
)


def slides(title: str) -> bytes:
    """Return a PDF of four pages; letters that Western European fonts lack become `?`."""
    cover = _page(wrap(title, 32), (), 34)
    pages = [cover, *(_page([head], points, 30) for head, points in _OUTLINE)]
    # Objects 1 to 3 are the catalog, the list of pages and the font, followed by page, content, …
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} /MediaBox [{_PAGE}] >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for content in pages:
        objects += [
            f"<< /Type /Page /Parent 2 0 R /Resources << /Font << /F 3 0 R >> >> "
            f"/Contents {len(objects) + 2} 0 R >>".encode(),
            b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content),
        ]
    return _file(objects)


def _page(heading: Sequence[str], points: Sequence[str], size: int) -> bytes:
    lines = [f"BT /F {size} Tf 60 320 Td {size * 1.3:.0f} TL"]
    lines += [f"({_escaped(line)}) Tj T*" for line in heading]
    lines += ["/F 20 Tf 34 TL T*"]
    lines += [f"(\u2022  {_escaped(point)}) Tj T*" for point in points]
    return "\n".join([*lines, "ET"]).encode("cp1252", "replace")


def _escaped(words: str) -> str:
    return words.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def _file(objects: Sequence[bytes]) -> bytes:
    """Return a PDF file of these objects, numbered from 1; the first is the catalog."""
    body = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, content in enumerate(objects, 1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = len(body)
    body += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    body += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    body += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        table,
    )
    return bytes(body)
