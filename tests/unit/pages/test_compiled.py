"""Templates that were compiled when the layer was built."""

from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment

from openevent.pages.compile_templates import compile_templates
from openevent.pages.compiled import CompiledTemplates
from openevent.pages.page import TEMPLATES, environment, text_environment


def test_templates_of_a_build_are_not_compiled_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [path for path in TEMPLATES.rglob("*") if path.suffix in {".html", ".txt"}]
    assert compile_templates(tmp_path / "compiled") == len(names)

    def refused(*_: object, **__: object) -> Any:  # noqa: ANN401 - code of Python
        raise AssertionError("a template is compiled")

    monkeypatch.setattr(Environment, "compile", refused)
    for made in (environment(), text_environment()):
        reading = made.overlay(bytecode_cache=CompiledTemplates(tmp_path / "compiled"))
        ending = "html" if reading.autoescape else "txt"
        for name in reading.list_templates(extensions=[ending]):
            assert reading.get_template(name).name == name
    with pytest.raises(AssertionError, match="a template is compiled"):
        environment().overlay().get_template("pages/refusal.html")


def test_a_template_that_has_changed_is_compiled_again(tmp_path: Path) -> None:
    compile_templates(tmp_path)
    stale = environment().overlay(bytecode_cache=CompiledTemplates(tmp_path))
    bucket = CompiledTemplates(tmp_path).get_bucket(stale, "pages/refusal.html", None, "other text")
    assert bucket.code is None
    CompiledTemplates(tmp_path).dump_bytecode(bucket)
    source = (TEMPLATES / "pages/refusal.html").read_text(encoding="utf-8")
    cache = CompiledTemplates(tmp_path)
    assert cache.get_bucket(stale, "pages/refusal.html", None, source).code is not None
