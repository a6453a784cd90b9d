"""Words of the lists in what a comment came from: its network address and its program. Neither is stored."""

from typing import Any

import pytest
from sqlalchemy import select

from db import tables
from service.spam import spam_settings_form
from service.spam.evidence import Evidence
from service.spam.rules.word_rules import listed_words
from service.spam.site_policy import Policy
from service.web.context import AppContext
from tests.conftest import Clock
from tests.reader import Reader

BROWSER = "Mozilla/5.0 (X11; Linux x86_64) SpamTool/7"


def found(sender: tuple[str, ...], text: str = "Good morning", **words: str) -> list[tuple[float, str]]:
    policy = Policy.of({"words": words})
    evidence = Evidence(text, "Ada", "ada@example.org", "", "", policy=policy, sender=sender)
    return [(reason.weight, reason.sentence) for reason in listed_words(evidence)]


@pytest.mark.parametrize("entry", ["203.0.113.9", "=203.0.113.9", "203.0.113.", "spamtool", '"spamtool"'])
def test_an_address_or_a_program_on_a_list_holds(entry: str) -> None:
    sentence = "It matches the words to hold: its network address or program."
    assert found(("203.0.113.9", BROWSER), hold=entry) == [(3.0, sentence)]


@pytest.mark.parametrize("entry", ["203.0.113.90", "=203.0.113.", '"spam"'])
def test_others_do_not(entry: str) -> None:
    assert found(("203.0.113.9", BROWSER), hold=entry) == []
    assert found(("", ""), hold=entry) == []


def test_however_much_of_it_is_listed_it_is_one_hit() -> None:
    assert [weight for weight, _ in found(("203.0.113.9", BROWSER), spam="mozilla\nlinux\nspamtool\n203.0.")] == [4.0]
    [(weight, sentence)] = found(("", BROWSER), "Buy at the casino", spam="casino\nspamtool")
    assert (weight, sentence.endswith(": “casino”, its network address or program.")) == (6.0, True)


def test_the_address_is_not_to_be_seen_in_what_is_printed() -> None:
    assert "203.0.113.9" not in repr(Evidence("Hello", "Ada", "", "", "", sender=("203.0.113.9", BROWSER)))


class TestAPost:
    @pytest.mark.parametrize(
        ("entry", "status"), [("spamtool", "pending"), ("203.0.113.9", "pending"), ("x", "approved")]
    )
    def test_is_held_and_nothing_of_it_is_stored(
        self,
        reader: Reader,
        context: AppContext,
        clock: Clock,
        monkeypatch: pytest.MonkeyPatch,
        entry: str,
        status: str,
    ) -> None:
        monkeypatch.setattr(reader.client, "address", ("203.0.113.9", 50_000))
        context.writer.run(
            spam_settings_form.save_settings, 1, {"words": {"hold": f"={entry}" if entry == "x" else entry}}, clock()
        )
        context.spam.sites.forget(1)
        answer = reader.send(reader.fields(), json=True, headers={"user-agent": BROWSER})
        assert answer.json()["status"] == status
        with context.engine.connect() as connection:
            rows: list[Any] = list(connection.execute(select(tables.comment)))
        assert not any(word in str(rows) for word in ("SpamTool", "spamtool", "203.0.113"))
