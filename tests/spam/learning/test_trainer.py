"""What moderators decide comes back as a model, thresholds and reputations, and what is undone leaves no trace."""

import threading
import zlib
from collections.abc import Iterator
from datetime import timedelta
from math import inf
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import Connection, Engine, select, update

from db import tables
from db.column_types import new_id
from db.engine import migrate, open_engine
from db.models import Status, VoteSource
from db.writer import Writer
from service import sites as site_store
from service.app import open_context
from service.comments.moderate import decide, undo
from service.comments.record_decisions import Batch
from service.settings import Settings
from service.spam.classifier import shipped
from service.spam.classifier.comment_score import ENOUGH
from service.spam.evidence import Evidence, LookedUp, Reputation
from service.spam.languages.text_language import ENOUGH_AT_HOME, ENOUGH_TO_KNOW
from service.spam.learning.moderator_votes import read_votes
from service.spam.learning.refit import ExcludedVotes, own_thresholds
from service.spam.learning.trainer import CLAIM_SECONDS, OLD, Trainer
from service.spam.look_up_and_judge import check
from service.spam.reputation import Reputations, ReputationVote, compute_reputations, hash_of
from service.spam.rules.classifier_rule import points
from service.spam.site_state import SiteState, SiteStates
from tests.conftest import Clock
from tests.service_process import PATIENCE, wait_for

PITCH = "Our team of {} painters will renew your {} kitchen cheaply, write to us today"
HONEST = "The {} in your {} picture is older than you think, look at the handle"
WORDS = ["red", "old", "small", "warm", "round", "plain", "broad", "quick", "grey", "long", "soft", "late", "thin"]


class Desk:
    """A store, a trainer, and a moderator."""

    def __init__(self, engine: Engine, writer: Writer, clock: Clock) -> None:
        self.engine, self.writer, self.clock = engine, writer, clock
        self.sites = SiteStates(3, 6, {})
        self.trainer = Trainer(engine, writer, self.sites, clock, 0)
        writer.run(site_store.register_all, ["https://blog.example"], clock())

    def add(self, text: str, status: Status = Status.PENDING, logit: float | None = None, **more: object) -> int:
        row: dict[str, object] = {
            "site_id": 1,
            "id": new_id(),
            "page_id": 1,
            "status": status,
            "author": "Ada",
            "email": "ada@example.org",
            "url": "",
            "text": text,
            "format": "markdown",
            "created_at": self.clock(),
            "score": 0.0,
            "reasons": [] if logit is None else [{"symbol": "model", "weight": 0.0, "logit": logit, "sentence": "."}],
            "source": "",
        }
        self.writer.run(lambda connection: connection.execute(tables.comment.insert(), row | more))
        return int(str(row["id"]))

    def decide(self, after: Status, *ids: int, admin: int = 1) -> Batch:
        return self.writer.run(decide, [(1, each) for each in ids], after, admin, self.clock())

    def teach(self, number: int, *, admin: int = 1, turned: bool = False) -> None:
        """So many decisions, spam and honest in turn."""
        for n in range(number):
            one, two = WORDS[n % 13], WORDS[n // 13 % 13]
            spam = n % 2 == 0
            text = (PITCH if spam else HONEST).format(f"{one} {n} {two}", f"{two} {one}")
            key = self.add(text, email=f"{'s' if spam else 'h'}{n % 5}@example.org")
            self.decide(Status.SPAM if spam is not turned else Status.APPROVED, key, admin=admin)

    def site(self) -> SiteState:
        self.sites.forget(1)
        with self.engine.connect() as connection:
            return self.sites.of(connection, 1)

    def report(self) -> dict[str, object]:
        with self.engine.connect() as connection:
            return dict(connection.execute(select(tables.spam_model.c.report)).scalar_one())

    def votes(self) -> list[tuple[int, bool]]:
        with self.engine.connect() as connection:
            return [(vote.comment_id, vote.spam) for vote in read_votes(connection, 1)]


@pytest.fixture
def desk(database_url: str, clock: Clock) -> Iterator[Desk]:
    engine = open_engine(database_url)
    migrate(engine)
    writer = Writer(engine)
    yield Desk(engine, writer, clock)
    writer.close()
    engine.dispose()


def local(site: SiteState, text: str) -> float:
    from service.spam.classifier import Sample

    return site.model.judge(Sample(text, "Ada", "", "")).local


def test_the_last_decision_that_stands_is_the_vote(desk: Desk) -> None:
    spam, turned, held, trashed, undone = (desk.add(f"Text {n}") for n in range(5))
    desk.decide(Status.SPAM, spam, turned, held, trashed)
    desk.decide(Status.APPROVED, turned)
    desk.decide(Status.PENDING, held)
    desk.decide(Status.TRASH, trashed)
    batch = desk.decide(Status.SPAM, undone)
    desk.writer.run(undo, batch.id, 1, desk.clock())
    assert sorted(desk.votes()) == sorted([(spam, True), (turned, False), (trashed, True)])


def test_an_approved_comment_in_the_trash_says_nothing(desk: Desk) -> None:
    key = desk.add("Text")
    desk.decide(Status.APPROVED, key)
    desk.decide(Status.TRASH, key)
    assert desk.votes() == []


def test_decisions_teach_and_the_check_loads_it(desk: Desk) -> None:
    before = desk.site()
    assert (local(before, PITCH), before.versions) == (0.0, (0, 0, 0))
    desk.teach(60)
    assert desk.trainer.refit_if_changed(1)
    site = desk.site()
    assert local(site, PITCH.format("new", "new")) > 0.5 > local(site, HONEST.format("new", "new"))
    assert site.versions == (0, 1, 0)
    report = desk.report()
    assert report["votes"] == 60
    assert report["heard"] in range(10, 60)  # near-duplicates have five votes together
    assert site.reputations.of("email", "S0@example.org", desk.clock()).spam == pytest.approx(
        1
    )  # one day of one network
    assert site.reputations.of("email", "h1@example.org", desk.clock()).ham == pytest.approx(6)


def test_nothing_new_is_not_learned_twice_but_thresholds_are_after_an_hour(desk: Desk, clock: Clock) -> None:
    desk.teach(4)
    assert [desk.trainer.refit_if_changed(1), desk.trainer.refit_if_changed(1)] == [True, False]
    clock.now += OLD
    assert desk.trainer.refit_if_changed(1)


def test_one_process_learns_at_a_time(desk: Desk, clock: Clock) -> None:
    from service.spam.learning.trainer import _claim

    desk.teach(4)
    assert desk.writer.run(_claim, 1, VoteSource.MODERATOR, clock())
    assert not desk.trainer.refit_if_changed(1)
    clock.now += CLAIM_SECONDS
    assert desk.trainer.refit_if_changed(1)


def test_a_model_follows_from_the_log_alone_so_undoing_leaves_no_trace(desk: Desk) -> None:
    desk.teach(40)
    desk.trainer.refit_if_changed(1)
    clean = desk.site()
    key = desk.add("Great kitchen, I love it, who painted the walls of it", email="new@example.org")
    batch = desk.decide(Status.SPAM, key)
    desk.trainer.refit_if_changed(1)
    assert desk.site().model.local.weights != clean.model.local.weights
    desk.writer.run(undo, batch.id, 1, desk.clock())
    assert desk.trainer.refit_if_changed(1)
    assert desk.site().model.local.to_bytes() == clean.model.local.to_bytes()
    assert desk.site().reputations.of("email", "new@example.org", desk.clock()) == Reputation()


def test_a_moderators_and_a_days_decisions_can_be_left_out(desk: Desk, clock: Clock) -> None:
    desk.teach(40)
    desk.trainer.refit_if_changed(1)
    clean = desk.site().model.local.to_bytes()
    clock.advance(days=1)
    desk.teach(40, admin=2, turned=True)
    desk.trainer.refit_if_changed(1)
    assert desk.site().model.local.to_bytes() != clean
    for left_out in (ExcludedVotes(frozenset({"2"})), ExcludedVotes(days=frozenset({"2026-11-25"}))):
        row = {"site_id": 1, "version": 1, "settings": {"left_out": left_out.as_json()}, "at": clock()}

        def job(connection: Connection, row: dict[str, object] = row) -> None:
            connection.execute(tables.spam_setting.delete())
            connection.execute(tables.spam_setting.insert(), row)

        desk.writer.run(job)
        assert desk.trainer.refit_if_changed(1)
        assert desk.site().model.local.to_bytes() == clean


def test_until_200_are_approved_the_model_only_holds(desk: Desk) -> None:
    for _ in range(ENOUGH - 1):
        desk.add("Hello", Status.APPROVED, logit=-5.0)
    desk.teach(2)
    desk.trainer.refit_if_changed(1)
    few = desk.site().model.thresholds
    assert few.spam == inf
    for _ in range(2):
        desk.add("Hello", Status.APPROVED, logit=-5.0)
    desk.clock.now += OLD
    desk.trainer.refit_if_changed(1)
    enough = desk.site().model.thresholds
    assert points(enough.spam, enough) == 6.0
    assert enough.hold < few.hold
    assert desk.report()["approved"] == ENOUGH + 1


def test_own_thresholds_stay_near_the_shipped_one() -> None:
    prior = shipped()
    assert own_thresholds([-50.0] * 500, prior).hold == prior.hold - 2
    assert own_thresholds([50.0] * 500, prior).hold == prior.hold + 3


def test_spam_that_was_approved_by_mistake_does_not_raise_the_threshold() -> None:
    prior = shipped()
    honest = [prior.hold - 4 + number / 250 for number in range(990)]
    right, slipped = (own_thresholds(honest + [prior.hold + 5] * number, prior) for number in (0, 15))
    assert slipped.hold == pytest.approx(right.hold, abs=0.1)
    assert slipped.spam < prior.hold + 5
    unusual = own_thresholds(honest + [prior.hold + 5] * 100, prior)
    assert unusual.hold == prior.hold + 3  # a tenth of what it publishes reads like spam: so are its readers


def test_points_of_the_model_grow_with_its_logit() -> None:
    few = own_thresholds([], shipped())
    steps = [points(few.hold + away, few) for away in (-9, -2, -1, 0, 1, 99)]
    assert steps == [-1.5, 2.0, 2.5, 3.0, 3.5, 52.5]


def test_standings_halve_in_fourteen_days(clock: Clock) -> None:
    about = (hash_of("host", "Pills.Example"),)

    def vote(network: int) -> ReputationVote:
        return ReputationVote(about, True, clock().timestamp(), network, network)

    known = compute_reputations(map(vote, range(4)), clock())
    known = Reputations.from_bytes(known.to_bytes())
    assert known.of("host", "pills.example", clock()) == Reputation(4, 0)
    assert known.of("email", "pills.example", clock()) == Reputation()
    assert known.of("host", "pills.example", clock() + timedelta(days=14)).spam == pytest.approx(2)
    assert compute_reputations([vote(1)], clock() + timedelta(days=70)).known == {}


@pytest.mark.parametrize("data", [b"", b"LAR1", b"x" * 40])
def test_standings_that_cannot_be_read_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="worked out again"):
        Reputations.from_bytes(data)


def test_a_broken_model_is_as_none_at_all_and_is_fitted_again(desk: Desk) -> None:
    desk.teach(10)
    desk.trainer.refit_if_changed(1)

    def spoil(connection: Connection) -> None:
        connection.execute(update(tables.spam_model).values(data=b"junk", mark="", version=9))

    desk.writer.run(spoil)
    assert desk.site().model.local.weights == {}
    assert desk.trainer.refit_if_changed(1)
    assert desk.site().model.local.weights


def test_the_thread_learns_by_itself_and_ends_with_the_writer(desk: Desk) -> None:
    trainer = Trainer(desk.engine, desk.writer, desk.sites, desk.clock, 0.01)
    desk.teach(6)
    trainer.watch(1)
    thread = trainer._thread
    assert thread is not None
    wait_for(lambda: any(desk.site().versions), "what was learned")
    desk.writer.close()
    thread.join(PATIENCE)
    assert not thread.is_alive()


def test_a_site_that_is_gone_is_not_looked_after(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    trainer = Trainer(desk.engine, desk.writer, desk.sites, desk.clock, 0.01)
    trainer.watch(99)
    trainer.watch(1)
    thread = trainer._thread
    assert thread is not None
    wait_for(lambda: (99, VoteSource.MODERATOR) not in trainer._watched, "the site that is gone to be forgotten")
    assert [*trainer._watched] == [(1, VoteSource.MODERATOR)]
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
    desk.writer.close()
    thread.join(PATIENCE)
    assert not thread.is_alive()


def test_factors_of_the_installation_hold_until_a_site_has_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPLY_SPAM_WEIGHTS", "bbcode=0, links=0.5")
    given = Settings().spam_weights
    assert given == {"bbcode": 0.0, "links": 0.5}
    policy = SiteStates(4, 9, given).policy_of({"factors": {"links": 2}})
    assert (policy.hold, policy.spam, policy.factors) == (4, 9, {"bbcode": 0.0, "links": 2.0})


@pytest.mark.parametrize("typed", ["bbcode", "bbcode=", "bbcode=-1"])
def test_factors_that_make_no_sense_are_no_settings(monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    monkeypatch.setenv("REPLY_SPAM_WEIGHTS", typed)
    with pytest.raises(ValidationError):
        Settings()


@pytest.mark.parametrize("typed", ["no_such_rule=1", "=2"])
def test_factors_of_no_rule_stop_the_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, typed: str) -> None:
    monkeypatch.setenv("REPLY_SPAM_WEIGHTS", typed)
    with pytest.raises(ValueError, match="REPLY_SPAM_WEIGHTS: the spam check has no rule"):
        open_context(Settings(data=tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_the_scripts_of_approved_comments_are_at_home(desk: Desk) -> None:
    def reasons() -> list[str]:
        site = desk.site()
        evidence = Evidence(
            "Спасибо, это очень хорошая статья", "Ада", "", "", "", language="en", policy=site.policy,
            background=LookedUp(scripts=site.scripts),
        )  # fmt: skip
        return [reason.symbol for reason in check(evidence).reasons]

    assert reasons() == ["foreign_script"]
    for number in range(3):
        desk.add(f"Вот комментарий номер {number}", Status.APPROVED)
    assert desk.trainer.refit_if_changed(1)
    assert reasons() == []


def test_the_languages_of_approved_comments_are_at_home(desk: Desk) -> None:
    for number in range(ENOUGH_TO_KNOW - 1):
        desk.add(f"I have been looking for an explanation like this for {number} weeks.", Status.APPROVED)
    assert desk.trainer.refit_if_changed(1)
    assert desk.site().languages == set()
    for number in range(ENOUGH_AT_HOME):
        desk.add(f"Vielen Dank, genau dieses Problem hatte ich auch schon {number} Wochen.", Status.APPROVED)
    desk.add("Merci beaucoup pour cet article, je cherchais depuis longtemps.", Status.APPROVED)
    desk.clock.now += OLD
    assert desk.trainer.refit_if_changed(1)
    assert desk.site().languages == {"en", "de"}


def test_what_approved_comments_use_and_the_sites_own_host_take_weight_from_spam(desk: Desk) -> None:
    text = "Cheap at https://shared.example and https://pills.example, see https://blog.example/post"
    desk.decide(Status.SPAM, desk.add(text, email="s@example.org"))
    desk.add("As https://shared.example says", Status.APPROVED, email="ada@example.org")
    desk.add("I wrote https://shared.example", Status.APPROVED, email="bob@example.org")

    def spam() -> list[float]:
        assert desk.trainer.refit_if_changed(1)
        hosts = ("pills.example", "shared.example", "blog.example")
        return [desk.site().reputations.of("host", host, desk.clock()).spam for host in hosts]

    assert spam() == pytest.approx([1, 1, 0])  # what was published today may be spam, too
    desk.clock.now += timedelta(days=1, seconds=1)
    assert spam() == pytest.approx([1, 1 / 3, 0], rel=0.1)


def test_networks_remain_several_when_their_pseudonyms_are_gone(desk: Desk) -> None:
    """And what one network sent counts once, however often it was marked."""
    for number in range(4):
        text = f"Cheap things at https://pills.example and more of them {number}"
        desk.decide(Status.SPAM, desk.add(text, client=bytes([number % 2, 9])))

    def spam() -> float:
        assert desk.trainer.refit_if_changed(1)
        return desk.site().reputations.of("host", "pills.example", desk.clock()).spam

    assert spam() == pytest.approx(2)
    desk.writer.run(lambda connection: connection.execute(update(tables.comment).values(client=None)))
    desk.clock.now += OLD
    assert spam() == pytest.approx(2, rel=0.01)


def test_what_was_learned_outlives_the_text(desk: Desk, clock: Clock) -> None:
    desk.teach(60)
    desk.trainer.refit_if_changed(1)
    clean, report = desk.site().model.local.to_bytes(), desk.report()
    desk.writer.run(lambda connection: connection.execute(tables.comment.delete()))
    clock.now += OLD
    assert desk.trainer.refit_if_changed(1)
    assert desk.site().model.local.to_bytes() == clean
    assert desk.report()["heard"] == report["heard"]
    assert len(desk.votes()) == 60
    assert desk.site().reputations.of("email", "s0@example.org", clock()).spam == pytest.approx(1, rel=0.01)


def test_what_is_kept_of_a_comment_holds_no_words(desk: Desk) -> None:
    key = desk.add("Zanzibar kitchens", author="Quirinus", email="q@example.org", url="https://zanzibar.example")
    desk.decide(Status.SPAM, key)
    desk.trainer.refit_if_changed(1)
    with desk.engine.connect() as connection:
        row = connection.execute(select(tables.spam_vote)).one()
    everything = repr(tuple(row)).lower() + zlib.decompress(row.features).decode("latin-1").lower()
    assert not any(word in everything for word in ("zanzibar", "quirinus", "q@example"))


def test_what_is_kept_is_forgotten_after_400_days(desk: Desk, clock: Clock) -> None:
    desk.teach(4)
    desk.trainer.refit_if_changed(1)
    desk.writer.run(lambda connection: connection.execute(tables.comment.delete()))
    clock.advance(days=401)
    desk.teach(2)
    desk.trainer.refit_if_changed(1)
    assert len(desk.votes()) == 2


def test_while_one_thread_reads_the_others_go_by_what_is_known(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    before, reading, go_on = desk.site(), threading.Event(), threading.Event()
    read = desk.sites._read

    def slowly(*given: Any) -> SiteState:
        reading.set()
        assert go_on.wait(PATIENCE)
        return read(*given)

    monkeypatch.setattr(desk.sites, "_read", slowly)
    thread = threading.Thread(target=desk.site)
    thread.start()
    assert reading.wait(PATIENCE)
    with desk.engine.connect() as connection:
        assert desk.sites.of(connection, 1) is before
    go_on.set()
    thread.join(PATIENCE)
    assert not thread.is_alive()
