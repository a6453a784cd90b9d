"""Templates are compiled once, whatever the language."""

import pytest
from jinja2 import Environment

from service.language import language
from service.web.render import templates
from service.web.render.templates import Templates


def test_a_template_is_compiled_once_for_all_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str] = []
    compile_ = Environment.compile

    def counted(self: Environment, source: str, name: str, filename: str) -> object:
        compiled.append(name)
        return compile_(self, source, name, filename)

    monkeypatch.setattr(templates, "_COMPILED", templates._CompiledOnce())
    monkeypatch.setattr(Environment, "compile", counted)
    for code in ("en", "de", "ar"):
        Templates("https://comments.example").compile(language(code))
    assert {"form.html", "thread.html", "answer.html"} <= set(compiled)
    assert len(compiled) == len(set(compiled))
