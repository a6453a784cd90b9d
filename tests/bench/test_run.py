"""The bench can be run in parts."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from bench import results_page, run


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results_page, "machine", lambda: {"memory": "24 GB"})
    monkeypatch.setattr(run.threads, "section", lambda: "The threads.")


def test_a_part_alone_is_measured_with_what_it_was_measured_on() -> None:
    page = run.measure({"threads"}, write=False)
    assert page.startswith("# Performance\n")
    assert "\n\nThe threads.\n\n| machine |" in page
    assert "| memory | 24 GB |" in page


def test_a_part_alone_is_printed_and_not_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.md"
    monkeypatch.setattr("sys.argv", ["bench", "threads", "--into", str(page)])
    run.main()
    assert "The threads." in capsys.readouterr().out
    assert not page.exists()


def test_an_unknown_part_is_refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["bench", "reeds"])
    with pytest.raises(SystemExit):
        run.main()
    assert "no such part: reeds" in capsys.readouterr().err


def test_a_whole_run_writes_the_page_and_the_drawing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in {*run.PARTS, "rounds"} - {"reads", "posts"}:
        monkeypatch.setattr(getattr(run, name), "section", lambda *_parts, **asked: f"{asked}")
    monkeypatch.setattr(run.rounds, "measure", lambda **_parts: SimpleNamespace(versions={"PostgreSQL": "18"}))
    monkeypatch.setattr("sys.argv", ["bench", "--into", str(tmp_path / "page.md")])
    run.main()
    written = (tmp_path / "page.md").read_text()
    assert "{'write': True}" in written
    assert "| PostgreSQL | 18 |" in written


def test_what_was_written_by_hand_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    notes = "<!-- by hand -->\n## Why\n\nSince.\n<!-- until here -->\n"
    page.write_text(f"An older figure.\n\n{notes}")
    monkeypatch.setattr(run, "measure", lambda *_, **__: "A newer figure.\n")
    monkeypatch.setattr("sys.argv", ["bench", "--into", str(page)])
    for _ in range(2):
        run.main()
        assert page.read_text() == f"A newer figure.\n\n{notes}"


def test_a_section_takes_the_place_of_the_one_with_its_heading() -> None:
    page = "# Page\n\n## One\n\nold\n\n## Two\n\nkept\n"
    assert results_page.with_section(page, "## One\n\nnew\n") == "# Page\n\n## One\n\nnew\n\n## Two\n\nkept\n"
    assert results_page.with_section(page, "## Two\n\nnew\n\n") == "# Page\n\n## One\n\nold\n\n## Two\n\nnew\n"
    with pytest.raises(ValueError, match="no section ## Three"):
        results_page.with_section(page, "## Three\n")
