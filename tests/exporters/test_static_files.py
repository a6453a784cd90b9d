import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.exporters.static_files import BadIndex, StaticThread, file_name, write_threads

ORIGIN = "https://blog.example"
ROSES = StaticThread(f"{ORIGIN}/Roses/", f"{ORIGIN}/Roses", "Roses", 2, b"<p>two")
HOME = StaticThread(f"{ORIGIN}/", f"{ORIGIN}/", "", 0, b"<p>none")


def counts(out: Path, *threads: StaticThread) -> tuple[int, int, int]:
    summary = write_threads(out, ORIGIN, threads)
    return summary.written, summary.unchanged, summary.removed


def test_it_writes_each_thread_and_an_index(tmp_path: Path) -> None:
    assert counts(tmp_path / "new", ROSES, HOME) == (2, 0, 0)
    pages = json.loads((tmp_path / "new/index.json").read_bytes())["pages"]
    assert {url: (page["count"], page["title"]) for url, page in pages.items()} == {
        ROSES.url: (2, "Roses"),
        HOME.url: (0, ""),
    }
    assert (tmp_path / "new" / pages[ROSES.url]["file"]).read_bytes() == ROSES.html
    assert pages[ROSES.url]["file"].startswith("roses-")


def test_only_what_changed_is_written(tmp_path: Path) -> None:
    counts(tmp_path, ROSES, HOME)
    before = {path: path.stat().st_ino for path in tmp_path.iterdir()}  # a file that is replaced has another
    assert counts(tmp_path, ROSES, HOME) == (0, 2, 0)
    assert {path: path.stat().st_ino for path in tmp_path.iterdir()} == before
    assert counts(tmp_path, replace(ROSES, html=b"<p>three"), HOME) == (1, 1, 0)


def test_only_files_of_an_earlier_run_are_removed(tmp_path: Path) -> None:
    counts(tmp_path, ROSES, HOME)
    own = tmp_path / "roses-0123456789ab.html"
    own.write_text("the owner’s")
    assert counts(tmp_path, HOME) == (0, 1, 1)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([file_name(HOME.key), own.name, "index.json"])


def test_an_index_that_was_tampered_with_removes_nothing_elsewhere(tmp_path: Path) -> None:
    out, outside = tmp_path / "out", tmp_path / "roses-0123456789ab.html"
    counts(out, HOME)
    outside.write_text("kept")
    index = json.loads((out / "index.json").read_bytes())
    index["pages"]["x"] = {"file": f"../{outside.name}"}
    (out / "index.json").write_text(json.dumps(index))
    assert counts(out, HOME) == (0, 1, 0)
    assert outside.exists()


@pytest.mark.parametrize("content", ["", "[]", '{"pages": {}}', '{"generator": "leave-a-reply", "site": "https://b"}'])
def test_a_folder_with_another_index_is_left_alone(tmp_path: Path, content: str) -> None:
    (tmp_path / "index.json").write_text(content)
    with pytest.raises(BadIndex):
        counts(tmp_path, HOME)
    assert [path.name for path in tmp_path.iterdir()] == ["index.json"]


@given(st.text())
def test_a_file_name_is_safe_and_not_shared(path: str) -> None:
    name = file_name(f"{ORIGIN}/{path}")
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.")
    assert (len(name) < 100, name.count("."), name[0] != "-") == (True, 1, True)
    assert name != file_name(f"{ORIGIN}/{path}/x")
