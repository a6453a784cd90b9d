"""Labelled comments for training, their weights, and lines made of templates."""

import gzip
import json
import random
import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from service.spam.classifier.features import Sample

MAIN = ("blog", "news")  # prefixes of sources with the kind of comments that this product receives
WRITTEN = "blog-written"  # source of the lines made of templates; nothing is tested on them
SIDE_LINES = 4000  # lines taken of a source of another kind


@dataclass(frozen=True, slots=True)
class Line:
    """A labelled comment. Lines of one `cluster` are near-duplicates and stay in the same fold."""

    sample: Sample
    spam: bool
    source: str
    cluster: str

    @property
    def main(self) -> bool:
        """Whether it is from a blog or news site; of other kinds only ham is used."""
        return self.source.startswith(MAIN)


class BadLine(ValueError):
    """An unusable line; the message gives its number and what is wrong."""


def read(path: Path) -> list[Line]:
    """JSON lines `{text, label, source, author?, email?, url?, cluster?}`, gzipped if the name ends in .gz."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        return [_line(text, number) for number, text in enumerate(lines, 1) if text.strip()]


def _line(text: str, number: int) -> Line:
    try:
        row: dict[str, Any] = json.loads(text)
        label = row["label"]
        if label not in ("spam", "ham"):
            raise BadLine(f"Line {number}: the label is {label!r}, not spam or ham.")
        sample = Sample(*(str(row.get(name) or "") for name in ("text", "author", "email", "url")))
        return Line(sample, label == "spam", str(row["source"]), str(row.get("cluster") or f"line {number}"))
    except (json.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise BadLine(f"Line {number} is no labelled comment: {error!r}") from error


def teaching(lines: list[Line]) -> list[Line]:
    """All blog and news lines, and some ham of each other source. Measured: spam of other kinds lowers recall on blogs;
    their ham keeps other languages and styles from looking like spam."""
    return [line for line in lines if line.main] + list(_side(lines))


def _side(lines: list[Line]) -> Iterator[Line]:
    by_source: dict[str, list[Line]] = {}
    for line in lines:
        if not line.main and not line.spam:
            by_source.setdefault(line.source, []).append(line)
    for source, found in sorted(by_source.items()):
        chance = random.Random(zlib.crc32(source.encode()))  # noqa: S311  the same lines each time
        yield from found if len(found) <= SIDE_LINES else chance.sample(found, SIDE_LINES)


def weights(lines: list[Line], side: float = 0.05, power: float = 0.25) -> list[float]:
    """A weight for each line: a cluster of n lines weighs √n; a source's spam or ham, its total to the `power`; all
    spam as much as all ham; other kinds `side` times the ham of blogs and news."""
    sizes = Counter(line.cluster for line in lines)
    found = [sizes[line.cluster] ** -0.5 for line in lines]
    totals: defaultdict[tuple[str, bool], float] = defaultdict(float)
    for line, weight in zip(lines, found, strict=True):
        totals[line.source, line.spam] += weight
    found = [w * totals[line.source, line.spam] ** (power - 1) for line, w in zip(lines, found, strict=True)]
    sums: defaultdict[tuple[bool, bool], float] = defaultdict(float)
    for line, weight in zip(lines, found, strict=True):
        sums[line.main, line.spam] += weight
    return [
        w / sums[line.main, line.spam] * len(lines) / 2 * (1 if line.main else side)
        for line, w in zip(lines, found, strict=True)
    ]


_EACH = (16, 12)  # lines made of each template of ham, of spam
_CHOICE = re.compile(r"\{([^{}]*)\}")
_PLACE = re.compile(r"\b(?:LINK|MAIL|PHONE)\b")
_ENDINGS = (
    (".com", ".net", ".org", ".me", ".dev", ".blog", ".io", ".wordpress.com", ".blogspot.com", ".github.io"),
    (".com", ".com", ".com", ".net", ".org", ".info", ".online", ".xyz", ".shop", ".site", ".top", ".club", ".in"),
)
_PAGES = (("", "", "/", "/blog", "/2019/05/first-try"), ("", "/", "/", "/offer", "/contact-us", "/index.php?id=7"))
_MAILS = ("gmail.com", "gmail.com", "outlook.com", "yahoo.com", "proton.me")
_PHONES = ("+1 555 0100 {}", "1-888-555-0{}", "+234 80 5550 0{}", "+91 55555 00{}", "+44 7700 900{}", "00{} 555 0100")


def written() -> list[Line]:
    """Lines made of the templates, the same each time. Those of one template are one cluster."""
    chance = random.Random(5)  # noqa: S311  the same lines give the same weights
    return [line for spam in (True, False) for line in _lines(spam, chance)]


def _lines(spam: bool, chance: random.Random) -> list[Line]:
    name = "spam" if spam else "ham"
    text = resources.files(__package__).joinpath(f"{name}.txt").read_text("utf-8")
    templates = [part for part in text.strip().split("\n\n") if not part.startswith("#")]
    return [
        Line(_sample(template, spam, chance), spam, WRITTEN, f"{WRITTEN} {name} {number}")
        for number, template in enumerate(templates)
        for _ in range(_EACH[spam])
    ]


def _sample(template: str, spam: bool, chance: random.Random) -> Sample:
    head, _, body = template.partition("\n")
    author, _, site = head.rpartition(" |")
    host = written_variants(site.strip(), chance)
    if host and "." not in host:
        host += chance.choice(_ENDINGS[spam])

    def fill(place: re.Match[str]) -> str:
        return _filled(place[0], host, spam, chance)

    url = _link(host, spam, chance) if host and chance.random() < 0.6 else ""
    return Sample(
        _PLACE.sub(fill, written_variants(body, chance)).strip(), written_variants(author, chance).strip(), "", url
    )


def written_variants(template: str, chance: random.Random) -> str:
    """Fill in a template: `{one|another}` is a choice, and choices may be nested."""
    while choice := _CHOICE.search(template):
        chosen = chance.choice(choice[1].split("|"))
        template = template[: choice.start()] + chosen + template[choice.end() :]
    return template


def _filled(place: str, host: str, spam: bool, chance: random.Random) -> str:
    if place == "LINK":
        return _link(host, spam, chance)
    if place == "MAIL":
        return f"{host.partition('.')[0]}{chance.choice(('@', '@', ' (at) '))}{chance.choice(_MAILS)}"
    return chance.choice(_PHONES).format(chance.randrange(10, 100))


def _link(host: str, spam: bool, chance: random.Random) -> str:
    scheme = chance.choice(("https://", "https://www.", "http://", "www." if spam else "https://"))
    return scheme + host + chance.choice(_PAGES[spam])
