"""A real browser for tests of pages: headless Chromium, an accessibility checker, a validator.

One process of Node.js with one Chromium serves a whole run of pytest; each visit has a context of
its own, without cookies or a cache. The browser reaches 127.0.0.1 and files, nothing else: requests
to other hosts are recorded and refused. The fixture `browser` (tests/conftest.py) starts it.
"""

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tests import node

SCREENSHOTS = Path(__file__).parent.parent / ".local" / "screenshots"
PHONE = 360
DESK = 1200


@dataclass(frozen=True, slots=True)
class Visit:
    """The view of a page's visitor, after the page was loaded and the clicks were made.

    `requests`: addresses that were asked for, in order. `errors`: errors and warnings of the
    console. `overflow`: pixels by which the page is wider than the window. `source`: the document
    that was received. `invalid`: what html-validate says about it. `violations`: what axe says
    about the page that is shown. `screenshot`: the file with the picture of the whole page.
    """

    address: str
    status: int
    headers: Mapping[str, str]
    title: str
    text: str
    source: str
    requests: Sequence[str]
    errors: Sequence[str]
    overflow: int
    invalid: Sequence[str]
    violations: Sequence[str]
    screenshot: Path | None = None

    def foreign(self) -> list[str]:
        """Return the addresses outside this machine that were asked for."""
        here = ("http://127.0.0.1", "file:", "data:", "blob:", "about:")
        return [address for address in self.requests if not address.startswith(here)]


class Browser:
    """Chromium, driven through the pipes of tests/javascript/browser.mjs."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        """`process`: the program, which has started its browser."""
        self._process = process

    def visit(  # noqa: PLR0913 - the properties of a visitor and of the visit
        self,
        address: str | Path | None = None,
        *,
        html: str | None = None,
        policy: str | None = None,
        scheme: Literal["light", "dark"] = "light",
        width: int = DESK,
        script: bool = False,
        media: Literal["screen", "print"] = "screen",
        headers: Mapping[str, str] | None = None,
        clicks: Sequence[str] = (),
        until: str | None = None,
        check: bool = True,
        screenshot: str | None = None,
    ) -> Visit:
        """Visit a page: a URL, a file, or the text `html` with the CSP `policy`.

        `script`: whether the page may run scripts. `headers`: sent with every request. `clicks`:
        names of the buttons, links or summaries to click, one after the other. `until`: a text to
        wait for. `check`: whether to run the validator and the accessibility checker.
        `screenshot`: the name of a picture, without ending; all are in `.local/screenshots`.
        """
        picture = None if screenshot is None else SCREENSHOTS / f"{screenshot}.png"
        if picture is not None:
            picture.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(address, Path):
            address = address.resolve().as_uri()
        seen = self._ask(
            address=address,
            html=html,
            policy={} if policy is None else {"Content-Security-Policy": policy},
            scheme=scheme,
            width=width,
            height=800,
            script=script,
            media=media,
            headers=dict(headers or {}),
            clicks=list(clicks),
            until=until,
            check=check,
            screenshot=None if picture is None else str(picture),
            # A page that needs as long is broken; how busy the machine is must not matter.
            seconds=60,
        )
        return Visit(**seen, screenshot=picture)

    def _ask(self, **request: object) -> dict[str, Any]:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps(request) + "\n")
        stdin.flush()
        answer = json.loads(stdout.readline())
        assert "visit" in answer, answer
        visit: dict[str, Any] = answer["visit"]
        return visit


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Start the browser; stop it at the end."""
    command = [*node.program("browser"), str(node.chromium())]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield Browser(process)
