"""The house stands as it was drawn: imports go down only, and the docs name every setting."""

import ast
from pathlib import Path

import pytest

from service.settings import Settings

ROOT = Path(__file__).parent.parent
ROOF = {
    f"service.{name}"
    for name in (
        "__main__",
        "app",
        "check.cli",
        "cli",
        "impatient",
        "movecli",
        "once",
        "server",
        "sitecli",
        "snippets",
        "storecli",
        "transfer.cli",
        "worker",
        "workers",
    )
}


def floor(module: str) -> int:
    if module in ROOF:
        return 3
    if module.startswith("service.web"):
        return 2
    return 1 if module.startswith("service") else 0


def modules() -> list[Path]:
    return [path for folder in ("db", "service") for path in sorted((ROOT / folder).rglob("*.py"))]


def imported(path: Path) -> list[str]:
    names = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return [name for name in names if name.partition(".")[0] in ("db", "service")]


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_from_its_own_floor_and_those_below(path: Path) -> None:
    own = floor(".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))
    assert [name for name in imported(path) if floor(name) > own] == []


def test_no_module_imports_itself_by_a_way_round() -> None:
    graph = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): set(imported(path))
        for path in modules()
    }
    done: set[str] = set()

    def visit(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, f"circle: {' → '.join((*way[way.index(name) :], name))}"
        if name in done or name not in graph:
            return
        for other in graph[name]:
            if not f"{other}.".startswith(f"{name}.") and not name.startswith(f"{other}."):
                visit(other, (*way, name))
        done.add(name)

    for module in graph:
        visit(module, ())


def test_nothing_below_the_top_floor_knows_http() -> None:
    for path in modules():
        if floor(".".join(path.relative_to(ROOT).with_suffix("").parts)) < 2:
            text = path.read_text()
            assert "import starlette" not in text, path
            assert "from starlette" not in text, path


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_in_the_docs(name: str) -> None:
    assert f"`REPLY_{name.upper()}`" in (ROOT / "docs/settings.md").read_text()
