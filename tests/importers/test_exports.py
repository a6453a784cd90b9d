"""Each format gives the comments of its sample, field by field: ``exports/NAME.told`` has what is right."""

from pathlib import Path

import pytest

from service.importers.import_formats import FORMATS
from tests.importers.export_files import FOLDER, opening_of, path_of, read_path, recognised, told

NAMES = {
    "artalk.json": "artalk",
    "artalk-converted.json": "artalk",
    "artalk-lines.json": "artalk",
    "blogger.xml": "blogger",
    "blogger-takeout.atom": "blogger",
    "comentario.json": "comentario",
    "comentario-empty.json": "comentario",
    "commento.json": "commento",
    "cusdis.db": "cusdis",
    "disqus.xml": "disqus",
    "ghost.json": "ghost",
    "giscus.json": "giscus",
    "hashover": "hashover",
    "isso.db": "isso",
    "isso.json": "isso",
    "remark42.json": "remark42",
    "schnack.db": "schnack",
    "staticman": "staticman",
    "talkyard.json": "talkyard",
    "twikoo.json": "twikoo",
    "twikoo-api.json": "twikoo",
    "utterances.json": "utterances",
    "valine.jsonl": "waline",
    "waline.csv": "waline",
    "waline.json": "waline",
}


@pytest.mark.parametrize(("name", "form"), NAMES.items())
def test_a_file_is_recognised_and_gives_its_comments(name: str, form: str, tmp_path: Path) -> None:
    path = path_of(name, tmp_path)
    assert recognised(path) == form
    assert told(read_path(path)) == (FOLDER / f"{name}.told").read_text()


@pytest.mark.parametrize("name", [name for name in NAMES if "." in name])
def test_only_its_own_format_takes_a_file_for_its_own(name: str, tmp_path: Path) -> None:
    opening = opening_of(path_of(name, tmp_path))
    kin = {"utterances", "giscus"} if "giscus" in name else {NAMES[name]}
    assert {form for form, each in FORMATS.items() if each.sniff(opening)} <= kin
