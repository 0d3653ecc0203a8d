"""Text of XML documents. Pure."""

from xml.etree.ElementTree import Element, indent, tostring

# A document's first line, as `ElementTree` writes it.
DECLARATION = "<?xml version='1.0' encoding='UTF-8'?>"


def text_of(document: Element) -> str:
    """Return an XML document as text in UTF-8, indented."""
    indent(document)
    return f"{DECLARATION}\n{tostring(document, encoding='unicode')}\n"
