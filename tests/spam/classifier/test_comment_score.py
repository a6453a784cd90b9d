from math import inf

import pytest

from service.spam.classifier.comment_score import ENOUGH, score, site_thresholds
from service.spam.classifier.features import BITS, Sample
from service.spam.classifier.prior import Prior
from service.spam.classifier.site_model import SiteModel


def constant(logit: float, hold: float) -> Prior:
    """A prior that says the same of every comment."""
    return Prior(bytes(1 << BITS), 0.0, logit, hold, (0.0,) * 256)


@pytest.mark.parametrize(("second", "logit"), [(1.0, -2.0), (5.0, -2.0), (7.0, 0.0), (12.0, 5.0)])
def test_of_two_priors_the_one_counts_that_is_furthest_above_its_own_threshold(second: float, logit: float) -> None:
    first, local = constant(-2.0, hold=2.0), SiteModel(bias=0.5, learned=10)
    assert score(Sample("Hello"), first, None, constant(second, hold=9.0)).logit == logit
    assert score(Sample("Hello"), first, local, constant(second, hold=9.0)).logit == logit + 0.5


def test_a_young_site_holds_and_never_files() -> None:
    found = site_thresholds([-3.0] * (ENOUGH - 1), shipped=0.6)
    assert (found.hold, found.spam) == (0.6, inf)


def test_a_grown_site_holds_seven_in_a_thousand_of_what_it_approves() -> None:
    scores = [at / 1000 for at in range(1000)]
    found = site_thresholds(scores, shipped=0.6)
    assert sum(score >= found.hold for score in scores) == 7


def test_at_most_one_in_a_thousand_approved_comments_would_have_been_filed() -> None:
    scores = [at / 100 for at in range(3000)]
    found = site_thresholds(scores, shipped=0.6)
    assert sum(score >= found.spam for score in scores) <= 3
    assert found.spam >= found.hold + 1


@pytest.mark.parametrize("count", [200, 500, 999])
def test_below_a_thousand_nothing_approved_would_have_been_filed(count: int) -> None:
    scores = [float(at) for at in range(count)]
    assert max(scores) < site_thresholds(scores, shipped=0.6).spam
