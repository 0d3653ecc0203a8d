"""Bodies of web forms, as browsers send them."""

BOUNDARY = "----WebKitFormBoundaryq3oQAR1CKOZXrkbZ"
CONTENT_TYPE = f"multipart/form-data; boundary={BOUNDARY}"


def form(*parts: tuple[str, str | None, bytes]) -> bytes:
    """A form of fields and files: name, file name or None, and content of each."""
    body = b""
    for name, filename, content in parts:
        file = "" if filename is None else f'; filename="{filename}"'
        kind = "" if filename is None else "Content-Type: application/zip\r\n"
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n{kind}\r\n'
        body += head.encode() + content + b"\r\n"
    return body + f"--{BOUNDARY}--\r\n".encode()
