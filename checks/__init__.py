"""Rules of this repository that no linter knows, run by `make lint` and `make words`."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
