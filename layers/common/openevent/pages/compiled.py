"""Templates as Python's bytecode, made when the layer is built.

To compile the templates of an archive's pages takes as long as to write the pages. A template whose
text, or whose Python, is another one than that of the build is compiled where it is used.
"""

from pathlib import Path

from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket

FOLDER = Path(__file__).parent.parent / "templates" / "compiled"


class CompiledTemplates(BytecodeCache):
    """Reads bytecode from `folder`; `writes` is true during a build alone."""

    def __init__(self, folder: Path = FOLDER, *, writes: bool = False) -> None:
        """Read nothing yet."""
        self._folder = folder
        self._writes = writes

    def get_bucket(
        self, environment: Environment, name: str, filename: str | None, source: str
    ) -> Bucket:
        """Return the bucket of a template, whose bytecode depends on whether text is escaped."""
        del filename  # It is another one where the layer is built.
        kind = "escaped" if environment.autoescape else "plain"
        key = f"{name.replace('/', '_')}.{kind}"
        bucket = Bucket(environment, key, self.get_source_checksum(source))
        self.load_bytecode(bucket)
        return bucket

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill the bucket, unless there is no bytecode of its text and this Python."""
        path = self._folder / bucket.key
        if path.exists():
            with path.open("rb") as file:
                bucket.load_bytecode(file)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Write the bytecode, if this is a build."""
        if self._writes:
            self._folder.mkdir(exist_ok=True)
            with (self._folder / bucket.key).open("wb") as file:
                bucket.write_bytecode(file)
