"""From which logit a comment is held or filed as spam, by the site's own approved comments.

Thresholds do not travel: a model's 1 % on the sites it was trained on was measured as 2 to 3 % on others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

ENOUGH = 200  # approved comments before a site's own scores say more than the shipped threshold
HELD, FILED = 0.01, 0.001  # shares of approved comments that may be held, and filed as spam
_APART = 1.0


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Logits. At `hold` and above a comment waits for a human; at `spam` and above it is filed. inf: never."""

    hold: float
    spam: float = inf


def site_thresholds(approved: Sequence[float], shipped: float) -> Thresholds:
    """`approved`: logits of approved comments *as they were when judged*, newest few thousand; a model fitted on a
    comment flatters it. `shipped`: the prior's own threshold for holding, used until there are ENOUGH.
    Below 1,000 comments a thousandth is less than one comment, so filing begins above all of them."""
    if len(approved) < ENOUGH:
        return Thresholds(hold=shipped)
    scores = sorted(approved)
    hold = _quantile(scores, HELD)
    return Thresholds(hold=hold, spam=max(_quantile(scores, FILED), hold + _APART))


def _quantile(scores: Sequence[float], share: float) -> float:
    """A value that at most `share` of the sorted scores reach."""
    over = int(share * len(scores))
    return scores[-over - 1] + 1e-6
