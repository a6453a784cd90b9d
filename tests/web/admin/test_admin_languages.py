"""Whoever reads the admin pages in another language meets no English in them, but for names and what people typed.

Every sentence counts as translated here: what is looked for are those that never get a translation.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from db.models import Status
from service import language, sites
from service.action_log import Act, ActKind, Actor, record
from service.comments.comment_statistics import add_refusals
from service.doctor.finding_sentences import FetchedBadly, FindingSentence
from service.importers import import_run_rows
from service.importers.import_report import ImportReport
from service.importers.import_sentences import ImportSentence
from service.language import CATALOGS, admin_language
from service.outgoing_http import FetchProblem
from service.pages.address_rules_input import RulesProblem
from service.redirects import RedirectProblem
from service.sentence_forms import filled
from service.spam.change_spam_settings import change_settings
from service.spam.reason_sentences import ReasonSentence
from service.web.admin.error_words import error_words
from service.web.admin.reason_words import reason_sentence
from service.web.context import AppContext
from service.webhooks import manage_webhooks
from service.webhooks.site_webhooks import Kind, Wanted, WebhookProblem
from tests.conftest import Clock
from tests.pseudo_language import SAME_EVERYWHERE, WORD, StandIn, Words
from tests.web.admin.conftest import AddComment, Browser

SAME = re.compile(
    r"Leave a Reply|Ida|Slack|Discord|Telegram|ntfy|[Mm]atrix|GitHub|JSON API|Esc|trial|csv|A post"
    r"|testclient|comments\.test|(?:blog|www|shop)\.example(?:\.com)?|example\.com|tomas@ferry\.example|(?:comment|site)\.\w+|/\w+/?|\{slug\}"
)
"""Names, data of the fixtures, and what is typed as it is in any language."""

LEFT_OUT = ("script", "style", "code", "textarea")
REFUSALS = (
    *("author", "email", "url", "comment", "captcha", "no_token", "questions", "flood", "used", "parent", "closed"),
    *("duplicate", "origin", "store"),
)
BY_OTHERS = {ActKind.AUTHOR_EDIT, ActKind.AUTHOR_DELETE, ActKind.PURGE}
BY_OTHERS |= {ActKind.LOG_BEGUN, ActKind.WORDS_ERASED, ActKind.CHANGES_NOTED}
VALUES = {
    "number": 3,
    "host": "https://a.example",
    "script": "cyrillic",
    "language": "German",
    "words": "花",
    "entries": "“花”",
    "parts": "its name, a word",
    "seconds": "1.5",
    "name": "花",
    "points": "+2",
    "reports": "spam, off topic",
    "sentence": ReasonSentence.HOMOGRAPH,
}


@pytest.fixture
def comment(context: AppContext, clock: Clock, browser: Browser, add: AddComment, ida: int) -> str:
    """A comment held for every reason that there is, on a site with a webhook, a block and a full log."""
    browser.client.headers["accept-language"] = "zh-CN"
    reasons = [{"symbol": "links", "weight": 1.0, "sentence": filled(each, VALUES)} for each in ReasonSentence]
    key = add(author="李雷", text="很好。", reasons=reasons, language="de")
    number = int(key.partition("-")[2])
    add(author="李雷", text="很好。", status=Status.SPAM, parent_id=number)
    run = context.writer.run
    run(manage_webhooks.add, 1, Wanted(Kind.STANDARD, "https://hooks.example/a"), ida, clock())
    run(change_settings, 1, {"trial": ["links"]}, ida, clock())
    run(sites.register, "https://shop.example", clock())
    run(add_refusals, {(1, reason): 1 for reason in REFUSALS}, clock())
    for action in ActKind:
        actor = Actor.AUTHOR if action in BY_OTHERS else Actor.ADMIN
        run(record, 1, Act(action, clock(), None if action in BY_OTHERS else ida, actor, number))
    browser.post("/admin/block", action="author", value="韩梅梅", days="7", comment=key)
    return key


@pytest.fixture
def _every_sentence_is_translated(monkeypatch: pytest.MonkeyPatch) -> None:
    spoken = replace(language.language("zh-Hans"), translations=StandIn())
    monkeypatch.setattr(language, "_admin_language", lambda _name: spoken)


def left_in_english(html: str) -> list[str]:
    said = (SAME.sub("", SAME_EVERYWHERE.sub("", each)) for each in Words(html, LEFT_OUT).said)
    return [each.strip() for each in said if WORD.search(each)]


PAGES = (
    *("?status=all&reason=links&lang=de", "/comment?comment={key}", "/delete?comment={key}", "/log", "/people"),
    *("/sites", "/spam", "/figures", "/figures?days=365", "/mail", "/webhooks", "/privacy", "/check", "/account"),
    *("/account/mail?token=nonsense", "/mailed?token=nonsense", "/blocks", "/import", "/pages", "/duplicates"),
    *("/rules", "/redirects"),
)
FORMS: tuple[tuple[str, dict[str, str]], ...] = (
    ("/redirects", {"site": "1", "map": "/花 /草 200\n/花/* /草", "action": "preview"}),
    ("/rules", {"site": "1", "index_files": "花/"}),
    ("/check", {"url": "https://stranger.example/"}),
    ("/check", {"url": "花"}),
    ("/webhooks", {"action": "add", "site": "1", "kind": "matrix", "url": "https://m.example"}),
    ("/webhooks", {"action": "add", "site": "1", "kind": "standard", "url": "http://127.0.0.1/"}),
    ("/spam", {"site": "1", "action": "save", "factors": "花", "hold": "花"}),
    ("/sites", {"site": "1", "action": "remove", "origin": "https://blog.example"}),
)


@pytest.mark.usefixtures("_every_sentence_is_translated")
def test_no_page_is_left_in_english(browser: Browser, comment: str) -> None:
    def pages() -> Iterator[tuple[str, str]]:
        for page in PAGES:
            yield page, browser.get(f"/admin{page.format(key=comment)}").text
        for page, fields in FORMS:
            yield f"{page} {fields}", browser.post(f"/admin{page}", **fields).text

    found = {}
    for page, html in pages():
        assert 'lang="zh-Hans"' in html, page
        if left := left_in_english(html):
            found[page] = left
    assert found == {}


@pytest.mark.parametrize("name", CATALOGS)
def test_stored_reasons_and_raised_errors_are_found_again(name: str) -> None:
    spoken = admin_language(name)
    for form in ReasonSentence:
        english = filled(form, VALUES)
        assert reason_sentence(english, spoken) != english
    values = defaultdict(lambda: "https://a.example", VALUES, options="--room and --token")
    values |= {"problem": "https://a.example/… is not a complete address", "where": "the form’s hidden field"}
    raised = (*FetchProblem, *FetchedBadly, *FindingSentence, *RulesProblem, *RedirectProblem, *WebhookProblem)
    for form in (*raised, *ImportSentence):
        english = filled(form, values)
        assert error_words(english, spoken) != english


@pytest.fixture
def import_page(context: AppContext, clock: Clock) -> str:
    """The page of an import whose report says everything that imports can say."""
    values = defaultdict(lambda: "花", problem=ImportSentence.NO_ELEMENTS, kind=ImportSentence.EMPTY)
    report = ImportReport(dry_run=True, format="WordPress's export (WXR)", broken=ImportSentence.NO_JSON)
    for at, each in enumerate(ImportSentence):
        (report.skip if at % 2 else report.pass_over)(filled(each, values), "line 7")
        report.remark(filled(each, values))
    report.pass_over(ImportSentence.NO_DATE, "8")
    comment = {"text": "很好。", "format": "markdown", "author": "李雷", "created_at": clock(), "status": Status.SPAM}
    report.show("https://blog.example/花", comment)
    ended = {
        "state": import_run_rows.RunState.FAILED,
        "said": ImportSentence.EMPTY_ZIP,
        "file": "花",
        "rehearsed": report.as_dict(),
    }
    return f"/admin/import?run=1-{context.writer.run(import_run_rows.create, 1, clock(), **ended)}"


@pytest.mark.usefixtures("_every_sentence_is_translated")
def test_what_an_import_says_of_its_file_is_not_left_in_english(browser: Browser, import_page: str) -> None:
    browser.client.headers["accept-language"] = "zh-CN"
    assert left_in_english(browser.get(import_page).text) == []


def test_lists_have_the_comma_of_the_language(browser: Browser, import_page: str) -> None:
    browser.client.headers["accept-language"] = "ar"
    page = browser.get(import_page).text
    assert "، <bdi>8</bdi>" in page
    assert "UTC، مزعج" in page
    templates = (Path(language.__file__).parent.parent / "templates" / "admin").glob("*.html")
    assert [
        path.name for path in templates if re.search(r"\{\{ ', ' if|join\(', '\)|\}\}, \{\{", path.read_text())
    ] == []


def test_a_file_of_another_format_is_named_in_the_language_of_the_admin() -> None:
    said = "This is not JSON with comments. It seems to be Disqus's export: --format disqus."
    german = "Das ist kein JSON mit Kommentaren. Erkannt wurde: "
    assert error_words(said, admin_language("de")).startswith(german)
    assert "Disqus's export" not in error_words(said, admin_language("de"))


def test_a_reason_keeps_its_values() -> None:
    german = admin_language("de")
    assert reason_sentence("The text is in another script than the page: cyrillic.", german).endswith("Kyrillisch.")
    assert reason_sentence("The text is in another language than the page: French.", german).endswith("Französisch.")
    assert reason_sentence("A moderator has blocked its name, a host.", german) == (
        "Von einem Moderator gesperrt: der Name, ein Host."
    )
    trial = "Test rule, not counted (+2): The text contains 7 links."
    assert reason_sentence(trial, german) == "Testregel, zählt nicht (+2): Der Text enthält 7 Links."
    assert reason_sentence("What another program said.", german) == "What another program said."


def test_values_keep_their_direction_in_arabic() -> None:
    said = error_words("/a/ is neither a path nor an address", admin_language("ar"))
    assert said.startswith("\u2068/a/\u2069 ")


@pytest.mark.parametrize("name", ["ar", "ckb"])
def test_what_is_typed_as_it_is_keeps_its_direction_in_arabic_sentences(name: str) -> None:
    """Marks at the ends of addresses and commands would else be shown on the other side of them."""
    with (Path(language.__file__).parent / "locale" / name / "LC_MESSAGES" / "admin.po").open("rb") as file:
        forms = [form for message in read_po(file) for form in ([message.string] if message.id else [])]
    said = "\n".join(" ".join(form) if isinstance(form, tuple) else form for form in forms)
    outside = re.sub("\u2066[^\u2069]*\u2069", "", said)
    assert re.findall(r"\S*(?:</?[a-z-]+>|/[a-z{}/]+/(?![\w/])|https?://(?!\S))", outside) == []
