"""The structure of the code is that of docs/design.md: imports go down, and only the upper packages know HTTP."""

import ast
import re
from collections.abc import Iterable, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from service.settings import Settings
from tests.rows import each_row

ROOT = Path(__file__).parent.parent
KNOW_HTTP = {"service/web", "service/protocols", "service/server", "service/app.py"}


def files() -> list[Path]:
    found = [path.relative_to(ROOT) for package in ("db", "service") for path in sorted((ROOT / package).rglob("*.py"))]
    return [path for path in found if "migrations" not in path.parts]


def file_of(module: str) -> Path | None:
    path = Path(*module.split("."))
    candidates = (path.with_suffix(".py"), path / "__init__.py")
    return next((each for each in candidates if (ROOT / each).is_file()), None)


def imported(path: Path) -> set[Path]:
    """The files of ours that a file imports, wherever in it the import stands."""
    names = []
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.Import):
            names += [file_of(alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [file_of(f"{node.module}.{alias.name}") or file_of(node.module) for alias in node.names]
    return {name for name in names if name and name.parts[0] in ("db", "service")}


FILES = files()


@cache
def imports() -> dict[Path, set[Path]]:
    """File → the files that it imports."""
    return {path: imported(path) for path in FILES}


def assert_no_circle(graph: Mapping[Path, Iterable[Path]]) -> None:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" → ".join(map(str, error.args[1])))


def test_no_file_imports_itself_by_way_of_others() -> None:
    packages = {path for path in FILES if path.name == "__init__.py"}
    assert_no_circle({path: found - packages - {path} for path, found in imports().items() if path not in packages})


@pytest.mark.parametrize("folder", sorted({path.parent for path in FILES}), ids=str)
def test_neighbours_import_in_one_direction(folder: Path) -> None:
    """Neighbours are the folders within a folder, and directly in ``service`` and ``db`` the files too. Files beside
    their own subfolders may use them and be used by them: circles there are found file by file."""

    def neighbour(path: Path) -> Path | None:
        if folder not in path.parents:
            return None
        below = folder / path.relative_to(folder).parts[0]
        return below if below.suffix != ".py" or folder in (Path("service"), Path("db")) else None

    graph: dict[Path, set[Path]] = {}
    for path, found in imports().items():
        if here := neighbour(path):
            found_there = {there for each in found if (there := neighbour(each)) and there != here}
            graph.setdefault(here, set()).update(found_there)
    assert_no_circle(graph)


def test_the_store_knows_nothing_of_the_service() -> None:
    assert {
        path
        for path, found in imports().items()
        if path.parts[0] == "db" and any("service" in each.parts for each in found)
    } == set()


def test_only_the_upper_packages_know_http() -> None:
    knowing = {
        path for path in FILES if "from starlette" in (text := (ROOT / path).read_text()) or "import starlette" in text
    }
    assert {path for path in knowing if not any(path.is_relative_to(package) for package in KNOW_HTTP)} == set()


@each_row("name", sorted(Settings.model_fields))
def test_every_setting_is_in_the_docs(name: str) -> None:
    assert f"`REPLY_{name.upper()}`" in (ROOT / "docs/settings.md").read_text()


def test_the_design_names_every_module_and_package_of_the_service_and_no_other() -> None:
    block = (ROOT / "docs/design.md").read_text().partition("\nservice/\n")[2].partition("\ntemplates/")[0]
    words = set(re.findall(r"[a-z]\w*/?", block))
    parts = [path for path in (ROOT / "service").iterdir() if not path.name.startswith("__")]
    names = {f"{path.name}/" if path.is_dir() else path.stem for path in parts}
    assert names - words == set()
    everything = {path.stem for path in (ROOT / "service").rglob("*.py")}
    assert {word for word in words if "_" in word} - everything == set()
    assert {name.rstrip("/") for name in re.findall(r"^  (\w+/)", block, re.MULTILINE)} <= {path.stem for path in parts}
