"""Leave-one-source-out validation and the final fit."""

import random
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from service.spam.classifier.features import Sample, features, tokens
from service.spam.classifier.ngrams import ngram_features
from service.spam.classifier.prior import UNKNOWN, Prior
from service.spam.training.augment import augmented
from service.spam.training.corpus import WRITTEN, Line, weights
from service.spam.training.fit import Fitted, Floats, Ints, Table, fit
from service.spam.training.report import HELD, Report, row, threshold

DOUBTFUL = 1.0  # logit from which ham of an unmoderated source is left out as likely spam
_PARTS = 3


@dataclass(frozen=True, slots=True)
class Result:
    prior: Prior
    report: Report
    used: list[Line]


class SourceFold:
    """Lines as feature tables: each as typed and in one variation."""

    def __init__(self, lines: list[Line]) -> None:
        chance = random.Random(7)  # noqa: S311  the same lines give the same weights
        names = [line.sample.author for line in lines if line.main and not line.spam and line.sample.author]
        self.lines = lines
        self.spam = np.array([line.spam for line in lines])
        self.main = np.array([line.main for line in lines])
        self.given = self.main & np.array([line.source != WRITTEN for line in lines])
        self.source = np.array([line.source for line in lines])
        self.cluster = np.array([line.cluster for line in lines])
        other = (augmented(line.sample, line.spam, names, chance) for line in lines)
        self.both = Table.of(_features(sample) for sample in chain((line.sample for line in lines), other))
        self.typed = self.both.rows(np.arange(len(lines)))

    def fit(self, wanted: NDArray[np.bool_]) -> Fitted:
        """Fit on the wanted lines and their variations, half the weight each."""
        index: Ints = np.flatnonzero(wanted)
        counts = np.array(weights([self.lines[at] for at in index]))
        table = self.both.rows(np.concatenate((index, index + len(self.lines))))
        spam = self.spam[index]
        return fit(table, np.concatenate((spam, spam)), np.concatenate((counts, counts)) / 2)

    def without(self, left: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """A mask of all lines except these and their near-duplicates."""
        kept: NDArray[np.bool_] = ~np.isin(self.cluster, self.cluster[left])
        return kept

    def doubtful(self) -> NDArray[np.bool_]:
        """A mask of ham that looks like other sources' spam, in blog and news sources without spam (unmoderated)."""
        judged = {line.source for line in self.lines if line.spam}
        suspects = np.array([line.main and line.source not in judged for line in self.lines])
        part = np.array([zlib.crc32(line.cluster.encode()) % _PARTS for line in self.lines])
        found = np.zeros(len(self.lines), bool)
        for number in range(_PARTS if suspects.any() else 0):
            at: Ints = np.flatnonzero(suspects & (part == number))
            if len(at):
                found[at] = self.fit(part != number).logits(self.typed.rows(at)) > DOUBTFUL
        return found

    def teaches(self, wanted: NDArray[np.bool_]) -> bool:
        """Whether the wanted lines include both spam and ham."""
        return bool((self.spam & wanted).any() and (~self.spam & wanted).any())


def run(lines: list[Line], progress: Callable[[str], None]) -> Result:
    """See the module. Raises ValueError without spam or ham from blogs or news."""
    progress(f"{len(lines):,} lines: taking them apart")
    bench = SourceFold(lines)
    if not bench.teaches(bench.given):
        raise ValueError("There is no spam or no ham whose source begins with blog or news; nothing to learn from.")
    progress("looking for doubtful lines")
    good = ~bench.doubtful()
    scores = np.zeros(len(lines))
    sources = sorted({str(name) for name in bench.source[bench.given & bench.spam]})
    for source in sources:
        progress(f"leaving out {source}")
        left = bench.source == source
        wanted = good & bench.without(left)
        if bench.teaches(wanted):
            scores[left] = bench.fit(wanted).logits(bench.typed.rows(np.flatnonzero(left)))
    progress("fitting what ships")
    final = bench.fit(good)
    report = _report(bench, sources, scores, int((~good).sum()), final)
    found = ((int(at), float(final.weights[at])) for at in np.flatnonzero(final.weights))
    prior = Prior.from_weights(found, final.bias, report.hold)
    return Result(prior, report, [line for line, kept in zip(lines, good, strict=True) if kept])


def _report(bench: SourceFold, sources: list[str], scores: Floats, left_out: int, final: Fitted) -> Report:
    tested = np.isin(bench.source, sources)
    hold = threshold(scores[tested & ~bench.spam], HELD) if (tested & ~bench.spam).any() else final.bias
    rows = []
    for source in sources:
        mine = bench.source == source
        rows.append(row(source, scores[mine & bench.spam], scores[mine & ~bench.spam], hold))
    pooled = row("all of them", scores[tested & bench.spam], scores[tested & ~bench.spam], hold)
    used = int(np.count_nonzero(final.weights))
    return Report(tuple(rows), pooled, hold, len(bench.lines) - left_out, left_out, used)


def _features(sample: Sample) -> list[tuple[int, float]]:
    named = [token for token in tokens(sample) if token[0] not in UNKNOWN]
    return features(named) + ngram_features(sample.text)
