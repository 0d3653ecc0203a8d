"""Text of XML documents. Pure."""

from xml.etree.ElementTree import Element, indent, tostring


def text_of(document: Element) -> str:
    """Return an XML document as text in UTF-8, indented."""
    indent(document)
    made: bytes = tostring(document, encoding="UTF-8", xml_declaration=True)
    return f"{made.decode()}\n"
