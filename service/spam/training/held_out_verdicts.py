"""What the whole check says of comments that its classifier has not learned from: the score that the API returns."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from service.spam.classifier import Prior, SiteModel, Thresholds
from service.spam.evidence import Evidence, LookedUp, SiteClassifier
from service.spam.languages.text_language import MOST_LOOKED_AT, at_home, guess_language
from service.spam.look_up_and_judge import check
from service.spam.rules.classifier_rule import PER_LOGIT
from service.spam.site_policy import HOLD
from service.spam.training.corpus import Line
from service.spam.training.logistic_regression import Floats
from service.spam.training.model_report import HELD, threshold
from service.spam.verdict import Verdict, alone


@dataclass(slots=True)
class Judged:
    """For each line: ``score``, in points, of a check that holds from a logit of 0; ``alone``: see ``Reason.alone``."""

    score: Floats
    alone: Floats

    @classmethod
    def nothing_yet(cls, number: int) -> "Judged":
        """Room for so many lines."""
        return cls(np.zeros(number), np.zeros(number))

    def hold(self, ham: NDArray[np.bool_]) -> float:
        """The logit to hold from, so that the check keeps back HELD of the ham, for whatever reason."""
        counted = np.where(self.alone >= HOLD, np.inf, self.score)[ham]
        return (threshold(counted, HELD) - HOLD) / PER_LOGIT + 0.02

    def shifted(self, hold: float) -> "Judged":
        """The same with that logit to hold from."""
        return Judged(self.score - hold * PER_LOGIT, self.alone)

    @property
    def kept(self) -> NDArray[np.bool_]:
        """What the check keeps back."""
        return np.maximum(self.score, self.alone) >= HOLD


@dataclass(frozen=True, slots=True)
class Home:
    """What is known of a source as a site: of its approved comments, and the language of its pages, ISO 639-1."""

    known: LookedUp
    language: str


def homes(lines: Sequence[Line]) -> dict[str, Home]:
    """For each source what a site knows of the scripts and languages of its approved comments; and the language that
    most of them are in, as the owner's program says it of a page."""
    texts: dict[str, list[str]] = {}
    for line in lines:
        kept = texts.setdefault(line.source, [])
        if not line.spam and len(kept) < MOST_LOOKED_AT:
            kept.append(line.sample.text)
    return {source: _home(some) for source, some in texts.items()}


def _home(texts: Sequence[str]) -> Home:
    scripts, languages = at_home(texts)
    spoken = Counter(filter(None, map(guess_language, texts)))
    most = spoken.most_common(1)[0][0] if spoken else ""
    return Home(LookedUp(scripts=frozenset(scripts), languages=frozenset(languages)), most)


def judge(line: Line, prior: Prior, home: Home) -> tuple[float, float]:
    """``Judged.score`` and ``alone`` of a line."""
    verdict = verdict_on(line, prior, home)
    return verdict.score, alone(reason.as_json() for reason in verdict.reasons)


def verdict_on(line: Line, prior: Prior, home: Home) -> Verdict:
    """As ``/api/v1/check`` answers when it is told the page's language, and if the check held from a logit of 0. The
    lines have no titles."""
    text, author, email, url = line.sample.text, line.sample.author, line.sample.email, line.sample.url
    model = SiteClassifier(prior, SiteModel(), Thresholds(0.0))
    page = Evidence(text, author, email, url, "", language=home.language, vouched=bool(home.language))
    return check(replace(page, background=home.known, model=model))
