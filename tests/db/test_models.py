"""A store can be divided by site: the keys of what grows begin with it, and nothing is unique across sites."""

import re
from pathlib import Path

import pytest
from sqlalchemy import Table, UniqueConstraint

from db.models import metadata

PAGE = (Path(__file__).parents[2] / "docs/scale.md").read_text()


def listed(function: str) -> set[str]:
    """The tables that the recipe gives to a function of Citus."""
    [names] = re.findall(rf"{function}\(t.*?\[(.*?)\]", PAGE, re.DOTALL)
    return set(re.findall(r"'(\w+)'", names))


EVERYWHERE, DIVIDED = listed("create_reference_table"), listed("create_distributed_table")


def test_the_recipe_names_every_table_once() -> None:
    assert set(metadata.tables) == EVERYWHERE | DIVIDED
    assert set() == EVERYWHERE & DIVIDED


@pytest.mark.parametrize("table", [metadata.tables[name] for name in sorted(DIVIDED)], ids=str)
def test_what_is_divided_begins_with_the_site_and_is_unique_within_it(table: Table) -> None:
    assert next(iter(table.primary_key.columns)).name == "site_id"
    unique = [*(index for index in table.indexes if index.unique)]
    unique += [each for each in table.constraints if isinstance(each, UniqueConstraint)]
    assert all("site_id" in each.columns for each in unique)
    assert {key.column.table.name for key in table.foreign_keys} <= EVERYWHERE


@pytest.mark.parametrize("table", [metadata.tables[name] for name in sorted(EVERYWHERE)], ids=str)
def test_what_is_everywhere_refers_to_nothing_that_is_divided(table: Table) -> None:
    assert {key.column.table.name for key in table.foreign_keys} <= EVERYWHERE
