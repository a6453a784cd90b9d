"""Which language a text is in: told for sentences, not guessed for scraps, code and unknown languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.spam.languages.text_language import Trigrams, trigrams

SENTENCES = {
    "en": "I have been looking for this all week, and your explanation is the first that I could follow.",
    "de": "Vielen Dank für den Beitrag, ich hatte dasselbe Problem und konnte es damit endlich lösen.",
    "fr": "Merci beaucoup pour cet article, je cherchais une explication claire depuis longtemps.",
    "es": "Muchas gracias por el artículo, llevaba mucho tiempo buscando una explicación tan clara.",
    "pt": "Muito obrigado pelo artigo, eu estava procurando uma explicação como esta há muito tempo.",
    "it": "Grazie mille per questo articolo, cercavo da tempo una spiegazione così chiara e completa.",
    "nl": "Bedankt voor dit artikel, ik was al een hele tijd op zoek naar een duidelijke uitleg hiervan.",
    "pl": "Bardzo dziękuję za ten artykuł, od dawna szukałem takiego jasnego wyjaśnienia tego tematu.",
    "tr": "Bu yazı için çok teşekkür ederim, uzun zamandır böyle açık bir anlatım arıyordum.",
    "id": "Terima kasih banyak untuk tulisan ini, saya sudah lama mencari penjelasan yang sejelas ini.",
}


@pytest.mark.parametrize("code", SENTENCES)
def test_a_sentence_shows_its_language(code: str) -> None:
    table = trigrams()
    assert table.language_of(SENTENCES[code]) == code
    assert table.foreign(SENTENCES[code], {code}) == ""
    others = {other for other in SENTENCES if other != code}
    assert {other for other in others if table.foreign(SENTENCES[code], {other}) == code} == others


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Danke schön!",
        "Congrats you Krazy Koding Kook! Karry on.",
        "```\nfür der die das und nicht eine sich auch nach\nwerden aus bei einer wie\n```\nThat is my list of words.",
        "> Vielen Dank für den Beitrag, ich hatte dasselbe Problem und konnte es damit endlich lösen.\n\nSame here.",
        "See https://beispiel.example/vielen-dank-fuer-den-beitrag-ich-hatte-dasselbe-problem for it",
        "Спасибо большое за статью, я давно искал такое понятное объяснение этой темы.",
    ],
)
def test_what_shows_no_other_language_is_not_foreign(text: str) -> None:
    assert trigrams().foreign(text, {"en"}) == ""


@pytest.mark.parametrize("at_home", [set(), {"ku"}, {"en", "ku"}, {"xx-nonsense"}])
def test_nothing_is_foreign_where_a_language_is_not_known(at_home: set[str]) -> None:
    assert trigrams().foreign(SENTENCES["de"], at_home) == ""


def test_a_text_in_one_of_several_languages_is_at_home() -> None:
    assert trigrams().foreign(SENTENCES["de"], {"en", "de"}) == ""
    assert trigrams().foreign(SENTENCES["fr"], {"en", "de"}) == "fr"


def test_the_table_is_read_as_it_was_written() -> None:
    table = Trigrams.from_counts({"en": {"the": 90, "ing": 10}, "de": {"der": 50, "ing": 50}}, 2)
    assert Trigrams.from_bytes(table.to_bytes()) == table
    assert set(table.weights) == {"the", "ing", "der"}


@given(st.text(max_size=2000) | st.text("`<>@ \n", max_size=4000) | st.sampled_from(["er " * 2000, "`" * 9000]))
def test_any_text_has_some_answer(text: str) -> None:
    assert trigrams().foreign(text, {"en"}) in {"", *trigrams().languages}


def _counted_one_by_one(text: str) -> tuple[dict[str, int], int]:
    """The sums of the table's bytes and the number of trigrams found, of lower-case words with a space between."""
    table = trigrams()
    line, size = f" {text} ", len(table.languages)
    found = [table.weights[line[at : at + 3]] for at in range(len(line) - 2) if line[at : at + 3] in table.weights]
    rows = [weight.to_bytes(3 * size, "big")[2::3] for weight in found]
    return {code: sum(row[at] for row in rows) for at, code in enumerate(table.languages)}, len(found)


@given(st.lists(st.text("aeiouéßжnrst", min_size=1, max_size=9), max_size=60).map(" ".join))
def test_words_that_were_summed_before_count_as_their_trigrams_do(text: str) -> None:
    scores, number = trigrams().scores(text)
    sums, known = _counted_one_by_one(text[:500].strip())
    if len(text) + 2 < 40 or known < 20:
        assert (scores, number) == ({}, 0)
    else:
        assert {code: round(score * 24) for code, score in scores.items()} == sums
