"""Every face in every language: catalogs, English where one has gaps, choice, dates, digits, plurals, direction."""

import io
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from starlette.testclient import TestClient

from service.language import CATALOGS, accepted, language, read_translations
from tests.reader import ARTICLE, Reader, solve
from tests.rows import each_row

ROOT = Path(__file__).parent.parent
LEAVE_A_REPLY = {
    "ar": "اترك تعليقًا",
    "ckb": "وەڵامێک بنووسە",
    "de": "Schreiben Sie einen Kommentar",
    "es": "Deja una respuesta",
    "fr": "Laisser un commentaire",
    "ku": "Bersivekê binivîse",
    "ru": "Добавить комментарий",
    "tr": "Bir yanıt yazın",
    "zh-Hans": "发表回复",
}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """What is written is the same in every language, so one database will do."""
    return sqlite_url


def messages(root: Path, *options: str) -> tuple[int, list[str]]:
    """The status of ``.ci/messages`` in a checkout, and the lines that it prints."""
    command = [sys.executable, root / ".ci" / "messages", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout.splitlines()


@pytest.fixture(scope="module")
def up_to_date(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the translations are made from, which are up to date. A part of the code will do."""
    root = tmp_path_factory.mktemp("checkout")
    for folder in ("service/locale", "service/comments", "templates"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (root / ".ci").mkdir()
    for name in ("pyproject.toml", ".ci/messages", "service/language.py", "service/__init__.py"):
        shutil.copy(ROOT / name, root / name)
    messages(root)
    return root


@pytest.fixture
def checkout(up_to_date: Path, tmp_path: Path) -> Path:
    """A copy of it to change."""
    return shutil.copytree(up_to_date, tmp_path, dirs_exist_ok=True)


def change(checkout: Path, name: str, old: str, new: str) -> None:
    """Rewrite the catalog of a language."""
    path = checkout / "service" / "locale" / name / "LC_MESSAGES" / "messages.po"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def forms_of(message: Message) -> tuple[str, ...]:
    """A message's translation, or those for its numbers."""
    return (message.string,) if isinstance(message.string, str) else tuple(message.string)


def test_no_translation_would_be_shown_as_it_must_not_be() -> None:
    status, said = messages(ROOT, "--check")
    assert status == 0, said


def test_a_new_sentence_is_named_and_stops_the_release_alone(checkout: Path) -> None:
    with (checkout / "templates" / "thread.html").open("a") as template:
        template.write("{% trans %}A sentence that is new.{% endtrans %}")
    named = [f"{name}: not translated: A sentence that is new." for name in CATALOGS]
    assert messages(checkout, "--check")[0] == 0
    status, said = messages(checkout, "--release")
    assert (status, set(said) >= {*named, "de: out of date, run: make messages"}) == (1, True)
    status, said = messages(checkout)
    assert (status, set(said) >= set(named)) == (0, True)
    assert not [line for line in messages(checkout, "--release")[1] if "out of date" in line]


def test_a_fuzzy_sentence_stops_the_release_and_a_broken_one_the_tests(checkout: Path) -> None:
    change(checkout, "de", 'msgid "Reply"\n', '#, fuzzy\nmsgid "Reply"\n')
    assert messages(checkout, "--check")[0] == 0
    status, said = messages(checkout, "--release")
    assert (status, "de: fuzzy: Reply" in said) == (1, True)
    change(checkout, "de", 'msgstr "Auf %(name)s ', 'msgstr "Auf %(nam)s ')
    status, said = messages(checkout, "--check")
    assert (status, "de: other placeholders: Reply to %(name)s" in said) == (1, True)


def test_only_a_form_for_one_number_says_it_in_words(checkout: Path) -> None:
    sentence = "%(num)s more reply"
    forms = language("ar").translations
    assert [bool(re.search(r"\d|%", forms.ngettext(sentence, "", number))) for number in (1, 2, 5)] == [
        False,
        False,
        True,
    ]
    assert messages(checkout, "--check")[0] == 0
    change(checkout, "ar", '"%(num)s ردود أخرى"', '"ردود أخرى"')
    assert messages(checkout, "--check") == (1, [f"ar: other placeholders: {sentence}"])


def test_french_has_a_hard_space_before_its_double_signs() -> None:
    for path in (ROOT / "service" / "locale" / "fr").rglob("*.po"):
        with path.open("rb") as file:
            said = [form for message in read_po(file) for form in forms_of(message) if message.id]
        assert len(said) > 200
        assert [form for form in said if re.search(r" [;!?»](\s|$)| :(\s|$)|« ", form)] == []


UNFINISHED = """
msgid ""
msgstr "Content-Type: text/plain; charset=utf-8"

msgid "Reply"
msgstr ""

#, fuzzy
msgid "Name"
msgstr "Nombre"

msgid "%(num)s comment"
msgid_plural "%(num)s comments"
msgstr[0] ""
msgstr[1] "%(num)s"
"""


@pytest.mark.parametrize("name", CATALOGS)
def test_what_is_not_translated_is_english(name: str) -> None:
    for spoken in (language(name).translations, read_translations(io.BytesIO(UNFINISHED.encode()), name)):
        assert spoken.gettext("Nobody has translated this.") == "Nobody has translated this."
        assert spoken.ngettext("%(num)s new thing", "%(num)s new things", 1) == "%(num)s new thing"
        assert spoken.ngettext("%(num)s new thing", "%(num)s new things", 5) == "%(num)s new things"
    assert (spoken.gettext("Reply"), spoken.gettext("Name")) == ("Reply", "Name")
    said = [spoken.ngettext("%(num)s comment", "%(num)s comments", number) for number in (1, 5)]
    assert said == ["%(num)s comment", "%(num)s comments"]


@pytest.mark.parametrize("code", sorted(LEAVE_A_REPLY))
def test_the_form_speaks_it(client: TestClient, code: str) -> None:
    page = client.get("/page", params={"page": ARTICLE, "lang": code}).text
    direction = "rtl" if code in ("ar", "ckb") else "ltr"
    assert f'<html lang="{code}" dir="{direction}">' in page
    assert f'<span class="reply-title-text">{LEAVE_A_REPLY[code]}</span>' in page
    assert "Your email address" not in page


def test_there_is_a_form_for_every_catalog() -> None:
    assert {language(name).code for name in CATALOGS} == set(LEAVE_A_REPLY)


@each_row(
    ("tag", "code"),
    [("de-AT", "de"), ("zh-CN", "zh-Hans"), ("zh_TW", "zh-Hans"), ("kmr", "ku"), ("ckb-IQ", "ckb"), ("en-US", "en")]
    + [(tag, "en") for tag in ("ja", "xx", "", "<b>", "de" * 20, "../de", "en\n")],
)
def test_a_tag_finds_its_language_or_english(tag: str, code: str) -> None:
    assert language(tag).code == code


@pytest.mark.parametrize(
    ("header", "tag"),
    [
        ("de-DE,de;q=0.9,en;q=0.8", "de-DE"),
        ("ja, fr;q=0.7, de;q=0.8", "de"),
        ("en;q=0.5, ar", "ar"),
        ("de;q=0, tr;q=0.1", "tr"),
        ("*", ""),
        ("ja", ""),
        ("", ""),
        (";;q=,,de;q=9", ""),
        ("de," * 5000, "de"),
    ],
)
def test_the_reader_is_asked_by_the_browsers_header(header: str, tag: str) -> None:
    assert accepted(header) == tag


def test_the_page_decides_before_the_reader_and_the_reader_before_the_owner(client: TestClient) -> None:
    def shown(lang: str, header: str) -> str:
        page = client.get("/thread", params={"page": ARTICLE, "lang": lang}, headers={"accept-language": header}).text
        return re.findall(r'<div class="leave-a-reply" lang="([^"]*)"', page)[0]

    assert (shown("fr", "de"), shown("", "de, en;q=0.5"), shown("", "ja"), shown("ja", "de")) == (
        "fr",
        "de",
        "en",
        "en",
    )


def test_what_a_cache_may_keep_says_on_what_it_depends(client: TestClient) -> None:
    def ask(lang: str, header: str) -> Any:
        return client.get("/comments", params={"page": ARTICLE, "lang": lang}, headers={"accept-language": header})

    german, turkish, asked = ask("", "de"), ask("", "tr"), ask("fr", "de")
    assert "Noch keine Kommentare" in german.text
    assert "Henüz yorum yok" in turkish.text
    assert "Aucun commentaire" in asked.text
    assert [each.headers["content-language"] for each in (german, turkish, asked)] == ["de", "tr", "fr"]
    assert [each.headers.get("vary", "") for each in (german, turkish, asked)] == [
        "accept-encoding, accept-language",
        "accept-encoding, accept-language",
        "accept-encoding",
    ]
    again = client.get(
        "/comments",
        params={"page": ARTICLE},
        headers={"if-none-match": german.headers["etag"], "accept-language": "de"},
    )
    assert (again.status_code, again.headers["vary"]) == (304, "accept-encoding, accept-language")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("en", "4 November 2026, 09:05"),
        ("de", "4. November 2026, 09:05"),
        ("fr", "4 novembre 2026, 09:05"),
        ("ru", "4 ноября 2026\u202fг., 09:05"),
        ("zh-Hans", "2026年11月4日 09:05"),
        ("ar", "4 نوفمبر 2026، 09:05"),
        ("ku", "4ê mijdara 2026an 09:05"),
        ("ckb", "4ی تشرینی دووەمی 2026 09:05"),
    ],
)
def test_dates_are_written_as_in_the_language(code: str, said: str) -> None:
    assert language(code).when(datetime(2026, 11, 4, 9, 5, 7, tzinfo=UTC)) == said


@pytest.mark.parametrize(
    ("code", "number", "said"),
    [
        ("ru", 3, "3 комментария"),
        ("ru", 11, "11 комментариев"),
        ("ar", 11, "11 تعليقًا"),
        ("ar", 5, "5 تعليقات"),
        ("tr", 2, "2 yorum"),
    ],
)
def test_plurals_follow_the_language(code: str, number: int, said: str) -> None:
    assert language(code).ngettext("%(num)s comment", "%(num)s comments", number) % {"num": number} == said


@pytest.mark.parametrize(
    ("lang", "digits"),
    [("ar", "٠١٢٣٤٥٦٧٨٩"), ("ckb", "٠١٢٣٤٥٦٧٨٩"), ("ku", "۰۱۲۳۴۵۶۷۸۹"), ("zh-Hans", "０１２３４５６７８９")],
)
def test_the_sum_is_answered_in_the_digits_of_the_script(reader: Reader, lang: str, digits: str) -> None:
    asked = reader.question()
    answer = "".join(digits[int(digit)] for digit in solve(asked["question"]))
    fields = reader.fields(lang=lang) | {"captcha": answer, "captcha_token": asked["token"]}
    assert reader.send(fields).status_code == 303


def test_a_refusal_is_in_the_readers_language(reader: Reader) -> None:
    answer = reader.post(lang="tr", author="")
    assert answer.status_code == 422
    assert "Lütfen adınızı yazın." in answer.text
    spoken = reader.client.get("/captcha", params={"page": ARTICLE, "lang": "tr"}).json()["spoken"]
    assert re.search(" (artı|eksi|çarpı) ", spoken)


def test_an_error_page_too_and_what_is_not_translated_says_that_it_is_english(client: TestClient) -> None:
    page = client.get("/nowhere", headers={"accept": "text/html", "accept-language": "de"}).text
    assert "<h1>Fehler 404</h1>" in page
    assert '<p class="lar-lead">Unter dieser Adresse gibt es nichts.</p>' in page
    page = client.get("/page?page=x", headers={"accept": "text/html", "accept-language": "ar"}).text
    assert '<p class="lar-lead" lang="en" dir="ltr">The page’s address' in page.replace("&#39;", "’")


@pytest.mark.parametrize("name", CATALOGS)
def test_who_says_what_is_written_on_a_link_means_that_link(name: str) -> None:
    """WCAG 2.5.3: a control's name for those who hear holds the words that others see."""
    say = language(name).gettext
    assert say("Reply").casefold() in say("Reply to %(name)s").casefold()


def test_styles_know_start_and_end_not_left_and_right() -> None:
    physical = re.compile(
        r"(?:margin|padding|border|inset)-(?:left|right)|[;{\s](?:left|right|float)\s*:|text-align:\s*(?:left|right)"
    )
    paths = [*(ROOT / "templates" / "assets").glob("*.css")]
    assert paths
    for path in paths:
        code = path.read_text().replace("direction: ltr; text-align: left", "")  # code is not turned round
        assert not physical.findall(code), path.name


def test_scripts_are_told_what_is_wrong_in_the_readers_language(client: TestClient) -> None:
    answer = client.get("/nowhere", headers={"accept": "application/json", "accept-language": "de"})
    assert answer.json()["error"] == "Unter dieser Adresse gibt es nichts."


def test_the_script_itself_says_in_every_language_that_the_service_is_away() -> None:
    code = (ROOT / "templates" / "assets" / "embed.js").read_text()
    sentences = dict(re.findall(r"^    (\w+): '(.{9,})',$", code, re.MULTILINE))
    assert set(sentences) == {name.partition("_")[0] for name in CATALOGS}
