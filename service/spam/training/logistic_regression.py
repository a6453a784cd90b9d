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
    used = np.bincount(table.places, minlength=1 << BITS) >= rare
    by_row, by_column = _both_ways(table, used)
    scale = _log_ratio_scale(by_column.times(counts * spam, seen=True), by_column.times(counts * ~spam, seen=True))
    by_row.values *= scale[by_row.places]
    by_column.values *= np.repeat(scale, np.diff(by_column.starts))
    sign = np.where(spam, 1.0, -1.0)

    def loss(point: Floats) -> tuple[float, Floats]:
        weights, bias = point[:-1], point[-1]
        margin = sign * (by_row.times(weights) + bias)
        total = float(counts @ np.logaddexp(0, -margin) + 0.5 / strength * weights @ weights)
        slope = -sign * counts / (1 + np.exp(np.clip(margin, -50, 50)))
        return total, np.append(by_column.times(slope) + weights / strength, slope.sum())

    point = _lbfgs(loss, np.zeros(len(scale) + 1))
    weights = np.zeros(1 << BITS)
    weights[used] = point[:-1] * scale
    return Fitted(weights, float(point[-1]))


@dataclass(slots=True)
class _Lines:
    """The lines of a sparse matrix, each with an entry at least: those of line i are at starts[i] … starts[i + 1]."""

    places: NDArray[np.int32]
    values: NDArray[np.float32]
    starts: Ints

    def times(self, vector: Floats, *, seen: bool = False) -> Floats:
        """The product with a vector; `seen`: as if all values were 1. In blocks that fit into a processor's cache."""
        result, room = np.empty(len(self.starts) - 1), np.empty(0)
        first = 0
        while first < len(result):
            low = int(self.starts[first])
            last = max(first + 1, int(np.searchsorted(self.starts, low + _BLOCK, "right")) - 1)
            high = int(self.starts[last])
            if len(room) < high - low:
                room = np.empty(high - low)
            part = room[: high - low]
            np.take(vector, self.places[low:high], out=part, mode="clip")
            if not seen:
                part *= self.values[low:high]
            result[first:last] = np.add.reduceat(part, self.starts[first:last] - low)
            first = last
        return result


_BLOCK = 1 << 16


def _both_ways(table: Table, used: NDArray[np.bool_]) -> tuple[_Lines, _Lines]:
    """The table by rows and by its used columns; in a row, other features stay with the value 0."""
    number = np.maximum(np.cumsum(used) - 1, 0).astype(np.int32)
    keep = used[table.places]
    by_row = _Lines(number[table.places], table.values * keep, table.starts)
    columns = by_row.places[keep]
    order = np.argsort(columns, kind="stable")
    rows = np.repeat(np.arange(len(table.starts) - 1, dtype=np.int32), np.diff(table.starts))[keep]
    starts = np.concatenate(([0], np.cumsum(np.bincount(columns, minlength=int(used.sum())))))
    return by_row, _Lines(rows[order], by_row.values[keep][order], starts)


def _log_ratio_scale(in_spam: NDArray[Any], in_ham: NDArray[Any]) -> Floats:
    """A scale for each feature: the root of its naive Bayes log-ratio, plus a little. Features of one label thus get
    their weight sooner than those common to both (NB-SVM, Wang and Manning 2012, with a root)."""
    spam, ham = in_spam + 1, in_ham + 1
    ratio: Floats = np.abs(np.log(spam / spam.sum() * ham.sum() / ham))
    return np.sqrt(ratio) + 1e-3


def _lbfgs(loss: Loss, point: Floats, memory: int = 10, steps: int = 25, enough: float = 1e-4) -> Floats:
    """L-BFGS (Nocedal and Wright, algorithm 7.5) with a backtracking line search. Stopped early: on blogs
    left out recall at 0.1 % was .79 after 25 steps and .77 after 40, and of left-out written advertisements .72 and .66
    waited."""
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
