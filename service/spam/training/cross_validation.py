"""Validation on sources that were left out, and the final fit."""

import random
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from service.spam.classifier.features import Sample, features, hashed, tokens
from service.spam.classifier.ngrams import ngram_features
from service.spam.classifier.prior import UNKNOWN, Prior
from service.spam.training.augment import augmented
from service.spam.training.corpus import Line, weights
from service.spam.training.held_out_verdicts import Judged, homes, judge
from service.spam.training.logistic_regression import Fitted, Ints, Table, fit
from service.spam.training.model_report import ModelReport, Row, row

DOUBTFUL = 1.0  # logit from which ham of an unmoderated source is left out as likely spam
_PARTS = 3
_ALONE = 3000  # lines from which a source is left out alone; smaller ones together, which is harder and sooner done
_SHARE = 8  # of fewer lines in all: an eighth of them
_WEBSITE = 1.0
"""Added to the logit of comments with a website and no link in the text. The variations of comments make a website say
too little: on blogs left out 0.09 % of such honest comments waited and 0.5 % of others, 60 % of such spam and 93 % of
other spam. It takes recall at 0.1 % from .80 to .82; twice as much, and blogs without such spam lose."""
_WEBSITE_ONLY = hashed("cross", "links in website"), 44**-0.5  # the feature of these comments, and its value in each


@dataclass(frozen=True, slots=True)
class FoldResult:
    prior: Prior
    report: ModelReport
    used: list[Line]


class SourceFold:
    """Lines as feature tables: each as typed and in one variation."""

    def __init__(self, lines: list[Line]) -> None:
        chance = random.Random(7)  # noqa: S311  the same lines give the same weights
        names = [line.sample.author for line in lines if line.main and not line.spam and line.sample.author]
        self.lines = lines
        self.spam = np.array([line.spam for line in lines])
        self.main = np.array([line.main for line in lines])
        self.given = np.array([line.given for line in lines])
        self.source = np.array([line.source for line in lines])
        self.cluster = np.array([line.cluster for line in lines])
        other = (augmented(line.sample, line.spam, names, chance) for line in lines)
        self.both = Table.of(features_of(sample) for sample in chain((line.sample for line in lines), other))
        self.typed = self.both.rows(np.arange(len(lines)))

    def fit(self, wanted: NDArray[np.bool_]) -> Fitted:
        """Fit on the wanted lines and their variations, half the weight each."""
        index: Ints = np.flatnonzero(wanted)
        counts = np.array(weights([self.lines[at] for at in index]))
        table = self.both.rows(np.concatenate((index, index + len(self.lines))))
        spam = self.spam[index]
        return fit(table, np.concatenate((spam, spam)), np.concatenate((counts, counts)) / 2)

    def calibrated(self, wanted: NDArray[np.bool_]) -> Fitted:
        """``fit``, with _WEBSITE."""
        found, (place, value) = self.fit(wanted), _WEBSITE_ONLY
        found.weights[place] += _WEBSITE / value
        return found

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

    def groups(self) -> Iterator[list[str]]:
        """The sources that are left out together, all of blogs and news."""
        group: list[str] = []
        sizes = Counter(map(str, self.source[self.given]))
        enough = min(_ALONE, sizes.total() // _SHARE)
        for source, size in sorted(sizes.items(), key=lambda found: (found[1] < enough, found[0])):
            group.append(source)
            if size >= enough or sum(sizes[name] for name in group) >= enough:
                yield group
                group = []
        if group:
            yield group

    def teaches(self, wanted: NDArray[np.bool_]) -> bool:
        """Whether the wanted lines include both spam and ham."""
        return bool((self.spam & wanted).any() and (~self.spam & wanted).any())


def run(lines: list[Line], progress: Callable[[str], None]) -> FoldResult:
    """See the module. Raises ValueError without spam or ham from blogs or news."""
    if len({line.spam for line in lines if line.given}) < 2:
        raise ValueError("There is no spam or no ham whose source begins with blog or news; nothing to learn from.")
    progress(f"{len(lines):,} lines: taking them apart")
    bench = SourceFold(lines)
    progress("looking for doubtful lines")
    good = ~bench.doubtful()
    judged, known = Judged.nothing_yet(len(lines)), homes(lines)
    for left, prior in left_out(bench, good, progress):
        for at in map(int, np.flatnonzero(left)):
            judged.score[at], judged.alone[at] = judge(lines[at], prior, known[lines[at].source])
    progress("fitting what ships")
    final = bench.calibrated(good)
    report = _report(bench, good, judged, final)
    used = [line for line, kept in zip(lines, good, strict=True) if kept]
    return FoldResult(packed(final, report.hold), report, used)


def left_out(
    bench: SourceFold, good: NDArray[np.bool_], progress: Callable[[str], None]
) -> Iterator[tuple[NDArray[np.bool_], Prior]]:
    """For each group of sources a mask of its lines, and weights fitted without them, which hold from a logit of 0."""
    for sources in bench.groups():
        progress(f"leaving out {', '.join(sources)}")
        left = np.isin(bench.source, sources)
        wanted = good & bench.without(left)
        if bench.teaches(wanted):
            yield left, packed(bench.calibrated(wanted), 0.0)


def packed(fitted: Fitted, hold: float) -> Prior:
    """The fit as it ships."""
    found = ((int(at), float(fitted.weights[at])) for at in np.flatnonzero(fitted.weights))
    return Prior.from_weights(found, fitted.bias, hold)


def _report(bench: SourceFold, good: NDArray[np.bool_], judged: Judged, final: Fitted) -> ModelReport:
    """`good`: without lines that are likely spam although nobody called them so; nothing is tested on those."""
    tested, left_out = bench.given & good, int((~good).sum())
    ham = tested & ~bench.spam
    hold = judged.hold(ham) if ham.any() else final.bias
    shown = judged.shifted(hold)

    def figures(source: str, mine: NDArray[np.bool_]) -> Row:
        spam, ham = mine & bench.spam, mine & ~bench.spam
        return row(source, (shown.score[spam], shown.kept[spam]), (shown.score[ham], shown.kept[ham]))

    rows = [figures(name, tested & (bench.source == name)) for name in sorted(set(map(str, bench.source[tested])))]
    used = int(np.count_nonzero(final.weights))
    return ModelReport(tuple(rows), figures("all of them", tested), hold, len(bench.lines) - left_out, left_out, used)


def features_of(sample: Sample) -> list[tuple[int, float]]:
    """All features that a prior has weights for."""
    named = [token for token in tokens(sample) if token[0] not in UNKNOWN]
    return features(named) + ngram_features(sample.text)
