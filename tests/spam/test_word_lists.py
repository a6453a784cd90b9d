"""Word lists as people paste them, and as long as they paste them."""

import random

from hypothesis import given
from hypothesis import strategies as st

from service.spam.evidence import Evidence
from service.spam.look_up_and_judge import check
from service.spam.site_policy import Policy
from service.spam.verdict import Action
from service.spam.word_lists import WordList
from tests.work import calls

ENTRIES = 65_371


def long_list() -> str:
    """As long as the list that WordPress sites share, of made-up words and addresses."""
    rng = random.Random(7)
    syllables = ["ca", "si", "no", "vi", "ag", "ra", "lo", "an", "po", "ker", "buy", "on", "li", "ne", "best", "xx"]
    entries: set[str] = set()
    while len(entries) < ENTRIES:
        word = "".join(rng.choices(syllables, k=rng.randint(4, 9)))
        entries.add(rng.choice([word, f"{word}.com", f"{word} {rng.choice(syllables)}", f"/{word}", f"-{word}-"]))
    return "\n".join(sorted(entries))


def judged(text: str, **words: str) -> Action:
    policy = Policy.of({"words": words})
    return check(Evidence(text, "Ada", "ada@example.org", "", "", policy=policy)).action


def test_an_entry_is_found_inside_of_words_as_in_wordpress() -> None:
    words = WordList.parse("press\r\n\r\n  Casino Bonus \nxy")
    assert words.hits(["wordpress is not suspicious"]) == ["press"]
    assert words.hits(["the best casino bonus", "oxygen"]) == ["casino bonus", "xy"]
    assert words.hits(["nothing of that"]) == []


def test_an_entry_in_quotes_is_a_word_of_its_own() -> None:
    words = WordList.parse('"cialis"\n"ad"')
    assert words.hits(["a specialist for adverbs"]) == []
    assert words.hits(["adverb, ad: specialist"]) == ["ad"]
    assert words.hits(["(cialis)"]) == ["cialis"]


def test_an_entry_behind_an_equals_sign_is_a_whole_field() -> None:
    words = WordList.parse("=spam@pills.example\n=seo")
    assert words.hits(["seo"]) == ["=seo"]
    assert words.hits(["seo expert"]) == []
    assert words.hits(["a text", "spam@pills.example"]) == ["=spam@pills.example"]


def test_every_entry_is_literal() -> None:
    words = WordList.parse("(a+)+$\n.*\n[url=\n\\d")
    assert words.hits(["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"]) == []
    assert words.hits(["(a+)+$"]) == ["(a+)+$"]


@given(st.lists(st.text("abc ", min_size=1, max_size=6)), st.text("abc ", max_size=60))
def test_hits_are_those_of_a_plain_search(entries: list[str], text: str) -> None:
    words = WordList.parse("\n".join(entries))
    expected = {entry.strip() for entry in entries if entry.strip() and entry.strip() in text}
    assert set(words.hits([text], most=100)) == expected


@given(st.text(), st.text())
def test_any_list_and_any_text_will_do(pasted: str, text: str) -> None:
    words = WordList.parse(pasted)
    assert all(hit in text.lower() for hit in words.hits([text.lower()]))


def test_a_hand_made_list_holds_at_one_hit_and_never_files_at_one() -> None:
    assert judged("the best casino", hold="casino") is Action.HOLD
    assert judged("the best casino", spam="casino") is Action.HOLD
    assert judged("the best casino bonus", spam="casino\nbonus") is Action.SPAM
    assert judged("the best casino bonus", trial="casino\nbonus") is Action.PUBLISH
    assert judged("nothing", hold="casino", spam="bonus") is Action.PUBLISH


def test_letters_in_disguise_are_found_too() -> None:
    assert judged("the best 𝐜𝐚𝐬𝐢𝐧𝐨", hold="casino") is Action.HOLD
    assert judged("the best ca\u200bsi\u200bno", hold="casino") is Action.HOLD


def test_a_pasted_list_of_65_000_holds_at_three_hits_and_costs_what_a_short_one_does() -> None:
    pasted = long_list()
    words = WordList.parse(pasted)
    assert words.size == ENTRIES
    entries = pasted.splitlines()
    honest = "You see the flash and you think of the baker. " * 8  # 368 characters, as the usual comment
    assert words.hits([honest]) == []
    fields = [honest, "tomás", "tomas@ferry.example", "https://ferry.example"]
    assert calls(lambda: words.hits(fields)) < 2 * len("".join(fields))
    one, three = f"{honest} {entries[0]}", " | ".join([honest, entries[100], entries[20_000], entries[60_000]])
    assert judged(one, spam=pasted) is Action.PUBLISH
    assert judged(three, spam=pasted) is Action.HOLD
