"""Tests of one rule by a table of many cases."""

import inspect
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

import pytest

LONGEST_SHOWN = 300


def each_row(names: str | tuple[str, ...], rows: Iterable[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Run the test with each row, and fail with all rows that failed. It is written like ``pytest.mark.parametrize``,
    which makes a test of each row: for a pure function that takes ten times as long as calling it.
    """
    keys, table = names.split(",") if isinstance(names, str) else names, list(rows)

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        @wraps(test)
        def all_rows(**given: Any) -> None:
            failures = []
            for row in table:
                values = dict(zip(keys, row if len(keys) > 1 else [row], strict=True))
                try:
                    test(**given, **values)
                except (Exception, pytest.fail.Exception) as failure:
                    failure.add_note(f"with {str(values)[:LONGEST_SHOWN]}")
                    failures.append(failure)
            if failures:
                raise BaseExceptionGroup(f"{len(failures)} of {len(table)} rows failed", failures)

        others = [each for each in inspect.signature(test).parameters.values() if each.name not in keys]
        all_rows.__signature__ = inspect.Signature(others)  # type: ignore[attr-defined]  # pytest asks for fixtures by it
        return all_rows

    return decorate
