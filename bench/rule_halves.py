"""Rules' points chosen on one half of the blogs and shown on the other: ``nice python -m bench.rule_halves FILE…``.

FILE is as for ``leave-a-reply train``. Every source is judged by weights that never saw it. On each half every rule's
points are multiplied by the factor that finds most spam there; the table shows what these factors find on the other
half, next to the points as shipped and to no rules at all. If the points as shipped were fitted to these blogs, factors
chosen on the other half would do worse than they. Some fifteen minutes of a core.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from service.spam.training.advert_lines import written
from service.spam.training.corpus import read, teaching
from service.spam.training.cross_validation import SourceFold, left_out
from service.spam.training.held_out_verdicts import homes, verdict_on
from service.spam.training.logistic_regression import Floats
from service.spam.training.model_report import RATES, recall, threshold
from service.spam.verdict import Verdict

FACTORS = (1.0, 0.0, 0.5, 1.5, 2.0)
"""The first is kept where no other finds more."""
MODEL = "model"


@dataclass(frozen=True, slots=True)
class JudgedLines:
    """``points``: of each symbol, for every line."""

    points: Mapping[str, Floats]
    spam: NDArray[np.bool_]
    source: NDArray[np.str_]

    @classmethod
    def of(cls, verdicts: Sequence[Verdict], spam: Sequence[bool], source: Sequence[str]) -> "JudgedLines":
        """From verdicts and what is known of their lines."""
        points: dict[str, Floats] = {MODEL: np.zeros(len(verdicts))}
        for at, verdict in enumerate(verdicts):
            for reason in verdict.reasons:
                points.setdefault(reason.symbol, np.zeros(len(verdicts)))[at] += reason.weight
        return cls(points, np.array(spam, bool), np.array(source))

    @property
    def rules(self) -> list[str]:
        """The symbols that were found, without the classifier's."""
        return sorted(symbol for symbol, points in self.points.items() if symbol != MODEL and points.any())

    def recalls(self, half: NDArray[np.bool_], factors: Mapping[str, float]) -> list[float]:
        """At RATES of the half's honest comments; a rule without a factor does not count."""
        score = self.points[MODEL] + sum(factor * self.points[rule] for rule, factor in factors.items())
        ham, spam = score[half & ~self.spam], score[half & self.spam]
        return [recall(spam, threshold(ham, rate)) for rate in RATES]

    def chosen(self, half: NDArray[np.bool_]) -> dict[str, float]:
        """The factor of each rule with the greatest mean of ``recalls``, one rule after the other."""
        factors = dict.fromkeys(self.rules, 1.0)
        for rule in factors:
            found = {factor: sum(self.recalls(half, factors | {rule: factor})) for factor in FACTORS}
            factors[rule] = max(found, key=lambda factor: found[factor])
        return factors

    def half(self) -> NDArray[np.bool_]:
        """A mask of the first half: sources from the largest to the smallest, each to the smaller half so far."""
        sides: tuple[list[str], list[str]] = ([], [])
        sizes = Counter(map(str, self.source))
        for source, _ in sizes.most_common():
            min(sides, key=lambda side: sum(sizes[name] for name in side)).append(source)
        return np.isin(self.source, sides[0])


def judged(paths: Sequence[Path]) -> JudgedLines:
    """Every comment of a blog or news site, by weights fitted without its source."""
    lines = teaching(read(*paths)) + written()
    bench, known = SourceFold(lines), homes(lines)
    good = ~bench.doubtful()
    of_line: dict[int, Verdict] = {}
    for left, prior in left_out(bench, good, lambda said: print(said, file=sys.stderr)):
        for at in map(int, np.flatnonzero(left & good)):
            of_line[at] = verdict_on(lines[at], prior, known[lines[at].source])
    return JudgedLines.of([*of_line.values()], [lines[at].spam for at in of_line], [lines[at].source for at in of_line])


def table(found: JudgedLines) -> str:
    """Recalls on both halves, and the factors that were chosen on each."""
    first = found.half()
    halves = {"first": first, "second": ~first}
    choice = {name: found.chosen(half) for name, half in halves.items()}
    none, shipped = dict[str, float](), dict.fromkeys(found.rules, 1.0)
    rows = ["| half | no rules | as shipped | chosen on the other half | chosen on this one |", "|---|---|---|---|---|"]
    for (name, half), other in zip(halves.items(), reversed(choice.values()), strict=True):
        cells = [_cell(found.recalls(half, factors)) for factors in (none, shipped, other, choice[name])]
        rows.append(f"| {name} | {' | '.join(cells)} |")
    for name, factors in choice.items():
        changed = ", ".join(f"{rule} × {factor:g}" for rule, factor in factors.items() if factor != 1)
        rows.append(f"\nChosen on the {name} half ({', '.join(sorted(set(found.source[halves[name]])))}): {changed}.")
    return "\n".join(rows)


def _cell(recalls: Sequence[float]) -> str:
    return ", ".join(f"{each:.3f}" for each in recalls)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    print(table(judged(parser.parse_args().files)))


if __name__ == "__main__":
    main()
