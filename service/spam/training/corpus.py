"""Labelled comments for training, and their weights."""

import gzip
import json
import random
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from service.spam.classifier.features import Sample

MAIN = ("blog", "news")  # prefixes of sources with the kind of comments that this product receives
WRITTEN = "blog-written"  # begins the sources of lines made of templates; nothing is tested on them
_WRITTEN = 2.0  # they cover trades and languages that public comments lack
SIDE_LINES = 1500  # lines taken of a source of another kind
MAIN_LINES = 8000  # lines of one label taken of a blog or news site; more of one source teach little about others


@dataclass(frozen=True, slots=True)
class Line:
    """A labelled comment. Lines of one `cluster` are near-duplicates and stay in the same fold. `date`: as given, or
    empty; training does not look at it."""

    sample: Sample
    spam: bool
    source: str
    cluster: str
    date: str = ""

    @property
    def main(self) -> bool:
        """Whether it is from a blog or news site; of other kinds only ham is used."""
        return self.source.startswith(MAIN)

    @property
    def given(self) -> bool:
        """Whether it is somebody's comment on a blog or news site, and no written line."""
        return self.main and not self.source.startswith(WRITTEN)


class BadLine(ValueError):
    """An unusable line; the message gives its number and what is wrong."""


def read(*paths: Path) -> list[Line]:
    """The lines of all files. Clusters of the same name are the same in all of them."""
    return [line for path in paths for line in _read(path)]


def _read(path: Path) -> list[Line]:
    """JSON lines `{text, label, source, author?, email?, url?, cluster?, date?}`, gzipped if the name ends in .gz."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        return [_line(text, number) for number, text in enumerate(lines, 1) if text.strip()]


def _line(text: str, number: int) -> Line:
    try:
        row: dict[str, Any] = json.loads(text)
        label = row["label"]
        if label not in ("spam", "ham"):
            raise BadLine(f"Line {number}: the label is {label!r}, not spam or ham.")
        sample = Sample(*(str(row.get(name) or "") for name in ("text", "author", "email", "url")))
        cluster, date = str(row.get("cluster") or f"line {number}"), str(row.get("date") or "")
        return Line(sample, label == "spam", str(row["source"]), cluster, date)
    except (json.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise BadLine(f"Line {number} is not a labelled comment: {error!r}") from error


def teaching(lines: list[Line]) -> list[Line]:
    """Lines of blogs and news, and some ham of each other source. Measured: spam of other kinds lowers recall on blogs;
    their ham keeps other languages and styles from looking like spam."""
    main = some([line for line in lines if line.main], MAIN_LINES)
    return list(chain(main, some([line for line in lines if not line.main and not line.spam], SIDE_LINES)))


def some(lines: Sequence[Line], most: int) -> Iterator[Line]:
    """At most so many lines of each source and label."""
    found: dict[tuple[str, bool], list[Line]] = {}
    for line in lines:
        found.setdefault((line.source, line.spam), []).append(line)
    for (source, _), those in sorted(found.items()):
        chance = random.Random(zlib.crc32(source.encode()))  # noqa: S311  the same lines each time
        yield from those if len(those) <= most else chance.sample(those, most)


def weights(lines: list[Line], side: float = 0.05, power: float = 0.25) -> list[float]:
    """A weight for each line: a cluster of n lines weighs √n; a source's spam or ham, its total to the `power`, written
    lines _WRITTEN times as much; all spam as much as all ham; other kinds `side` times the ham of blogs and news."""
    sizes = Counter(line.cluster for line in lines)
    found = [sizes[line.cluster] ** -0.5 for line in lines]
    totals: defaultdict[tuple[str, bool], float] = defaultdict(float)
    for line, weight in zip(lines, found, strict=True):
        totals[line.source, line.spam] += weight
    found = [w * totals[line.source, line.spam] ** (power - 1) for line, w in zip(lines, found, strict=True)]
    found = [w * _WRITTEN if line.source.startswith(WRITTEN) else w for line, w in zip(lines, found, strict=True)]
    sums: defaultdict[tuple[bool, bool], float] = defaultdict(float)
    for line, weight in zip(lines, found, strict=True):
        sums[line.main, line.spam] += weight
    return [
        w / sums[line.main, line.spam] * len(lines) / 2 * (1 if line.main else side)
        for line, w in zip(lines, found, strict=True)
    ]
