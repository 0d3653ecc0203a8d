"""Images, slides, sounds and films, drawn from a few words; equal words give equal bytes.

The package uses the standard library only, and no compressor whose output differs by version.
"""

from collections.abc import Callable
from dataclasses import dataclass

from local.sample.media.artwork import backdrop, logo, portrait
from local.sample.media.film import film
from local.sample.media.slides import slides
from local.sample.media.sound import tune

__all__ = ["KINDS", "Kind"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of media file: extension, content type, and the function that draws it from words."""

    extension: str
    content_type: str
    make: Callable[[str], bytes]


KINDS = {
    "portrait": Kind("png", "image/png", lambda words: portrait(words, 240)),
    "thumbnail": Kind("png", "image/png", lambda words: portrait(words, 60)),
    "logo": Kind("png", "image/png", lambda words: logo(words, 320, 160)),
    "icon": Kind("png", "image/png", lambda words: logo(words, 96, 96)),
    "backdrop": Kind("png", "image/png", lambda words: backdrop(words, 1200, 480)),
    "banner": Kind("png", "image/png", lambda words: backdrop(words, 600, 240)),
    "slides": Kind("pdf", "application/pdf", slides),
    "tune": Kind("wav", "audio/wav", tune),
    "film": Kind("mp4", "video/mp4", film),
}
