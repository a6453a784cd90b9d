"""What a site learns never makes its check forget: streams of decisions, tested on comments it has not seen.

All comments are written lines, made of templates: of every other template those that a site decides, of the rest those
that it is tested on.
"""

import random
from dataclasses import replace
from itertools import cycle
from math import floor

import pytest

from service.spam.classifier import Sample, SiteModel, shipped
from service.spam.classifier.decided_comments import DecidedComment
from service.spam.classifier.site_model import TrainingExample, fit, training_example
from service.spam.learning.refit import own_thresholds
from service.spam.learning.template_anchors import anchors
from service.spam.training.template_lines import templated

STEPS = (0, 20, 50, 100, 200)
FALL = 0.02
HONEST_HELD = 0.02
ANCHORS = anchors()[::2]
"""Of the templates that the site decides."""
Site = dict[bool, list[TrainingExample]]
STREAMS = {"mixed": 0.3, "approvals only": 0.0, "2 % spam": 0.02, "50 % spam": 0.5, "2 % wrong": 0.3, "spam only": 1.0}


def example(sample: Sample, *, is_spam: bool) -> TrainingExample:
    return training_example(DecidedComment(sample, is_spam, ""), shipped())


def lines(*, decided: bool, most: int) -> Site:
    """Ham and spam, at most so many lines of each template."""
    numbers: dict[str, int] = {}
    found: Site = {False: [], True: []}
    for line in templated():
        number = numbers[line.cluster] = numbers.get(line.cluster, -1) + 1
        if (len(numbers) % 2 == 1) is decided and number < most:
            found[line.spam].append(example(line.sample, is_spam=line.spam))
    return found


@pytest.fixture(scope="module")
def site() -> Site:
    found = lines(decided=True, most=12)
    for examples in found.values():
        random.Random(3).shuffle(examples)
    return found


@pytest.fixture(scope="module")
def unseen() -> list[TrainingExample]:
    found = lines(decided=False, most=4)
    return found[False] + found[True]


def stream(name: str, site: Site) -> list[TrainingExample]:
    """Decisions of a site, oldest first."""
    share, of = STREAMS[name], {label: cycle(examples) for label, examples in site.items()}
    found = []
    for number in range(STEPS[-1]):
        is_spam = floor((number + 1) * share) > floor(number * share)
        one = next(of[is_spam])
        wrong = name == "2 % wrong" and number % 50 == 7
        found.append(replace(one, spam=1 - one.spam) if wrong else one)
    return found


def measured(model: SiteModel, unseen: list[TrainingExample]) -> tuple[float, float, float]:
    """Share of spam held, share of ham held, and recall at 1 % false positives."""
    hold = own_thresholds([], shipped()).hold
    logits: dict[int, list[float]] = {0: [], 1: []}
    for one in unseen:
        logits[one.spam].append(one.offset + model.logit(one.hashes))
    limit = sorted(logits[0])[-1 - len(logits[0]) // 100]
    return (
        sum(logit >= hold for logit in logits[1]) / len(logits[1]),
        sum(logit >= hold for logit in logits[0]) / len(logits[0]),
        sum(logit > limit for logit in logits[1]) / len(logits[1]),
    )


@pytest.mark.parametrize("name", STREAMS)
def test_the_check_forgets_nothing_while_decisions_come(name: str, site: Site, unseen: list[TrainingExample]) -> None:
    decisions = stream(name, site)
    found = [measured(fit(decisions[:number], ANCHORS), unseen) for number in STEPS]
    best_held = best_recall = 0.0
    for held, honest_held, recall in found:
        assert held >= best_held - FALL
        assert recall >= best_recall - FALL
        assert honest_held <= HONEST_HELD
        best_held, best_recall = max(best_held, held), max(best_recall, recall)


def test_approvals_alone_change_nothing(site: Site, unseen: list[TrainingExample]) -> None:
    model = fit(stream("approvals only", site)[:100], ANCHORS)
    assert (model.weights, model.bias) == ({}, 0.0)
    assert measured(model, unseen) == measured(SiteModel(), unseen)


def test_anchors_keep_spam_alone_from_making_honest_comments_look_like_it(
    site: Site, unseen: list[TrainingExample]
) -> None:
    decisions, honest = stream("spam only", site), [one for one in unseen if not one.spam]
    bare, anchored = fit(decisions), fit(decisions, ANCHORS)
    moved = [bare.logit(one.hashes) - anchored.logit(one.hashes) for one in honest]
    assert sum(moved) / len(moved) > 0.6
