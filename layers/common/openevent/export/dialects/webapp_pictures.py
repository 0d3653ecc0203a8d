"""Pictures that `webapp` archives hold where an event has none. Pure.

Source of the rules: docs/webapp-dialect.md.
"""

from base64 import b64decode
from collections.abc import Mapping

PLACEHOLDER_LOGO = "images/placeholder.png"
PLACEHOLDER_SPONSOR = "images/sponsors/placeholder.png"

# A PNG of 512 x 512 pixels in grey, from which icons are made.
_LOGO = (
    "iVBORw0KGgoAAAANSUhEUgAAAgAAAAIAAQMAAADOtka5AAAAA1BMVEV3d3dY20ihAAAANklEQVR42u3BAQEAAACCIP"
    "+vbkhAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB8G4IAAAFjdVCkAAAAAElFTkSuQmCC"
)

# A PNG of 240 x 120 pixels in light grey, in the place of which pages print a sponsor's name.
_SPONSOR = (
    "iVBORw0KGgoAAAANSUhEUgAAAPAAAAB4AQMAAAD2eO1kAAAAA1BMVEXd3d3u346CAAAAGklEQVR42u3BMQEAAADCoP"
    "VPbQsvoAAAAOBnDogAAczvRG0AAAAASUVORK5CYII="
)

# By path in the archive, the pictures to which its rows may refer.
PICTURES: Mapping[str, bytes] = {
    PLACEHOLDER_LOGO: b64decode(_LOGO),
    PLACEHOLDER_SPONSOR: b64decode(_SPONSOR),
}

# A GIF of one transparent pixel. Unlike a path, it is the same on pages in any folder.
TRANSPARENT = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
