"""Calls a function in several processes at the same moment. They are forked from one that has imported the service."""

from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from typing import Any

from db.engine import migrate, open_engine
from db.writer import Writer
from tests.forked_service import loaded_process
from tests.service_process import PATIENCE


def at_once(function: Callable[..., Any], arguments: Sequence[tuple[Any, ...]]) -> list[Any]:
    """The results of ``function``, called with each tuple of arguments in a process of its own. It must be a module's,
    and what it returns be picklable. Raises EOFError when one call fails; its traceback is on stderr.
    """
    context = loaded_process()
    ready, results, processes = context.Barrier(len(arguments)), [], []
    for each in arguments:
        result, given = context.Pipe(duplex=False)
        processes.append(context.Process(target=_call, args=(function, each, ready, given), daemon=True))
        processes[-1].start()
        given.close()
        results.append(result)
    found = [each.recv() for each in results]
    for process in processes:
        process.join(PATIENCE)
    return found


def _call(function: Callable[..., Any], arguments: tuple[Any, ...], ready: Barrier, given: Connection) -> None:
    ready.wait(PATIENCE)
    given.send(function(*arguments))


def migrate_store(url: str) -> None:
    """Bring a store up to date."""
    migrate(open_engine(url))


def write_to(url: str, job: Callable[..., Any], *arguments: Any) -> Any:
    """What the job returns, run by a writer of its own."""
    return Writer(open_engine(url)).run(job, *arguments)
