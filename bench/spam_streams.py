"""What the spam check finds while a site decides, by streams of decisions on blogs that the weights never saw.

``nice python -m bench.spam_streams FILE… --site SOURCE,… --site SOURCE,…`` prints two tables. FILE is as for
``leave-a-reply train``. Each ``--site`` names sources that make one site: they are left out of its general weights.

Spam and honest comments come in the order of time, so many of each as the stream says. The last third of each is never
decided: the check is tested on it, as ``/api/v1/check`` answers with the language of the page, after 0, 50, 100, 500
and 2,000 decisions of a moderator. Some five minutes of a core for each site.
"""

import argparse
import asyncio
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import floor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.learning_site import Arrived, LearningSite, learning_site
from service.spam.classifier import Prior, shipped
from service.spam.training.advert_lines import written
from service.spam.training.corpus import Line, read, teaching
from service.spam.training.cross_validation import SourceFold, packed
from service.spam.training.held_out_verdicts import homes
from service.spam.training.model_report import recall, threshold
from service.spam.verdict import Action

STEPS = (0, 50, 100, 500, 2000)
LEARNED_AT = (5, 10, 20, 50, 100, 200, 300, 500, 700, 1000, 1400, 2000)
"""Decisions after which the site's model is fitted again; in the service it is each time within a minute."""
AIMS = (0.85, 0.88, 0.90, 0.92, 0.96)
FALL = 0.02
RATE = 0.001
MOST_TESTED = (3000, 1000)
"""Honest comments and spam of a site that it is tested on, spread evenly over its last third."""


@dataclass(frozen=True, slots=True)
class Stream:
    """``share``: of spam among the decisions; one in ``wrong`` is decided wrongly, 0: none."""

    name: str
    share: float
    wrong: int = 0


STREAMS = (
    Stream("30 % spam", 0.3),
    Stream("approvals only", 0.0),
    Stream("2 % spam", 0.02),
    Stream("50 % spam", 0.5),
    Stream("30 % spam, 2 % wrong", 0.3, 50),
)


@dataclass(frozen=True, slots=True)
class StepResult:
    """Of the comments tested: scores, and what was kept back, of honest comments and of spam."""

    ham: NDArray[np.float64]
    spam: NDArray[np.float64]
    held: tuple[int, int]

    def plus(self, other: "StepResult") -> "StepResult":
        """Those of two sites."""
        held = self.held[0] + other.held[0], self.held[1] + other.held[1]
        return StepResult(np.append(self.ham, other.ham), np.append(self.spam, other.spam), held)

    @property
    def recall(self) -> float:
        """At RATE of these honest comments."""
        return recall(self.spam, threshold(self.ham, RATE))

    def cell(self) -> str:
        """Recall, and what is held of spam and of honest comments."""
        return f"{self.recall:.3f} ({self.held[1] / len(self.spam):.1%}, {self.held[0] / len(self.ham):.2%})"


Found = dict[tuple[str, int], StepResult]


@dataclass(frozen=True, slots=True)
class Comments:
    """Of a site, in the order of time: honest comments and spam to be decided, and those to test on."""

    decided: tuple[list[Arrived], list[Arrived]]
    tested: tuple[list[Arrived], list[Arrived]]

    @classmethod
    def of(cls, lines: Sequence[Line]) -> "Comments":
        """Two thirds to be decided, the last third to test on."""
        known = homes(lines)
        of: list[list[Arrived]] = [[], []]
        for line in sorted(lines, key=_time):
            of[line.spam].append(Arrived(line, known[line.source].language))
        cut = [2 * len(some) // 3 for some in of]
        ham, spam = (_spread(some[at:], most) for some, at, most in zip(of, cut, MOST_TESTED, strict=True))
        return cls((of[False][: cut[False]], of[True][: cut[True]]), (ham, spam))

    def stream(self, kind: Stream) -> Iterator[tuple[Arrived, bool]]:
        """Comments with what is decided. It ends when there is no more of what would come next."""
        left = iter(self.decided[False]), iter(self.decided[True])
        for number in range(STEPS[-1]):
            spam = floor((number + 1) * kind.share) > floor(number * kind.share)
            if (arrived := next(left[spam], None)) is None:
                return
            yield arrived, spam is not (bool(kind.wrong) and number % kind.wrong == kind.wrong - 1)


def _time(line: Line) -> float:
    """Unix seconds, as far as known: with an ISO date or one like Sep 30, 2011."""
    for parse in (datetime.fromisoformat, lambda text: datetime.strptime(text, "%b %d, %Y")):
        try:
            at = parse(line.date)
        except ValueError:
            continue
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    return 0.0


def _spread(some: list[Arrived], most: int) -> list[Arrived]:
    return [some[at * len(some) // most] for at in range(most)] if len(some) > most else some


async def follow(site: LearningSite, comments: Comments, kind: Stream) -> dict[int, StepResult]:
    """The stream's steps that it reaches."""
    found = {0: await _measured(site, comments)}
    number = 0
    for number, (arrived, spam) in enumerate(comments.stream(kind), 1):
        await site.decide(arrived, spam=spam)
        if number in LEARNED_AT:
            site.learn()
        if number in STEPS:
            found[number] = await _measured(site, comments)
    print(f"  {kind.name}: {number} decisions", file=sys.stderr)
    return found


async def _measured(site: LearningSite, comments: Comments) -> StepResult:
    ham, spam = [await site.judge(some) for some in comments.tested]
    kept = [sum(verdict.action is not Action.PUBLISH for verdict in some) for some in (ham, spam)]
    scores = [np.array([verdict.score for verdict in some]) for some in (ham, spam)]
    return StepResult(scores[0], scores[1], (kept[0], kept[1]))


def priors(lines: list[Line], sites: Sequence[Sequence[str]]) -> Iterator[tuple[Prior, list[Line]]]:
    """For each site the weights without its sources, and its lines."""
    everything = teaching(lines) + written()
    bench = SourceFold(everything)
    good = ~bench.doubtful()
    for sources in sites:
        left = np.isin(bench.source, list(sources))
        general = packed(bench.calibrated(good & bench.without(left)), shipped().hold)
        yield general, [everything[at] for at in np.flatnonzero(left & good)]


def measure(general: Prior, lines: Sequence[Line]) -> Found:
    """All streams of one site."""
    comments, found = Comments.of(lines), Found()
    for kind in STREAMS:
        with learning_site(general) as site:
            steps = asyncio.run(follow(site, comments, kind))
        found |= {(kind.name, step): one for step, one in steps.items()}
    return found


def pooled(sites: Sequence[Found]) -> Found:
    """All sites as one, for the steps that all of them reach."""
    found = dict(sites[0])
    for other in sites[1:]:
        found = {key: one.plus(other[key]) for key, one in found.items() if key in other}
    return found


def table(found: Found) -> str:
    """Recall at 0.1 %, and in brackets the spam and the honest comments held; ✗ where an aim is missed, ↓ where it
    has fallen by more than FALL from its best."""
    lines = [f"| decisions | {' | '.join(f'{step:,}' for step in STEPS)} |", "|---|" + "---|" * len(STEPS)]
    for kind in STREAMS:
        cells, best = [], 0.0
        for step, aim in zip(STEPS, AIMS, strict=True):
            one = found.get((kind.name, step))
            if one is None:
                cells.append("–")
                continue
            best = max(best, one.recall)
            marks = (" ✗" if one.recall < aim else "") + (" ↓" if one.recall < best - FALL else "")
            cells.append(one.cell() + marks)
        lines.append(f"| {kind.name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main(tell: Callable[[str], None] = print) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--site", action="append", required=True, type=lambda names: names.split(","))
    given = parser.parse_args()
    every = []
    for names, (general, lines) in zip(given.site, priors(read(*given.files), given.site), strict=True):
        every.append(measure(general, lines))
        tell(f"{', '.join(names)}\n\n{table(every[-1])}\n")
    tell(f"all of them\n\n{table(pooled(every))}")


if __name__ == "__main__":
    main()
