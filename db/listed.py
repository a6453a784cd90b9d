"""Rows of whole numbers sent as one parameter, a JSON list of lists: one statement for all, however many there are.

A driver's ``executemany`` binds and runs the statement once for each row, which takes longer than the rows do.
"""

import json
from collections.abc import Iterable, Sequence

from sqlalchemy import BigInteger, ColumnElement, Text, bindparam, cast, func
from sqlalchemy.dialects.postgresql import JSONB


def listed(rows: Iterable[Sequence[int]]) -> str:
    """The parameter: the rows, in their order."""
    return json.dumps(list(rows), separators=(",", ":"))


def columns_listed(dialect: str, name: str, number: int) -> list[ColumnElement[int]]:
    """The columns of the rows in the parameter ``name``, to select from: so many of them."""
    given = bindparam(name, type_=Text)
    if dialect == "sqlite":
        row = func.json_each(given).table_valued("value").c.value
        return [func.json_extract(row, f"$[{at}]", type_=BigInteger) for at in range(number)]
    row = func.jsonb_array_elements(cast(given, JSONB)).table_valued("value").c.value
    return [cast(func.jsonb_extract_path_text(row, str(at)), BigInteger) for at in range(number)]
