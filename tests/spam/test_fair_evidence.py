"""Evidence cannot be turned on honest people: what spam says about somebody else counts little."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

from service.spam.evidence import Evidence, LookedUp, Reputation, hosts_of
from service.spam.learning.moderator_votes import hashes_about
from service.spam.look_up_and_judge import check
from service.spam.reputation import Reputations, ReputationVote, compute_reputations, hash_of
from service.spam.verdict import Action, Verdict

NOW = datetime(2026, 11, 29, tzinfo=UTC)
VICTIM: dict[str, str] = {"email": "ada@lovelace.example", "url": "https://lovelace.example"}
_numbers = count(1)


def marked(text: str, *, network: int, batch: int | None = None, spam: bool = True, **who: str) -> ReputationVote:
    about = hashes_about(text, who.get("url", ""), who.get("email", ""))
    return ReputationVote(
        tuple(about), spam, NOW.timestamp(), hash_of("client", bytes([network])), batch or next(_numbers)
    )


def judge(known: Reputations, text: str = "A thought of my own.", **more: Any) -> Verdict:
    evidence = Evidence(text, "Ada", **{"email": "", "url": "", "page_url": "https://blog.example/post", **more})
    background = LookedUp(
        hosts={host: known.of("host", host, NOW) for host in evidence.hosts},
        email=known.of("email", evidence.email, NOW),
    )
    return check(replace(evidence, background=background))


@pytest.mark.parametrize("votes", [
    [marked("Cheap pills", network=1, batch=7, **VICTIM), marked("Cheap loans", network=2, batch=7, **VICTIM)],
    [marked("Cheap pills", network=1, **VICTIM), marked("Cheap loans", network=1, **VICTIM)],
], ids=["one click", "one network"])  # fmt: skip
def test_spam_with_the_address_and_website_of_a_victim_does_not_make_the_victim_wait(
    votes: list[ReputationVote],
) -> None:
    assert judge(compute_reputations(votes, NOW), **VICTIM).action is Action.PUBLISH


def test_spam_of_many_networks_with_the_website_of_a_victim_holds_and_never_files() -> None:
    votes = [marked("Cheap pills", network=number, **VICTIM) for number in range(20)]
    assert judge(compute_reputations(votes, NOW), **VICTIM).action is Action.HOLD


def test_honest_comments_take_the_weight_from_what_spam_said() -> None:
    votes = [marked("Cheap pills", network=number, **VICTIM) for number in range(2)]
    assert judge(compute_reputations(votes, NOW), **VICTIM).action is Action.HOLD
    approved = marked("Thanks", network=9, spam=False, **VICTIM)
    assert judge(compute_reputations([*votes, approved], NOW), **VICTIM).reasons == ()
    used = dict.fromkeys(hashes_about("", VICTIM["url"], VICTIM["email"]), 3)
    assert judge(compute_reputations(votes, NOW, used), **VICTIM).action is Action.PUBLISH


def test_a_host_that_is_spams_own_still_holds() -> None:
    votes = [marked("see https://pills.example/a", network=number) for number in range(2)]
    verdict = judge(compute_reputations(votes, NOW), "Everything is cheap at https://pills.example/b")
    assert verdict.action is Action.HOLD
    assert [reason.symbol for reason in verdict.reasons] == ["bad_host"]


@pytest.mark.parametrize("link", ["https://blog.example/other", "https://github.com/ada/engine"])
def test_spam_that_links_to_the_site_itself_or_to_a_host_of_everybody_says_nothing(link: str) -> None:
    votes = [marked(f"pills {link}", network=number) for number in range(5)]
    assert judge(compute_reputations(votes, NOW), f"As I wrote in {link} before").reasons == ()


def test_where_each_user_has_a_host_only_that_host_counts() -> None:
    assert hosts_of("https://spam.github.io/x", []) == ("spam.github.io",)
    assert hosts_of("https://spam.blogspot.co.id/", []) == ("spam.blogspot.co.id",)
    assert hosts_of("https://a.b.example/", []) == ("b.example",)


HASTY = "A thought of my own, and much more of it."


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("all of it stands in http://a.example", {}),
        (HASTY, {"url": "https://new.example"}),
        (HASTY, {"author": "cheap-pills.com"}),
        ("[url=http://x.example]cheap[/url] things", {}),
    ],
)
def test_a_proof_does_not_pay_for_links(text: str, more: dict[str, str]) -> None:
    given = {"author": "Ada", "email": "", "url": "", "page_url": "", **more}
    evidence = Evidence(text, background=LookedUp(known_author=True, known_website="https://old.example"), **given)
    assert "known_author" not in {reason.symbol for reason in check(evidence).reasons}


def test_a_proof_pays_for_words_and_for_the_website_that_was_approved() -> None:
    known = LookedUp(known_author=True, known_website="https://old.example", email=Reputation(spam=9))
    verdict = check(Evidence(HASTY, "Ada", "ada@example.org", "https://old.example", "", background=known))
    assert [reason.symbol for reason in verdict.reasons] == ["known_author"]
