"""A comment or a name with nothing to see is refused, when it is posted and when it is edited."""

import pytest

from tests.conftest import each_database
from tests.reader import ARTICLE, Reader

NOTHING = [
    "\u200b\u200b",
    "&nbsp;",
    ">",
    "-",
    "```\n```",
    "\u3164",
    "\u2800",
    "[](https://example.org)",
]


@each_database
@pytest.mark.parametrize("text", NOTHING)
def test_a_comment_with_nothing_to_see_is_refused(reader: Reader, text: str) -> None:
    answer = reader.post(comment=text)
    assert answer.status_code == 422
    assert "Please type your comment text." in answer.text


@pytest.mark.parametrize("name", ["\u200b", "\u3164", "\u00ad", "\u2800", "\u202e\u2066"])
def test_a_name_with_nothing_to_see_is_refused(reader: Reader, name: str) -> None:
    answer = reader.post(author=name)
    assert answer.status_code == 422
    assert "Please type your name." in answer.text


@pytest.mark.parametrize("text", NOTHING)
def test_an_edit_leaves_something_to_see(reader: Reader, text: str) -> None:
    own = reader.post(json=True, comment="Good words.").json()["own"]
    fields = {"page": ARTICLE, "preview": own, "action": "save", "comment": text}
    answer = reader.client.post("/own", data=fields, headers={"accept": "application/json"})
    assert answer.status_code == 422
    assert "Good words." in reader.read()


def test_browsers_translate_neither_names_nor_code_nor_the_sum(reader: Reader) -> None:
    reader.post(author="Frau Bäcker", comment="See `this`.")
    page = reader.client.get("/page", params={"page": ARTICLE}).text
    assert '<bdi translate="no">Frau Bäcker</bdi>' in page
    assert '<code translate="no">this</code>' in page
    assert 'class="captcha-sum" dir="auto" translate="no"' in page


@pytest.mark.parametrize(("name", "initial"), [("🇩🇪 Max", "🇩🇪"), ("ßen", "ß"), ("ada", "A")])
def test_the_initial_is_one_whole_character(reader: Reader, name: str, initial: str) -> None:
    reader.post(author=name)
    assert f'aria-hidden="true">{initial}</span>' in reader.read()
