"""Compile all templates: `python -m openevent.pages.compile_templates`, when the layer is built."""

from pathlib import Path

from openevent.pages.compiled import FOLDER, CompiledTemplates
from openevent.pages.page import environment, text_environment


def compile_templates(folder: Path = FOLDER) -> int:
    """Write the bytecode of all templates to `folder`; return their number."""
    count = 0
    for made, ending in ((environment(), "html"), (text_environment(), "txt")):
        writing = made.overlay(bytecode_cache=CompiledTemplates(folder, writes=True))
        for name in writing.list_templates(extensions=[ending]):
            writing.get_template(name)
            count += 1
    return count


if __name__ == "__main__":
    compile_templates()
