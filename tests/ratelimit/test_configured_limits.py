"""Which rates the settings make."""

import pytest

from service.ratelimit.configured_limits import SITE_QUESTIONS, _rates
from service.settings import Settings


@pytest.mark.parametrize("posts", ["1/hour", "0/minute"])
def test_few_posts_to_a_site_are_no_reason_for_few_questions(posts: str) -> None:
    rates = _rates(Settings(rate_site=posts))
    assert rates["asked"] == rates["challenged"] == SITE_QUESTIONS


@pytest.mark.parametrize(
    ("client", "site"),
    [("600/minute", "6000000/minute"), ("200000/second", "200000/second"), ("0/minute", "0/minute")],
)
def test_a_site_asks_no_fewer_questions_than_a_client_may_ask_for(client: str, site: str) -> None:
    rates = _rates(Settings(rate_question=client))
    assert (rates["question"], rates["asked"]) == (rates["question"].parse(client), rates["question"].parse(site))
