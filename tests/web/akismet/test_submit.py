"""``submit-spam`` and ``submit-ham``: the key's own weights, and the counts of what was wrong."""

from typing import Any

import pytest
import sqlalchemy

from service import sites
from service.akismet import lessons, tables
from service.web.state import Core
from tests.conftest import Clock
from tests.web.akismet.conftest import HONEST, Blog

THANKS = "Thanks for making the web a better place."
PITCH = "Our team of gardeners in Leeds mows, trims and plants; ask Harold about the autumn offer on hedges."
OTHERS = [
    "Harold of our Leeds team trims hedges in autumn, ask for the offer.",
    "An autumn offer by the gardeners of Leeds: hedges, lawns, Harold comes at once.",
    "Hedges in Leeds? Harold and his team have an offer for the autumn.",
    "Mowing and trimming in Leeds, our gardeners make an autumn offer.",
    "Ask Harold: gardeners in Leeds who trim hedges, with an offer all autumn.",
    "Plants, lawns and hedges: the team of Harold in Leeds mows and trims, see the offer.",
    "Leeds gardeners ask for nothing up front; Harold trims the hedges this autumn.",
    "Autumn is for hedges. Our team in Leeds plants and trims, the offer is with Harold.",
]


def rows(core: Core, table: sqlalchemy.Table) -> list[Any]:
    with core.engine.connect() as connection:
        return list(connection.execute(table.select()).all())


def teach(blog: Blog, call: str, texts: list[str]) -> None:
    for text in texts:
        blog.clock.advance(seconds=30)
        who = {"comment_author": text.split()[1], "comment_author_email": f"{text.split()[2]}@example.net".lower()}
        assert blog.call(call, blog.comment(text, **who)).text == THANKS


def test_submissions_teach_the_key(blog: Blog) -> None:
    assert blog.check(PITCH).text == "false"
    teach(blog, "submit-spam", OTHERS)
    teach(blog, "submit-ham", [HONEST, "I disagree with the third point, but it made me think. Thanks!"])
    assert blog.check(PITCH).text == "true"
    assert blog.check("Lovely photographs. Which lens did you take for the last one?").text == "false"


def test_submissions_teach_no_other_key(blog: Blog, core: Core, clock: Clock) -> None:
    teach(blog, "submit-spam", OTHERS)
    other = core.writer.run(sites.register, "https://other.example", clock())
    assert other
    assert Blog(blog.client, other, clock).check(PITCH).text == "false"


def test_a_lesson_is_undone_by_the_opposite_one(blog: Blog, core: Core) -> None:
    teach(blog, "submit-spam", OTHERS)
    teach(blog, "submit-ham", OTHERS)
    assert len(rows(core, tables.lesson)) == len(OTHERS)
    assert blog.check(PITCH).text == "false"


def test_nothing_that_was_written_is_kept(blog: Blog, core: Core) -> None:
    blog.check(PITCH)
    teach(blog, "submit-spam", [PITCH])
    for table in (tables.checked, tables.lesson, tables.taught, tables.usage_day):
        assert rows(core, table)
        assert not any(word in repr(rows(core, table)) for word in ("Leeds", "Harold", "Ada", "192.0.2"))


def test_a_correction_is_counted_once(blog: Blog) -> None:
    guid = blog.check(PITCH).headers["x-akismet-guid"]
    for _ in range(2):
        blog.call("submit-spam", blog.comment(PITCH, guid=guid))
    blog.check(PITCH, comment_author="viagra-test-123")
    blog.call("submit-ham", blog.comment(PITCH, comment_author="viagra-test-123"))
    stats = blog.stats()
    assert (stats["missed_spam"], stats["false_positives"]) == ("1", "1")
    assert stats["accuracy"] == "0.00"


def test_agreeing_is_no_correction(blog: Blog) -> None:
    blog.check(PITCH)
    blog.call("submit-ham", blog.comment(PITCH))
    assert blog.stats()["false_positives"] == "0"


@pytest.mark.parametrize("guid", ["", "junk", "0" * 32, "é"])
def test_an_unknown_id_is_thanked_for_too(blog: Blog, guid: str) -> None:
    assert blog.call("submit-spam", blog.comment(PITCH, guid=guid)).text == THANKS


def test_a_test_and_an_empty_comment_teach_nothing(blog: Blog, core: Core) -> None:
    blog.call("submit-spam", blog.comment(PITCH, is_test="1"))
    blog.call("submit-spam", blog.comment("", comment_author="", comment_author_email=""))
    assert rows(core, tables.lesson) == []


def test_a_key_teaches_so_much_a_day(blog: Blog, core: Core, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lessons, "A_DAY", 2)
    teach(blog, "submit-spam", OTHERS)
    assert len(rows(core, tables.lesson)) == 2
    clock.advance(hours=25)
    teach(blog, "submit-spam", OTHERS[2:])
    assert len(rows(core, tables.lesson)) == 4
    clock.advance(days=366)
    teach(blog, "submit-spam", OTHERS[:1])
    assert len(rows(core, tables.lesson)) == 1


def test_many_lessons_are_fitted_every_ten_seconds_only() -> None:
    models = lessons.TaughtModels()
    assert models.may_fit(1)
    models.fitted(1, 100)
    assert models.may_fit(1)
    models.fitted(1, 101)
    assert not models.may_fit(1)
    assert models.may_fit(2)


def test_old_verdicts_go(blog: Blog, core: Core, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    blog.check()
    clock.advance(days=16)
    monkeypatch.setattr("service.web.akismet.comments.new_guid", lambda: bytes(16))
    blog.check()
    assert len(rows(core, tables.checked)) == 1
