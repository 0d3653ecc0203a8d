"""Draw docs/demo.svg, an animated terminal, from docs/demo.txt: `python -m local.picture`.

docs/demo.txt is the output of a real run: `make demo | tee docs/demo.txt`. The picture shows it
faster than it ran, with long lists of files shortened. The same transcript gives the same picture.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from local.places import ROOT

TRANSCRIPT = ROOT / "docs" / "demo.txt"
PICTURE = ROOT / "docs" / "demo.svg"

# Characters of a line and lines of the terminal.
COLUMNS, ROWS = 98, 30

# Size of a character and of the margin, in pixels.
WIDTH, HEIGHT, MARGIN = 8, 19, 16

# Seconds shown for a second of the run, for a line that took none, and before the repetition.
SPEED, LINE, REST = 0.35, 0.07, 6.0

# Lines that are kept at the beginning, inside and at the end of a long list of files.
KEPT = 3

_STEP = re.compile(r" +(\d+\.\d) s$")
_FILE = re.compile(r"^ {2}\S+ +\d+(\.\d)? k?M?B( |$)")
_TICKET = re.compile(r"(?<=://)\S+(?=/v1/)|(?<=ticket=)\S+|(?<=/zip/)[\w-]+|(?<=/page/)[\w-]+")
_COLOURS = (
    (re.compile(r"^\$ "), "prompt"),
    (re.compile(r"^Skipped: "), "skipped"),
    (re.compile(r"^ +https?://"), "link"),
    (re.compile(r"^\S"), "strong"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the terminal, and the second of the animation at which it appears."""

    text: str
    at: float


def main() -> None:
    """Draw the picture of the recorded transcript."""
    PICTURE.write_text(draw(TRANSCRIPT.read_text()))


def draw(transcript: str) -> str:
    """Return the animated SVG of a transcript of the demo."""
    lines = list(_timed(["$ make demo", *_shortened(transcript.splitlines())]))
    seconds = lines[-1].at + REST
    times = sorted({line.at for line in lines})
    styles = [_appears(number, at / seconds) for number, at in enumerate(times)]
    texts = [_text(row, line, times.index(line.at)) for row, line in enumerate(lines)]
    width, height = COLUMNS * WIDTH + 2 * MARGIN, ROWS * HEIGHT + 2 * MARGIN
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">
<title>Output of make demo</title>
<style>
text {{ font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  fill: #c9d1d9; animation: {seconds:.2f}s step-end infinite }}
.strong {{ fill: #ffffff; font-weight: bold }}
.prompt {{ fill: #7ee787 }}
.skipped {{ fill: #f2cc60 }}
.link {{ fill: #79c0ff }}
.scroll {{ animation: scroll {seconds:.2f}s step-end infinite }}
{_scrolls(lines, seconds)}
{chr(10).join(styles)}
@media (prefers-reduced-motion: reduce) {{ * {{ animation: none !important }} }}
</style>
<rect width="{width}" height="{height}" rx="8" fill="#0d1117"/>
<svg x="{MARGIN}" y="{MARGIN}" width="{COLUMNS * WIDTH}" height="{ROWS * HEIGHT}">
<g class="scroll">
{chr(10).join(text for text in texts if text)}
</g>
</svg>
</svg>
"""


def _shortened(lines: Sequence[str]) -> Iterator[str]:
    """Yield the lines without the middle of long lists of files and with short addresses."""
    files: list[str] = []
    for line in [*lines, ""]:
        if _FILE.match(line):
            files.append(line)
            continue
        yield from _sample(files)
        files.clear()
        yield _cut(_TICKET.sub("…", line))


def _sample(files: Sequence[str]) -> list[str]:
    if len(files) <= 3 * KEPT:
        return list(files)
    middle = len(files) * 2 // 3
    parts = [files[:KEPT], files[middle : middle + KEPT], files[-KEPT:]]
    return [*parts[0], "  …", *parts[1], "  …", *parts[2]]


def _cut(line: str) -> str:
    return line if len(line) <= COLUMNS else line[: COLUMNS - 1] + "…"


def _timed(lines: Sequence[str]) -> Iterator[Line]:
    """Yield each line with its time; a step appears when it has taken its seconds."""
    now = 0.0
    for line in lines:
        step = _STEP.search(line)
        now += max(float(step[1]) * SPEED if step else 0.0, LINE)
        yield Line(line, round(now, 2))


def _appears(number: int, share: float) -> str:
    return f"@keyframes t{number} {{ 0% {{ opacity: 0 }} {share:.2%} {{ opacity: 1 }} }}"


def _scrolls(lines: Sequence[Line], seconds: float) -> str:
    """Return the keyframes that move the text up when a line is below the terminal."""
    steps = [
        f"{line.at / seconds:.2%} {{ transform: translateY(-{(row - ROWS + 1) * HEIGHT}px) }}"
        for row, line in enumerate(lines)
        if row >= ROWS
    ]
    last = f"100% {{ transform: translateY(-{max(len(lines) - ROWS, 0) * HEIGHT}px) }}"
    return f"@keyframes scroll {{ 0% {{ transform: none }} {' '.join([*steps, last])} }}"


def _text(row: int, line: Line, time: int) -> str:
    if not line.text.strip():
        return ""
    kind = next((name for pattern, name in _COLOURS if pattern.search(line.text)), "")
    style = f'class="{kind}" ' if kind else ""
    return (
        f'<text {style}y="{(row + 1) * HEIGHT - 5}" xml:space="preserve" '
        f'style="animation-name: t{time}">{escape(line.text)}</text>'
    )


if __name__ == "__main__":
    main()
