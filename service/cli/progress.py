"""A progress bar on standard error, shown only on a terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text


class RateColumn(ProgressColumn):
    """How many a second."""

    def render(self, task: Task) -> Text:
        """See ``ProgressColumn``."""
        return Text(f"{task.speed:,.0f} a second" if task.speed else "")


@contextmanager
def progress_bar(title: str, *columns: ProgressColumn, total: float | None = None) -> Iterator[Callable[..., None]]:
    """Show a bar with ``columns`` beside it inside the block.

    Yields a function that moves it: by ``advance=``, or to ``completed=`` of ``total=``.
    """
    shown = (TextColumn("{task.description}"), BarColumn(), *columns, TimeRemainingColumn())
    with Progress(*shown, console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True) as progress:
        yield partial(progress.update, progress.add_task(title, total=total))
