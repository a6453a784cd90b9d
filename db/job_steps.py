"""Jobs in steps, which send their statements to PostgreSQL together with those of other jobs.

Most of what a statement costs is the trip to the server and back. A job in steps is a generator: it yields a statement
and goes on with its result. Of a batch, the first statements of all jobs travel at once, then the second ones, and so
on (https://www.postgresql.org/docs/current/libpq-pipeline-mode.html). SQLite has no trips, and runs job after job.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import Connection

from db.prepared_statements import Prepared, Result, Values

T = TypeVar("T")
Job = Callable[[Connection], T]


class Step(NamedTuple):
    """A statement that a job hands over. The job goes on with its ``Result``."""

    statement: Prepared
    values: Values


Steps = Generator[Step, Any, T]
"""A job in steps that has begun. What it does itself with the connection between two steps takes a trip as ever."""


@dataclass(frozen=True, slots=True)
class JobInSteps(Generic[T]):
    """A job that begins steps. Called as any other job, it runs them one after the other."""

    begin: Callable[[Connection], Steps[T]]

    def __call__(self, connection: Connection) -> T:
        return run_steps(connection, self.begin(connection))


def run_steps(connection: Connection, steps: Steps[T]) -> T:
    """Run the steps of one job."""
    result: Result | None = None
    while True:
        try:
            step = steps.send(result)
        except StopIteration as end:
            value: T = end.value
            return value
        result = step.statement.result(connection, step.values)


def run_batch(connection: Connection, jobs: Sequence[tuple[Job[Any], str | None]]) -> list[Any]:
    """The results of these jobs, each given with the row that it locks. They are sorted, and lock the rows in this
    order."""
    if connection.dialect.name != "postgresql" or len(jobs) == 1:
        return [job(connection) for job, _ in jobs]
    results: dict[int, Any] = {}
    for side_by_side in _waves(jobs):
        if len(side_by_side) == 1:
            (number,) = side_by_side
            results[number] = jobs[number][0](connection)
        else:
            group = {number: jobs[number][0] for number in side_by_side}
            begun = {number: job.begin(connection) for number, job in group.items() if isinstance(job, JobInSteps)}
            results |= _run_side_by_side(connection, begun)
    return [results[number] for number in range(len(jobs))]


def _waves(jobs: Sequence[tuple[Job[Any], str | None]]) -> Iterator[list[int]]:
    """The numbers of jobs that may run side by side. Jobs of one row follow one another, as the later ones may depend
    on the earlier: a duplicate is one only if the first was stored."""
    for is_in_steps, group in groupby(range(len(jobs)), lambda number: isinstance(jobs[number][0], JobInSteps)):
        if not is_in_steps:
            yield from ([number] for number in group)
            continue
        waves: dict[int, list[int]] = defaultdict(list)
        waves_of: Counter[str | None] = Counter()
        for number in group:
            waves[waves_of[jobs[number][1]]].append(number)
            waves_of[jobs[number][1]] += 1
        yield from waves.values()


def _run_side_by_side(connection: Connection, begun: Mapping[int, Steps[Any]]) -> dict[int, Any]:
    done: dict[int, Any] = {}
    received: dict[int, Result | None] = dict.fromkeys(begun)
    while received:
        wanted: dict[int, Step] = {}
        for number, result in received.items():
            try:
                wanted[number] = begun[number].send(result)
            except StopIteration as end:
                done[number] = end.value
        received = dict(zip(wanted, _results(connection, wanted.values()), strict=True))
    return done


def _results(connection: Connection, steps: Iterable[Step]) -> list[Result]:
    found: list[Result] = []
    for statement, same in groupby(steps, lambda step: step.statement):  # most often, all jobs are at the same one
        found += statement.results(connection, [step.values for step in same])
    return found
