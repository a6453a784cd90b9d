"""The model card that is shipped beside the weights."""

from collections import Counter

from service.spam.classifier.features import BITS
from service.spam.classifier.training.corpus import WRITTEN, Line
from service.spam.classifier.training.report import Report

_TEXT = """# Model card: the spam classifier's prior

Logistic regression over hashed tokens of a comment: words, their pairs, runs of four characters, parts of links, the
author's name, traits of shape and script, topics of a hand-written list. 2^{bits} weights of one byte, no text and no
vocabulary. Written by `leave-a-reply train FILE`; the same file gives the same weights.

**For**: a first opinion on comments of a site that has taught its own model nothing yet. **Not for**: chat, mail, video
comments, or deciding anything about a person. The people whose comments were learned from are not named anywhere in it.

## Learned from

Public comments with their owners' decisions. Other kinds than blogs and news teach ham only, at a twentieth of the
weight. `{written}` are lines made of templates that were written for this; nothing was tested on them.

| source | spam | ham |
|---|---|---|
{sources}

## On sources it never saw

Each source scored by a model that was trained without it and without near-duplicates of its comments.

{report}
## Limits

Mostly English, mostly technical blogs; of other European languages mostly the written lines. Owners' decisions are not
always right (1 to 3 % doubtful). A single source has few ham comments, so recall at 0.1 % rests on one or two of them.
It knows no e-mail address, no client and no timing.
"""


def markdown(report: Report, used: list[Line]) -> str:
    """MODEL.md."""
    counts = Counter((line.source, line.spam) for line in used)
    rows = [
        f"| {source} | {counts[source, True]:,} | {counts[source, False]:,} |"
        for source in sorted({line.source for line in used})
    ]
    return _TEXT.format(bits=BITS, written=WRITTEN, sources="\n".join(rows), report=report.as_markdown())
