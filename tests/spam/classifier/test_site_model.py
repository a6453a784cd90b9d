import random
import struct
import zlib
from dataclasses import replace

import pytest

from service.spam.classifier.comment_score import score
from service.spam.classifier.decided_comments import NEWEST, PER_CLUSTER, DecidedComment, usable_decisions
from service.spam.classifier.features import Sample, features, hashed, tokens
from service.spam.classifier.prior import Prior
from service.spam.classifier.site_model import CLAMP, PROOF, SiteModel, fit, refit, training_example
from tests.spam.classifier.made_up import decisions, ham, marked, spam

BLANK = Prior.from_weights([], 0.0, 0.0)


def test_a_site_teaches_what_the_prior_does_not_know() -> None:
    model = refit(usable_decisions(decisions(60)), BLANK).model
    chance = random.Random(99)
    assert score(spam(chance), BLANK, model).logit > 0 > score(ham(chance), BLANK, model).logit


def test_the_same_log_gives_the_same_model() -> None:
    log = decisions(40)
    assert refit(log, BLANK).model == refit(log, BLANK).model


def test_leaving_a_decision_out_and_refitting_undoes_it_fully() -> None:
    log = decisions(40)
    slip = replace(log[1], spam=False, comment="slip")
    assert refit([one for one in [*log, slip] if one.comment != "slip"], BLANK) == refit(log, BLANK)


def test_no_decisions_teach_nothing() -> None:
    assert refit([], BLANK).model == SiteModel()


def test_only_the_last_decision_of_a_comment_counts() -> None:
    taught = usable_decisions([marked("one two three four", True, "7"), marked("one two three four", False, "7")])
    assert [one.spam for one in taught] == [False]


def test_a_near_duplicate_cluster_has_so_many_votes_and_no_more() -> None:
    text = "Visit our shop for the finest garden gnomes in the whole wide county, number {}"
    taught = usable_decisions([marked(text.format(at), True, str(at)) for at in range(40)])
    assert len(taught) == PER_CLUSTER
    assert taught[-1].comment == "39"


def test_a_moderator_or_a_day_can_be_left_out() -> None:
    log = [
        marked("a good remark on bees", False, "1"),
        marked("buy honey now", True, "2", moderator="Mallory"),
        marked("a fair question on wasps", False, "3", day="2026-05-02"),
    ]
    assert [one.comment for one in usable_decisions(log, without_moderators={"Mallory"})] == ["1", "3"]
    assert [one.comment for one in usable_decisions(log, without_days={"2026-05-02"})] == ["1", "2"]


def test_only_the_newest_decisions_are_heard() -> None:
    log = [DecidedComment(Sample("x"), False, str(at)) for at in range(NEWEST + 5)]
    assert usable_decisions(log)[0].comment == "5"


def test_the_local_logit_is_clamped() -> None:
    sample = Sample("gnomes")
    hashes = features(tokens(sample))
    model = SiteModel({at: 1e6 for at, _ in hashes})
    assert score(sample, BLANK, model).local == CLAMP
    assert SiteModel({at: -1e6 for at, _ in hashes}).logit(hashes) == -CLAMP


def test_a_refit_that_does_better_is_taken() -> None:
    found = refit(decisions(2 * PROOF), BLANK)
    assert found.taken
    assert found.loss is not None
    assert found.loss_before is not None
    assert found.loss < found.loss_before


def test_a_refit_that_does_worse_on_the_last_hundred_is_not_taken() -> None:
    good = decisions(2 * PROOF)
    before = refit(good, BLANK).model
    upside_down = [replace(one, spam=not one.spam, comment=f"late {one.comment}") for one in decisions(PROOF, 2)]
    found = refit([*good, *upside_down], BLANK, SiteModel())
    assert not found.taken
    assert found.model == SiteModel()
    assert before.learned == 2 * PROOF


def test_a_model_that_has_seen_the_last_decisions_is_no_measure() -> None:
    log = decisions(3 * PROOF)
    before = refit(log, BLANK).model
    assert refit(log, BLANK, before).taken


def test_a_few_slips_among_many_decisions_do_not_turn_the_model() -> None:
    log = [replace(one, spam=False) if at % 20 == 1 else one for at, one in enumerate(decisions(200))]
    model = fit([training_example(one, BLANK) for one in log])
    assert score(spam(random.Random(5)), BLANK, model).logit > 0


def test_a_model_survives_the_database() -> None:
    model = refit(decisions(30), BLANK).model
    again = SiteModel.from_bytes(model.to_bytes())
    assert (again.learned, set(again.weights)) == (model.learned, set(model.weights))
    sample = spam(random.Random(1))
    assert score(sample, BLANK, again).logit == pytest.approx(score(sample, BLANK, model).logit, abs=1e-4)


@pytest.mark.parametrize(("magic", "more"), [(b"LARLOCL2", b""), (b"LARLOCL3", struct.pack("<I", 40))])
def test_a_model_of_before_is_read_until_the_next_fit(magic: bytes, more: bytes) -> None:
    body = more + struct.pack("<If", 7, 1.5)
    old = struct.pack("<8sIIf", magic, 60, 1, 0.25) + zlib.compress(body)
    assert SiteModel.from_bytes(old) == SiteModel({7: 1.5}, 0.25, 60)


@pytest.mark.parametrize("data", [b"", b"rubbish", b"LARLOCL1" + bytes(40), SiteModel({1: 1.0}).to_bytes()[:-3]])
def test_a_broken_model_is_refused_with_a_sentence(data: bytes) -> None:
    with pytest.raises(ValueError, match="fitted again"):
        SiteModel.from_bytes(data)


def test_the_prior_counts_in_full_however_much_a_site_has_decided() -> None:
    prior = Prior.from_weights([(hashed("word", "bees"), 4.0)], 1.0, 0.0)
    sample = Sample("bees")
    alone = score(sample, prior)
    model = SiteModel({hashed("word", "bees"): -1.0}, 0.25, 2000)
    found = score(sample, prior, model)
    assert found.prior == alone.logit
    assert found.logit == pytest.approx(alone.logit + model.logit(features(tokens(sample))))


def test_spam_approved_by_mistake_hardly_takes_anything_from_spam_like_it() -> None:
    chance = random.Random(4)
    right = [training_example(one, BLANK) for one in decisions(200)]
    slips = [training_example(DecidedComment(spam(chance), False, f"slip {at}"), BLANK) for at in range(8)]
    unseen = [training_example(DecidedComment(spam(chance), True, f"new {at}"), BLANK) for at in range(40)]
    clean, slipped = fit(right), fit(right + slips)
    means = [sum(model.logit(one.hashes) for one in unseen) / len(unseen) for model in (clean, slipped)]
    assert means[1] > 0.8 * means[0] > 0


def test_a_site_that_disagrees_with_the_prior_is_heard() -> None:
    chance = random.Random(3)
    wrong = Prior.from_weights([(hashed("word", word), 2.5) for word in ham(chance).text.lower().split()], 0.0, 0.0)
    model = refit(usable_decisions(decisions(400)), wrong).model
    assert score(spam(chance), wrong, model).logit > 0 > score(ham(chance), wrong, model).logit
