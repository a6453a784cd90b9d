"""Quality figures of a model, and its model card."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.spam.classifier.features import BITS
from service.spam.training.corpus import WRITTEN, Line
from service.spam.training.logistic_regression import Floats

RATES = (0.001, 0.005, 0.01)
HELD = 0.004  # share of the pooled ham that the check keeps back as shipped: 0.5 % with what is left out and honest
FEW = 100  # least ham for a recall at a false-positive rate


@dataclass(frozen=True, slots=True)
class Row:
    """One source, scored by the check with a model trained without it. `recall`: at false-positive RATES of its own
    ham; `caught` and `wronged`: the shares of its spam and ham that the check keeps back as shipped."""

    source: str
    spam: int
    ham: int
    auc: float | None
    recall: tuple[float, ...] | None
    caught: float | None
    wronged: float | None


@dataclass(frozen=True, slots=True)
class ChatRow:
    """A chat source: recall at false-positive RATES of its own ham, by the first prior alone and by both, the second
    trained without the source; and what both hold of its spam and its ham."""

    source: str
    spam: int
    ham: int
    alone: tuple[float, ...]
    both: tuple[float, ...]
    caught: float
    wronged: float


@dataclass(frozen=True, slots=True)
class ChatReport:
    """Results on left-out sources. `blogs_held`: the share of honest comments of left-out blogs that the second prior
    holds and the first does not."""

    rows: tuple[ChatRow, ...]
    blogs_held: float

    def as_markdown(self) -> str:
        """A table by source, and a line on blogs."""
        head = "| source left out | spam | ham | recall at 0.1, 0.5, 1 %, without | with | caught | wronged |"
        lines = [
            f"| {one.source} | {one.spam:,} | {one.ham:,} | {_shares(one.alone)} | {_shares(one.both)} "
            f"| {one.caught:.2f} | {100 * one.wronged:.1f} % |"
            for one in self.rows
        ]
        said = f"Of honest comments of left-out blogs and news it holds another {100 * self.blogs_held:.2f} %."
        return "\n".join([head, "|---|---|---|---|---|---|---|", *lines]) + f"\n\n{said}\n"


def _shares(found: Sequence[float]) -> str:
    return ", ".join(f"{share:.2f}" for share in found)


@dataclass(frozen=True, slots=True)
class ModelReport:
    """Results on left-out sources. `pooled`: all of them. `hold`: the shipped threshold, a logit. `chat`: of chat.bin
    alone."""

    rows: tuple[Row, ...]
    pooled: Row
    hold: float
    lines: int
    left_out: int
    weights: int
    chat: ChatReport | None = None

    def as_json(self) -> dict[str, Any]:
        """The content of MODEL.json."""
        return asdict(self)

    def as_markdown(self) -> str:
        """A table by source, and a line of totals."""
        head = "| source left out | spam | ham | AUC | recall at 0.1 % | 0.5 % | 1 % | caught as shipped | wronged |"
        body = [_cells(row) for row in (*self.rows, self.pooled)]
        return "\n".join([head, "|---|---|---|---|---|---|---|---|---|", *body]) + (
            f"\n\nTrained on {self.lines:,} lines; {self.left_out} unmoderated ones were left out as likely spam. "
            f"{self.weights:,} weights. Held from a logit of {self.hold:.2f}.\n"
        )


Answers = tuple[Floats, NDArray[np.bool_]]
"""The scores of comments, and which of them were kept back."""


def row(source: str, of_spam: Answers, of_ham: Answers) -> Row:
    """From the answers about a source's spam and ham."""
    (spam, caught), (ham, wronged) = of_spam, of_ham
    many = len(spam) > 0 and len(ham) >= FEW
    return Row(
        source,
        len(spam),
        len(ham),
        auc(spam, ham) if len(spam) and len(ham) else None,
        tuple(recall(spam, threshold(ham, rate)) for rate in RATES) if many else None,
        float(caught.mean()) if len(spam) else None,
        float(wronged.mean()) if len(ham) else None,
    )


def threshold(ham: Floats, rate: float) -> float:
    """The lowest score that at most `rate` of the ham exceeds."""
    return float(np.sort(ham)[::-1][min(int(rate * len(ham)), len(ham) - 1)])


def recall(scores: Floats, limit: float) -> float:
    """The share of scores above the limit."""
    return float((scores > limit).mean())


def auc(spam: Floats, ham: Floats) -> float:
    """The probability that a spam scores above a ham; ties count half."""
    ordered = np.sort(ham)
    below, upto = np.searchsorted(ordered, spam, "left"), np.searchsorted(ordered, spam, "right")
    return float((below + upto).mean() / 2 / len(ham))


def _cells(one: Row) -> str:
    shares: tuple[float | None, ...] = one.recall or (None, None, None)
    figures = [f"{one.auc:.3f}" if one.auc is not None else "–"]
    figures += [f"{share:.2f}" if share is not None else "–" for share in (*shares, one.caught)]
    figures.append(f"{100 * one.wronged:.1f} %" if one.wronged is not None else "–")
    return f"| {one.source} | {one.spam:,} | {one.ham:,} | {' | '.join(figures)} |"


_TEXT = """# Model card: the spam classifier's prior

Logistic regression over hashed tokens of a comment: words, their pairs, runs of four characters, parts of links, the
author's name, traits of shape and script, topics of a hand-written list. 2^{bits} weights of one byte, no text and no
vocabulary. Written by `leave-a-reply train FILE…`; the same files give the same weights.

**For**: a first opinion on comments of a site that has taught its own model nothing yet. **Not for**: chat, mail, video
comments, or deciding anything about a person. The people whose comments were learned from are not named anywhere in it.

## Learned from

Public comments with their owners' decisions. Other kinds than blogs and news teach ham only, at a twentieth of the
weight. `{written}` begin the names of lines made of templates that were written for this;
nothing was tested on them.

| source | spam | ham |
|---|---|---|
{sources}

## On sources it never saw

Each source scored by the whole check with a model that was trained without it and without near-duplicates of its
comments; small sources are left out in groups. Before any decision of a moderator, with the language that most of the
source's honest comments are in as the page's, and without its title.

{report}
{chat}## Limits

Mostly English, mostly technical blogs; some French, German and Chinese, of other languages mostly the written lines.
Owners' decisions are not always right (1 to 3 % doubtful). Many a source has few ham comments, so recall at 0.1 % rests
on one or two of them.
It knows no e-mail address, no client and no timing.
"""


_CHAT = """## chat.bin: gambling and chat spam

Another 2^20 weights of the same kind, for sites that choose them. The greater of the two logits counts. Classifier
alone, without rules; each source scored with weights that were trained without it.

{report}
"""


def markdown(report: ModelReport, used: list[Line]) -> str:
    """MODEL.md."""
    counts = Counter((line.source, line.spam) for line in used)
    rows = [
        f"| {source} | {counts[source, True]:,} | {counts[source, False]:,} |"
        for source in sorted({line.source for line in used})
    ]
    chat = _CHAT.format(report=report.chat.as_markdown()) if report.chat else ""
    return _TEXT.format(bits=BITS, written=WRITTEN, sources="\n".join(rows), report=report.as_markdown(), chat=chat)
