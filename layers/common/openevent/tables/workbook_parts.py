"""Parts of a workbook in XLSX (ECMA-376) that are the same for every table. Pure."""

from collections.abc import Sequence

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"

# Places of the cells' formats in the list of `styles`.
HEADER, MOMENT, LINK = 1, 2, 3


def content_types(sheets: int) -> str:
    """Return the part that names the types of all parts."""
    parts = {"workbook": "sheet.main", "styles": "styles"}
    parts |= {f"worksheets/sheet{number}": "worksheet" for number in range(1, sheets + 1)}
    overrides = "".join(
        f'<Override PartName="/xl/{name}.xml" ContentType="{_TYPE}.{kind}+xml"/>'
        for name, kind in parts.items()
    )
    return (
        f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
        f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.'
        f'relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
        f"{overrides}</Types>"
    )


def package_relations() -> str:
    """Return the part that says which part is the workbook."""
    return relations([relation(1, "officeDocument", "xl/workbook.xml")])


def workbook(titles: Sequence[str]) -> str:
    """Return the workbook, given the titles of its sheets: plain words of 31 characters at most."""
    sheets = "".join(
        f'<sheet name="{title}" sheetId="{number}" r:id="rId{number}"/>'
        for number, title in enumerate(titles, 1)
    )
    return (
        f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>{sheets}</sheets>'
        "</workbook>"
    )


def workbook_relations(sheets: int) -> str:
    """Return the part that says where the workbook's sheets and styles are."""
    entries = [
        relation(number, "worksheet", f"worksheets/sheet{number}.xml")
        for number in range(1, sheets + 1)
    ]
    return relations([*entries, relation(sheets + 1, "styles", "styles.xml")])


def relation(number: int, kind: str, target: str, *, external: bool = False) -> str:
    """Return an entry of a part of relations. `target`: escaped, for an attribute."""
    mode = ' TargetMode="External"' if external else ""
    return f'<Relationship Id="rId{number}" Type="{_RELATIONS}/{kind}" Target="{target}"{mode}/>'


def relations(entries: Sequence[str]) -> str:
    """Return a part of relations."""
    head, end = relations_around()
    return f"{head}{''.join(entries)}{end}"


def relations_around() -> tuple[str, str]:
    """Return what precedes and what follows the entries of a part of relations."""
    return f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">', "</Relationships>"


def sheet_head(widths: Sequence[float]) -> str:
    """Return the beginning of a sheet whose first row stays in view. `widths`: in characters."""
    columns = "".join(
        f'<col min="{number}" max="{number}" width="{width}" customWidth="1"/>'
        for number, width in enumerate(widths, 1)
    )
    return (
        f'{_XML}<worksheet xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheetViews>'
        '<sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft"'
        ' state="frozen"/></sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/>'
        f"<cols>{columns}</cols><sheetData>"
    )


def styles() -> str:
    """Return the formats of cells: plain text, headers, moments and links."""
    font = '<sz val="11"/>{}<name val="Calibri"/><family val="2"/>'
    blue = font.format('<color rgb="FF0563C1"/>')
    fonts = (font.format(""), f"<b/>{font.format('')}", f"<u/>{blue}")
    formats = (
        '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>',
        '<xf numFmtId="0" fontId="1" fillId="2" borderId="0" xfId="0" applyFill="1"/>',
        '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>',
        '<xf numFmtId="0" fontId="2" fillId="0" borderId="0" xfId="0" applyFont="1"/>',
    )
    return (
        f'{_XML}<styleSheet xmlns="{_MAIN}">'
        '<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/>'
        "</numFmts>"
        f'<fonts count="3">{"".join(f"<font>{one}</font>" for one in fonts)}</fonts>'
        '<fills count="3"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill>'
        '<fill><patternFill patternType="solid"><fgColor rgb="FFE7ECF3"/><bgColor indexed="64"/>'
        "</patternFill></fill></fills>"
        '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>'
        "</cellStyleXfs>"
        f'<cellXfs count="{len(formats)}">{"".join(formats)}</cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
        "</styleSheet>"
    )
