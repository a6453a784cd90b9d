"""The docs tell the truth where a program can see it: commands, links, routes and rules."""

import re
from collections.abc import Iterable, Iterator
from itertools import takewhile
from pathlib import Path

import pytest
import typer
from sqlmodel import SQLModel
from starlette.routing import BaseRoute, Mount, Route

from service.app import create_app
from service.cli.main import app
from service.exporters.export_formats import FORMATS as EXPORTS
from service.importers.import_formats import FORMATS as IMPORTS
from service.settings import Settings
from service.spam.rules import RULE_NAMES
from service.version import VERSION

ROOT = Path(__file__).parent.parent
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
CLI = typer.main.get_group(app)
CLI.get_command(typer.Context(CLI), "site")  # which loads them all

Words = tuple[str, ...]


def code(page: Path) -> Iterator[str]:
    """Code spans, and lines of code blocks with continued lines joined."""
    text = page.read_text()
    for block in re.findall(r"^```\w*\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        yield from block.replace("\\\n", " ").splitlines()
    yield from re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE))


def commands(page: Path) -> list[Words]:
    """The words behind each ``leave-a-reply`` that stands before a word, as ``("site", "add", "ORIGIN")``."""
    found = [re.search(r"(?<![\w<-])leave-a-reply +([a-z].*)", line) for line in code(page)]
    return [tuple(re.sub(r"[)'\"]+$", "", match[1]).split()) for match in found if match]


def wrong_word(words: Words) -> str | None:
    """The first word that the command does not have."""
    command, rest = CLI, words
    while subcommands := getattr(command, "commands", None):
        if not rest or rest[0] not in subcommands:
            return rest[0] if rest else f"nothing behind {command.name}"
        command, rest = subcommands[rest[0]], rest[1:]
    known = {name for parameter in command.params for name in parameter.opts} | {"--help"}
    return next((word for word in rest if word.startswith("--") and word not in known), None)


def slugs(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(page: Path) -> list[str]:
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    found = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'<img[^>]*\bsrc="([^"]+)"', text)
    return [link for link in found if not re.match(r"^[a-z]+:", link)]


def is_dead(page: Path, link: str) -> bool:
    name, _, anchor = link.partition("#")
    target = page.parent / name if name else page
    return not target.exists() or bool(anchor and anchor not in slugs(target))


def paths(routes: Iterable[BaseRoute], before: str = "") -> Iterator[tuple[str, str]]:
    """Method and path of every route; HEAD goes without saying."""
    for route in routes:
        if isinstance(route, Mount):
            yield from paths(route.routes, before + route.path)
        elif isinstance(route, Route):
            yield from ((method, before + route.path) for method in (route.methods or ()) if method != "HEAD")


def served() -> set[tuple[str, str]]:
    return set(paths(create_app(Settings(demo=True)).routes))


def operations(text: str) -> Iterator[tuple[str, str]]:
    """Method and path of each code span such as ``GET, POST /own``."""
    for methods, path in re.findall(r"`([A-Z]+(?:, [A-Z]+)*) (/[^`\s]*)`", text):
        yield from ((method, path) for method in methods.split(", "))


def documented() -> set[tuple[str, str]]:
    lines = (ROOT / "docs/reference.md").read_text().partition("\n## Routes\n")[2].splitlines()
    section = "\n".join(takewhile(lambda line: not line.startswith("## "), lines))
    found = set(operations(section))
    assert "`/api/v1/…`, with `OPTIONS` of each address" in section
    table = (ROOT / "docs/api.md").read_text().partition("\n## What each scope opens\n")[2]
    ours = {(method, f"/api/v1{path}") for method, path in operations(table)}
    return found | ours | {("OPTIONS", path) for _, path in ours}


def missing_paths(text: str) -> list[str]:
    """The code spans that name a file or a folder which does not exist. What begins with a slash is a route."""
    named = re.findall(r"`((?:[\w.-]+/)+[\w.-]*|[\w-]+\.(?:md|toml))`", text)
    return [path for path in named if not (ROOT / path).exists()]


def missing_names(line: str) -> list[str]:
    """The code spans that name a class or a constant which none of the files defines that the line names."""
    files = [ROOT / path for path in re.findall(r"`([\w./-]+)`", line) if (ROOT / path).is_file()]
    code = "".join(path.read_text() for path in files)
    definition = r"^\s*(?:class |const |(?:\w+, )+)?{}\b(?:[:(]|(?:, \w+)* *=[^=])"
    return [
        name
        for name in re.findall(r"`(_?[A-Z]\w+)`", line)
        if not re.search(definition.format(name), code, re.MULTILINE)
    ]


def documented_rules(text: str) -> dict[str, tuple[str, float]]:
    """The rows of the table of rules: symbol, what was found, points at the most."""
    table = text.partition("\n| symbol | what was found |")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (-?[\d.]+) \|$", table, re.MULTILINE)
    assert len(rows) == table.count("\n| "), "a row has another shape"
    assert len({symbol for symbol, *_ in rows}) == len(rows), "a rule stands there twice"
    return {symbol: (found, float(points)) for symbol, found, points in rows}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_in_the_docs_exists(page: Path) -> None:
    assert {words: wrong for words in commands(page) if (wrong := wrong_word(words))} == {}


def test_a_command_that_does_not_exist_would_be_noticed() -> None:
    assert wrong_word(("site", "add", "https://example.com", "--json")) is None
    assert wrong_word(("site", "forget", "https://example.com")) == "forget"
    assert wrong_word(("serve", "--fast")) == "--fast"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_within_the_project_leads_somewhere(page: Path) -> None:
    assert [link for link in links(page) if is_dead(page, link)] == []


def test_every_path_in_contributing_exists() -> None:
    assert missing_paths((ROOT / "CONTRIBUTING.md").read_text()) == []


def test_every_name_in_contributing_is_defined_in_a_file_that_its_line_names() -> None:
    lines = [line for line in (ROOT / "CONTRIBUTING.md").read_text().splitlines() if line.startswith("| **")]
    assert [name for line in lines for name in missing_names(line)] == []
    assert missing_names("`HARDEST` in `service/settings.py`") == ["HARDEST"]
    assert missing_names("`FORMATS` in `service/cli/exports.py`") == ["FORMATS"], "it only imports them"


def test_a_path_that_does_not_exist_would_be_noticed() -> None:
    text = "`service/app.py`, `service/nowhere.py`, `tests/comments/`, `docs/nowhere/`, `pyproject.toml`, `/counts`"
    assert missing_paths(text) == ["service/nowhere.py", "docs/nowhere/"]


def test_every_rule_of_the_spam_check_is_in_the_docs_and_no_other() -> None:
    documented = documented_rules((ROOT / "docs/spam.md").read_text())
    assert documented == RULE_NAMES


def test_the_wheel_in_the_docs_is_that_of_this_version() -> None:
    for page in (ROOT / "README.md", ROOT / "docs/running.md"):
        assert set(re.findall(r"leave_a_reply-([^-*]+)-py3", page.read_text())) == {VERSION}


def test_every_route_in_the_docs_exists() -> None:
    assert documented() - served() == set()


def test_every_public_route_is_in_the_docs() -> None:
    public = {(method, path) for method, path in served() if not path.startswith("/admin/")}
    assert public - documented() == set()


def test_every_table_is_in_the_docs_and_no_other() -> None:
    section = (ROOT / "docs/reference.md").read_text().partition("\n## Data\n")[2]
    rows = re.findall(r"^\| (`.*?) \|", section, re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", " ".join(rows))) == set(SQLModel.metadata.tables)


def test_the_readme_counts_the_formats_of_import_and_export() -> None:
    others = IMPORTS.keys() - {"jsonl", "csv"}
    assert f"| {len(others)} systems / {len(EXPORTS)} formats |" in (ROOT / "README.md").read_text()
    table = (ROOT / "docs/import.md").read_text().partition("\n## Other systems\n")[2]
    assert set(re.findall(r"^\| [^|`]+ \| `(\w+)` \|", table, re.MULTILINE)) == (others | {"csv"}) - {"wordpress"}
