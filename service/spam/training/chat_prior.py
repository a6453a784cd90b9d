"""The second prior: gambling and chat spam. Learned apart, since together it lowered recall on blogs."""

import random
import zlib
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from service.spam.classifier.features import Sample
from service.spam.classifier.prior import Prior
from service.spam.training.augment import homepage
from service.spam.training.corpus import Line, some, weights
from service.spam.training.cross_validation import features_of, packed
from service.spam.training.logistic_regression import Fitted, Floats, Ints, Table, fit
from service.spam.training.model_report import RATES, ChatReport, ChatRow, recall, threshold

CHAT = ("yt-id", "tg", "chat")
"""Begin the names of sources whose spam it learns: Indonesian, Russian and Chinese, as it comes to chats and videos."""
_CHAT_LINES, _OTHER_LINES = 6000, 1000  # lines of one label taken of a source
_CHAT_HELD = 0.005  # share of the chats' honest lines that it may hold
_BLOG_HELD = 0.003  # share of honest comments of blogs and news that it may hold beyond the first prior


class ChatFold:
    """The lines it learns from, as a feature table, with the first prior's logits above its threshold."""

    def __init__(self, lines: Sequence[Line], first: Prior) -> None:
        self.lines = _chosen(lines)
        self.table = Table.of(features_of(line.sample) for line in self.lines)
        self.first = np.array([first.score(line.sample).logit - first.hold for line in self.lines])
        self.spam = np.array([line.spam for line in self.lines], bool)
        self.main = np.array([line.main for line in self.lines], bool)
        self.source = np.array([line.source for line in self.lines])
        self.cluster = np.array([line.cluster for line in self.lines])
        self.chats = sorted({line.source for line in self.lines if line.source.startswith(CHAT)})

    def fit(self, wanted: NDArray[np.bool_]) -> Fitted:
        """Fit on the wanted lines: spam and ham of chats, and as much ham of blogs and news."""
        index: Ints = np.flatnonzero(wanted)
        counts = np.array(weights([self.lines[at] for at in index], side=1.0))
        return fit(self.table.rows(index), self.spam[index], counts)

    def left_out(self) -> Floats:
        """A logit for each line, by a fit without its source. Other sources are left out along with the chats'."""
        found = np.zeros(len(self.lines))
        is_chat = np.isin(self.source, self.chats)
        part = np.array([zlib.crc32(line.source.encode()) % len(self.chats) for line in self.lines])
        for number, chat in enumerate(self.chats):
            out = np.where(is_chat, self.source == chat, part == number)
            at: Ints = np.flatnonzero(out)
            found[at] = self.fit(~np.isin(self.cluster, self.cluster[out])).logits(self.table.rows(at))
        return found


def run(lines: Sequence[Line], first: Prior, progress: Callable[[str], None]) -> tuple[Prior, ChatReport] | None:
    """The second prior and its report; None if fewer than two chat sources have both labels."""
    found = [{line.spam for line in lines if line.source == chat} for chat in {line.source for line in lines}
             if chat.startswith(CHAT)]  # fmt: skip
    if sum(labels == {True, False} for labels in found) < 2:
        return None
    progress("learning chat spam")
    bench = ChatFold(lines, first)
    second = bench.left_out()
    hold = _hold(bench, second)
    report = ChatReport(
        tuple(_row(bench, chat, second - hold) for chat in bench.chats),
        float(((second > hold) & (bench.first <= 0))[bench.main & ~bench.spam].mean()),
    )
    return packed(bench.fit(np.ones(len(bench.lines), bool)), hold), report


def _hold(bench: ChatFold, second: Floats) -> float:
    """The logit from which it holds: _CHAT_HELD of the chats' ham, and no more than _BLOG_HELD of that of blogs."""
    chats = np.isin(bench.source, bench.chats) & ~bench.spam
    blogs = bench.main & ~bench.spam
    limits = [threshold(second[chats], _CHAT_HELD)] + ([threshold(second[blogs], _BLOG_HELD)] if blogs.any() else [])
    return max(limits)


def _row(bench: ChatFold, chat: str, above: Floats) -> ChatRow:
    mine = bench.source == chat
    spam, ham = mine & bench.spam, mine & ~bench.spam
    both = np.maximum(bench.first, above)
    alone, together = (
        tuple(recall(logits[spam], threshold(logits[ham], rate)) for rate in RATES) for logits in (bench.first, both)
    )
    held = both > 0
    return ChatRow(
        chat, int(spam.sum()), int(ham.sum()), alone, together, float(held[spam].mean()), float(held[ham].mean())
    )


def _chosen(lines: Sequence[Line]) -> list[Line]:
    """Some lines of each source: of chats spam and ham, of others ham."""
    chance = random.Random(8)  # noqa: S311  the same lines give the same weights
    chats = [line for line in lines if line.source.startswith(CHAT)]
    others = [line for line in lines if not line.source.startswith(CHAT) and not line.spam]
    names = [line.sample.author for line in others if line.main and line.sample.author]
    found = [*some(chats, _CHAT_LINES), *some(others, _OTHER_LINES)]
    return [line if line.main else _signed(line, names, chance) for line in found]


def _signed(line: Line, names: Sequence[str], chance: random.Random) -> Line:
    """A chat's line with a name and a website such as comments have, so that it does not learn that chats have none."""
    text = line.sample.text
    author = chance.choice(names) if names and chance.random() < 0.8 else ""
    url = homepage(author, text, chance) if chance.random() < 0.4 else ""
    return Line(Sample(text, author, "", url), line.spam, line.source, line.cluster)
