"""The size of a small code base is counted right."""

import importlib.util
from pathlib import Path

import pytest

from bench import code_size

LONG = "def long():\n" + "    pass\n" * 40


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in {
        "service/sites.py": "class Site: ...\n",
        "service/web/sites.py": f"class Site: ...\n\n{LONG}",
        "service/web/late.py": "def begun():\n    return 1\n\nONE = begun()\n",
        "db/engine.py": "pass\n" * 251,
        "db/migrations/first.py": "class Site: ...\n",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def test_files_are_counted_and_measured_but_for_migrations(root: Path) -> None:
    assert code_size.size(root) == {
        "files": 4,
        "lines of the median file": 23.5,
        "lines of the largest file": "251 (db/engine.py)",
        "files over 250 lines": ["db/engine.py 251"],
        "functions over 40 lines": ["service/web/sites.py long 41"],
        "module names used more than once": ["sites ×2"],
        "class names used more than once": ["Site ×2"],
    }


def test_a_file_is_run_through_when_a_function_of_it_runs_and_not_when_it_is_imported(root: Path) -> None:
    trace = code_size.Trace(root)
    try:
        with trace.noted() as while_imported:
            spec = importlib.util.spec_from_file_location("late", root / "service/web/late.py")
            assert spec
            assert spec.loader
            late = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(late)
        with trace.noted() as while_called:
            late.begun()
        late.begun()
    finally:
        trace.end()
    assert (while_imported, while_called) == ([], ["service/web/late.py"])
