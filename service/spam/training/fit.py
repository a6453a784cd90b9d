"""Logistic regression over hashed features, by L-BFGS, in numpy alone."""

from array import array
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.spam.classifier.features import BITS, Feature

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Loss = Callable[[Floats], tuple[float, Floats]]


@dataclass(frozen=True, slots=True)
class Table:
    """Comments as rows of sparse features: those of row i are at starts[i] … starts[i + 1]."""

    places: NDArray[np.int32]
    values: NDArray[np.float32]
    starts: Ints

    @classmethod
    def of(cls, rows: Iterable[Iterable[Feature]]) -> "Table":
        """From rows with at least one feature each, read one at a time."""
        places, values, starts = array("i"), array("f"), [0]
        for row in rows:
            for at, value in row:
                places.append(at)
                values.append(value)
            starts.append(len(places))
        return cls(np.frombuffer(places, np.int32), np.frombuffer(values, np.float32), np.array(starts))

    def rows(self, wanted: Ints) -> "Table":
        """Some of its rows."""
        sizes = (self.starts[1:] - self.starts[:-1])[wanted]
        starts = np.concatenate(([0], np.cumsum(sizes)))
        index = np.arange(int(starts[-1])) - np.repeat(starts[:-1] - self.starts[wanted], sizes)
        return Table(self.places[index], self.values[index], starts)

    def times(self, weights: NDArray[Any]) -> Floats:
        """The product with weights by hash: one number per row."""
        summed: Floats = np.add.reduceat(weights[self.places] * self.values, self.starts[:-1], dtype=np.float64)
        return summed


@dataclass(frozen=True, slots=True)
class Fitted:
    """Weights by hash, and the bias."""

    weights: Floats
    bias: float

    def logits(self, table: Table) -> Floats:
        return table.times(self.weights) + self.bias


def fit(table: Table, spam: NDArray[np.bool_], counts: Floats, strength: float = 5.0, rare: int = 3) -> Fitted:
    """`counts`: the weight of each row, about 1 on average. `strength`: 1 / L2 penalty. Features of fewer than `rare`
    rows are left out; a comment has two rows, so 3 means two comments."""
    seen = np.bincount(table.places, minlength=1 << BITS)
    used = seen >= rare
    number = np.cumsum(used) - 1
    keep = used[table.places]
    rows = np.repeat(np.arange(len(spam)), np.diff(table.starts))[keep]
    columns = number[table.places[keep]].astype(np.int32)
    size, length = int(used.sum()), len(spam)
    scale = _log_ratio_scale(
        np.bincount(columns, counts[rows] * spam[rows], size), np.bincount(columns, counts[rows] * ~spam[rows], size)
    )
    values = table.values[keep] * scale[columns]
    sign = np.where(spam, 1.0, -1.0)

    def loss(point: Floats) -> tuple[float, Floats]:
        weights, bias = point[:-1], point[-1]
        margin = sign * (np.bincount(rows, weights[columns] * values, minlength=length) + bias)
        total = float(counts @ np.logaddexp(0, -margin) + 0.5 / strength * weights @ weights)
        slope = -sign * counts / (1 + np.exp(np.clip(margin, -50, 50)))
        gradient = np.bincount(columns, slope[rows] * values, minlength=size) + weights / strength
        return total, np.append(gradient, slope.sum())

    point = _lbfgs(loss, np.zeros(size + 1))
    weights = np.zeros(1 << BITS)
    weights[used] = point[:-1] * scale
    return Fitted(weights, float(point[-1]))


def _log_ratio_scale(in_spam: NDArray[Any], in_ham: NDArray[Any]) -> Floats:
    """A scale for each feature: the root of its naive Bayes log-ratio, plus a little. Features of one label thus get
    their weight sooner than those common to both (NB-SVM, Wang and Manning 2012, with a root)."""
    spam, ham = in_spam + 1, in_ham + 1
    ratio: Floats = np.abs(np.log(spam / spam.sum() * ham.sum() / ham))
    return np.sqrt(ratio) + 1e-3


def _lbfgs(loss: Loss, point: Floats, memory: int = 10, steps: int = 150, enough: float = 1e-4) -> Floats:
    """L-BFGS (Nocedal and Wright, algorithm 7.5) with a backtracking line search."""
    pairs: deque[tuple[Floats, Floats]] = deque(maxlen=memory)
    value, slope = loss(point)
    first = float(np.linalg.norm(slope))
    for _ in range(steps):
        way = -_direction(slope, pairs)
        reach, falls = 1.0 if pairs else 1 / max(first, 1e-9), float(slope @ way)
        for _ in range(20):
            next_point = point + reach * way
            next_value, next_slope = loss(next_point)
            if next_value <= value + 1e-4 * reach * falls:
                break
            reach *= 0.5
        moved, turned = next_point - point, next_slope - slope
        if float(moved @ turned) > 1e-12:
            pairs.append((moved, turned))
        settled = value - next_value < enough * 1e-2 * abs(value) and len(pairs) > 5
        point, value, slope = next_point, next_value, next_slope
        if settled or float(np.linalg.norm(slope)) < enough * first:
            break
    return point


def _direction(slope: Floats, pairs: "deque[tuple[Floats, Floats]]") -> Floats:
    """The gradient times an estimate of the inverse Hessian, by the two-loop recursion."""
    way, shares = slope.copy(), []
    for moved, turned in reversed(pairs):
        share = float(moved @ way) / float(moved @ turned)
        shares.append(share)
        way -= share * turned
    if pairs:
        moved, turned = pairs[-1]
        way *= float(moved @ turned) / float(turned @ turned)
    for (moved, turned), share in zip(pairs, reversed(shares), strict=True):
        way += (share - float(turned @ way) / float(moved @ turned)) * moved
    return way
