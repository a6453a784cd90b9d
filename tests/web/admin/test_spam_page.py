"""/admin/spam: accuracy, training data, settings, and the simulator."""

# ruff: noqa: F811  (the admin's fixtures are imported by name)

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from db import tables
from db.models import Status
from service.settings import Settings
from service.spam import rules
from service.spam.rules import RULE_NAMES, RULES
from service.web.context import AppContext
from tests.conftest import Clock
from tests.reader import Reader
from tests.web.admin.conftest import (  # noqa: F401  (fixtures)
    AddComment,
    Browser,
    add,
    browser,
    database_url,
    ida,
    password_hash,
    stranger,
)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A trainer that learns only when a test calls it."""
    return settings.model_copy(update={"learn_seconds": 0.0})


def reason(symbol: str, weight: float, **facts: float) -> dict[str, Any]:
    return {"symbol": symbol, "weight": weight, "sentence": f"It has {symbol}.", **facts}


def rows_of(page: str, caption: str) -> dict[str, list[str]]:
    """First cell → other cells, of the table after a heading."""
    table = page.partition(caption)[2].partition("</table>")[0]
    rows = re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', table, re.DOTALL)
    return {re.sub(r"<[^>]+>", "", name).strip(): re.findall(r"<td>(.*?)</td>", cells) for name, cells in rows}


def stored(context: AppContext) -> dict[str, Any]:
    with context.engine.connect() as connection:
        return dict(connection.execute(select(tables.spam_setting.c.settings)).scalar() or {})


def test_visitors_are_sent_to_the_login(stranger: Browser) -> None:
    assert stranger.get("/admin/spam").status_code == 303
    asked = stranger.post("/admin/spam", action="save", site="1", hold="1")
    assert (asked.status_code, "<h1>Log in</h1>" in asked.text) == (403, True)


def test_a_form_from_another_site_changes_nothing(browser: Browser, context: AppContext) -> None:
    answer = browser.post("/admin/spam", {"sec-fetch-site": "cross-site"}, action="save", site="1", hold="1")
    assert answer.status_code == 403
    assert stored(context) == {}


def test_the_page_of_a_new_site_says_that_there_is_nothing_yet(browser: Browser) -> None:
    page = browser.get("/admin/spam").text
    assert "No accuracy data yet" in page
    assert "The filter learns only from moderators’ decisions." in page
    assert 'placeholder="3"' in page


def test_precision_recall_and_the_busiest_reasons(browser: Browser, add: AddComment) -> None:
    caught = [add(score=4.0, reasons=[reason("bbcode", 4.0)]) for _ in range(3)]
    missed = [
        add(score=1.0, status=Status.APPROVED, reasons=[reason("html", 1.0), reason("words_trial", 0, trial=3.0)])
    ]
    wronged = [add(score=3.0, reasons=[reason("links", 3.0)])]
    fine = [add(reasons=[reason("model", 0.0)]) for _ in range(5)]
    imported = [add(source="isso")]
    browser.act("spam", *caught, *missed)
    browser.act("approve", *wronged, *fine, *imported)
    page = browser.get("/admin/spam").text
    assert "Over the last 10 comments" in page
    assert "Precision 75 %: of the comments held or filed as spam, 3 were spam and 1 legitimate." in page
    assert "Recall 75 %: 1 spam missed." in page
    rows = rows_of(page, "Most frequent reasons")
    assert rows["Forum markup bbcode"] == ["3", "0"]
    assert rows["Many links links"] == ["0", "1"]
    assert rows["Test words words_trial test"] == ["1", "0"]


def test_settings_apply_from_the_next_comment_on(browser: Browser, reader: Reader, context: AppContext) -> None:
    assert reader.post(json=True, comment="I like casino games").json()["status"] == "approved"
    answer = browser.post("/admin/spam", action="save", site="1", words_hold="casino\r\nlottery", factors="haste = 0")
    assert answer.headers["location"].endswith("admin/spam?site=1&what=saved#rules")
    assert stored(context)["words"]["hold"] == "casino\nlottery"
    assert stored(context)["factors"] == {"haste": 0.0}
    assert reader.post(json=True, comment="I love casino games").json()["status"] == "pending"
    page = browser.get("/admin/spam?site=1&what=saved").text
    assert "Saved. It applies to new comments." in page
    assert "casino\nlottery</textarea>" in page
    assert "haste = 0" in page
    assert "Settings changed" in browser.get("/admin/log").text


def test_own_thresholds_are_set_and_reset(browser: Browser, reader: Reader, context: AppContext) -> None:
    browser.post("/admin/spam", action="save", site="1", hold="0,5", spam="9")
    assert (stored(context)["hold"], stored(context)["spam"]) == (0.5, 9.0)
    text = 'Look at <a href="https://example.org">this</a>, it is what you mean'
    assert reader.post(json=True, comment=text).json()["status"] == "pending"
    browser.post("/admin/spam", action="save", site="1")
    assert "hold" not in stored(context)
    assert reader.post(json=True, comment=f"{text} too").json()["status"] == "approved"


def test_the_captcha_level_is_shown_and_set(browser: Browser, reader: Reader, context: AppContext) -> None:
    assert "Currently level 1." in browser.get("/admin/spam").text
    browser.post("/admin/spam", action="save", site="1", level="least-3")
    page = browser.get("/admin/spam").text
    assert "Currently level 3." in page
    assert '<option value="least-3" selected>' in page
    assert reader.question()["level"] == 3
    assert reader.post(json=True).json()["status"] == "pending"
    assert "the browser should have done a proof of work, and did not." in browser.get("/admin").text
    browser.post("/admin/spam", action="save", site="1", level="auto")
    assert stored(context)["level"] == "auto"
    assert (reader.question()["level"], reader.question()["work"]) == (1, "")


def test_a_rule_that_fails_holds_the_comment_and_the_moderator_sees_why(
    browser: Browser, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.spam.rules.word_rules.blocklist", None)
    assert reader.post(json=True).json()["status"] == "pending"
    assert "The rule “disposable_email” failed, so a moderator has to decide." in browser.get("/admin").text


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("hold", "many", "such as 3 or 4.5"),
        ("spam", "-1", "such as 3 or 4.5"),
        ("factors", "nonsense", "Not understood: nonsense."),
        ("factors", "bbcode = -2", "Not understood"),
        ("factors", "no_such_rule = 2\nhalf", "There is no rule with this name: no_such_rule. Not understood: half."),
        ("trial", "no_such_rule", "There is no rule with this name: no_such_rule"),
    ],
)
def test_an_invalid_setting_is_refused_and_its_text_kept(
    browser: Browser, context: AppContext, field: str, typed: str, sentence: str
) -> None:
    answer = browser.post("/admin/spam", action="save", site="1", words_hold="kept", **{field: typed})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "kept</textarea>" in answer.text
    assert typed in answer.text
    assert stored(context) == {}


def test_points_of_spam_below_those_that_hold_are_refused(browser: Browser) -> None:
    assert "must not be lower" in browser.post("/admin/spam", action="save", site="1", hold="5", spam="4").text


@pytest.mark.parametrize("fields", [{"action": "save", "site": "77"}, {"action": "burn", "site": "1"}, {"site": "1"}])
def test_an_unknown_form_changes_nothing(browser: Browser, context: AppContext, fields: dict[str, str]) -> None:
    assert browser.post("/admin/spam", **fields).status_code == 400
    assert stored(context) == {}


def test_a_list_of_65_000_entries_can_be_pasted_in(browser: Browser, context: AppContext) -> None:
    pasted = "\n".join(f"word{n}spam.example" for n in range(65_000))
    assert browser.post("/admin/spam", action="save", site="1", words_spam=pasted).status_code == 303
    assert stored(context)["words"]["spam"] == pasted
    assert browser.get("/admin/spam").status_code == 200


def test_a_form_that_is_too_long_is_refused(browser: Browser) -> None:
    assert browser.post("/admin/spam", action="save", site="1", words_spam="x" * 9_000_000).status_code == 413


def test_the_simulator_shows_lost_comments_and_saves_nothing(
    browser: Browser, add: AddComment, context: AppContext
) -> None:
    honest, spam = add(text="A casino in Venice, 1638"), add(text="casino bonus")
    add(text="casino, undecided")
    add(text="Nothing of it", status=Status.APPROVED)
    browser.act("approve", honest)
    browser.act("spam", spam)
    page = browser.post("/admin/spam", action="try", site="1", words_hold="casino").text
    assert "Tested on the last 4 comments: legitimate comments held in addition: 1, spam caught in addition: 1." in page
    assert rows_of(page, "Result") == {"Current": ["4", "0", "0"], "With your changes": ["1", "3", "0"]}
    assert "Legitimate comments held: 1" in page
    assert "A casino in Venice, 1638" in page
    assert re.search(r"published \([-\d.]+\) → held \([-\d.]+\)", page)
    assert "Not decided yet: 1" in page
    assert "casino</textarea>" in page
    assert stored(context) == {}


def test_the_simulator_keeps_what_depends_on_the_moment(browser: Browser, add: AddComment) -> None:
    add(status=Status.SPAM, score=6.0, reasons=[reason("honeypot", 6.0)])
    add(status=Status.SPAM, score=0.0, reasons=[reason("near_duplicate", 0.0, base=3.0), reason("model", 0, logit=-4)])
    page = browser.post("/admin/spam", action="try", site="1", factors="honeypot = 0.5\nnear_duplicate = 0").text
    assert rows_of(page, "Result") == {"Current": ["0", "1", "1"], "With your changes": ["1", "1", "0"]}
    assert "Spam let through: 2" in page


def test_chat_spam_is_looked_for_once_it_is_chosen_and_the_simulator_shows_it(
    browser: Browser, add: AddComment, context: AppContext
) -> None:
    add(text="Gacor parah bosku, kemarin depo langsung maxwin di ALEXIS17, wd cair lancar", status=Status.APPROVED)
    page = browser.post("/admin/spam", action="try", site="1", chat_spam="yes").text
    assert rows_of(page, "Result") == {"Current": ["1", "0", "0"], "With your changes": ["0", "1", "0"]}
    assert 'name="chat_spam" value="yes" checked' in page
    browser.post("/admin/spam", action="save", site="1", chat_spam="yes")
    assert stored(context)["chat_spam"] is True
    assert 'name="chat_spam" value="yes" checked' in browser.get("/admin/spam").text
    browser.post("/admin/spam", action="save", site="1")
    assert stored(context)["chat_spam"] is False


def test_a_rule_on_trial_is_shown_and_counts_nothing(browser: Browser, reader: Reader, context: AppContext) -> None:
    browser.post("/admin/spam", action="save", site="1", trial="bbcode model", words_trial="casino")
    text = "[url=https://example.org]This[/url] casino is old"
    assert reader.post(json=True, comment=text).json()["status"] == "approved"
    with context.engine.connect() as connection:
        reasons = connection.execute(select(tables.comment.c.reasons)).scalar_one()
    trials = {each["symbol"]: each["trial"] for each in reasons if "trial" in each}
    assert {"bbcode": 4.0, "words_trial": 3.0}.items() <= trials.items()
    assert trials["model"] >= 3
    assert "Test rule, not counted (+4): The text has forum markup" in browser.get("/admin").text


def wait_until_learned(context: AppContext, browser: Browser, clock: Clock, said: str) -> None:
    """Training pauses between two runs, by a pinned clock."""
    for _ in range(500):
        if context.spam.trainer.refit_if_changed(1) or said in browser.get("/admin/spam").text:
            break
        clock.now += timedelta(minutes=6)
    assert said in browser.get("/admin/spam").text


def test_a_moderator_or_a_day_is_excluded_with_one_click(
    browser: Browser, add: AddComment, context: AppContext, clock: Clock, ida: int
) -> None:
    browser.act("spam", *(add(text=f"Paint number {n} for kitchens") for n in range(3)))
    page = browser.get("/admin/spam").text
    assert re.search(r"<bdi>Ida</bdi>: 3 decisions", page)
    assert f"<bdi>{clock():%Y-%m-%d}</bdi>: 3 decisions" in page
    wait_until_learned(context, browser, clock, "3 decisions (3 spam)")
    browser.post("/admin/spam", action="save", site="1", words_hold="kept")
    browser.post("/admin/spam", action="without", site="1", moderator=str(ida))
    browser.post("/admin/spam", action="without", site="1", day="2026-11-24")
    assert stored(context)["left_out"] == {"moderators": [str(ida)], "days": ["2026-11-24"]}
    assert stored(context)["words"]["hold"] == "kept"
    wait_until_learned(context, browser, clock, "0 decisions (0 spam)")
    browser.post("/admin/spam", action="with", site="1", moderator=str(ida))
    assert stored(context)["left_out"]["moderators"] == []


def test_every_symbol_of_the_rules_has_a_name() -> None:
    code = "".join(path.read_text() for path in Path(rules.__file__).parent.glob("*.py"))
    used = set(re.findall(r'(?:Reason|_reason)\(\s*"([a-z_]+)"|\("(words_[a-z]+)", "', code))
    used = {first or second for first, second in used}
    assert used == set(RULE_NAMES)
    assert len(RULES) == len(set(RULES))
