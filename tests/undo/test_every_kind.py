"""Every kind of action says whether the log can take it back; each that can be is taken back with one click."""

import re
from pathlib import Path
from typing import Any

import pytest

from db.models import Status
from service.action_log import ActKind
from service.ways_to_undo import WAY_OF, UndoWay
from service.web.context import AppContext
from tests.conftest import Clock
from tests.undo.scene import ACTS, PREPARED, SETTINGS, Scene, click
from tests.web.admin.conftest import Browser, _passwords_cost_little, browser, ida, password_hash

__all__ = ["_passwords_cost_little", "browser", "ida", "password_hash"]

BY_THE_LOG = {UndoWay.DECISIONS, UndoWay.WORDS, UndoWay.STATE, UndoWay.PAGES, UndoWay.REPLY}
OLD_OR_OWN = {ActKind.MODERATE, ActKind.UNDO, ActKind.REDO}
"""Entries from before the log, and those that undoing makes."""


@pytest.fixture
def scene(browser: Browser, context: AppContext, clock: Clock, ida: int) -> Scene:
    return Scene(context, clock, ida)


def without_aliases(state: dict[str, Any]) -> dict[str, Any]:
    """A page that was moved back leaves an address that leads to it."""
    return {name: rows for name, rows in state.items() if name != "page_alias"}


def test_every_kind_says_whether_it_can_be_undone_and_the_docs_say_the_same() -> None:
    assert set(WAY_OF) == set(ActKind)
    text = (Path(__file__).parents[2] / "docs/moderating.md").read_text()
    table = text.partition("| action | undo |")[2].partition("\n\n")[0]
    said = {}
    for line in table.splitlines()[2:]:
        names, how, _ = (cell.strip() for cell in line.strip("|").split("|", 2))
        said |= dict.fromkeys(re.findall(r"`([^`]+)`", names), how)
    expected = dict.fromkeys((*BY_THE_LOG, UndoWay.IMPORT), "in the log")
    expected |= {UndoWay.ELSEWHERE: "on its page", UndoWay.NEVER: "no", UndoWay.NOTHING: "no"}
    assert said == {action.value: expected[way] for action, way in WAY_OF.items()}


def test_every_kind_that_the_log_takes_back_is_tried_here() -> None:
    assert set(ACTS) == {action for action, way in WAY_OF.items() if way in BY_THE_LOG} - OLD_OR_OWN


def test_each_action_is_undone_with_a_click(browser: Browser, scene: Scene, clock: Clock) -> None:
    for action, act in ACTS.items():
        scene.decide(Status.APPROVED)()
        PREPARED.get(action, lambda _: None)(scene)
        before = scene.state()
        clock.advance(seconds=1)
        act(scene)
        after = scene.state()
        assert after != before, action
        entry = "{}-{}".format(*scene.entries(action)[-1])
        assert browser.post("/admin/log", entry=entry, back="/admin/log").status_code == 303, action
        undone = scene.state()
        if action is ActKind.REPLY:
            assert undone["comment"][-1][1] == Status.TRASH
        else:
            assert without_aliases(undone) == without_aliases(before), action
        again = browser.post("/admin/log", entry=entry)
        assert again.status_code == 409 or again.headers["location"].endswith("what=pages-undo&n=0"), action
        assert scene.state() == undone
        if WAY_OF[action] in (UndoWay.STATE, UndoWay.DECISIONS):
            assert click(browser, scene, ActKind.UNDO).status_code == 303, action
            assert scene.state() == after, action
            once_more = ActKind.REDO if WAY_OF[action] is UndoWay.STATE else action
            assert click(browser, scene, once_more).status_code == 303, action
            assert scene.state() == before, action
    assert browser.get("/admin/log").text.count("Undone") > len(ACTS)


def test_each_setting_is_undone_with_a_click(browser: Browser, scene: Scene) -> None:
    for what, act in SETTINGS.items():
        before = scene.state()
        act(scene)
        after = scene.state()
        assert after != before, what
        assert ">Undo<" in browser.get("/admin/log").text, what
        assert click(browser, scene, ActKind.SETTINGS).status_code == 303, what
        assert [settings or {} for _, settings in scene.state()["spam_setting"]] in ([{}], []), what
        assert scene.state() | {"spam_setting": []} == before | {"spam_setting": []}, what
        assert click(browser, scene, ActKind.UNDO).status_code == 303, what
        assert scene.state() == after, what
        assert click(browser, scene, ActKind.REDO).status_code == 303, what
