"""Each rule: what it finds, what it leaves alone, and that no rule alone wrongs an honest reader."""

from typing import Any, NoReturn

import pytest

from service.spam.classifier import Prior, SiteModel, Thresholds
from service.spam.classifier.features import BITS
from service.spam.evidence import Evidence, LookedUp, NearDuplicates, Reputation, SiteClassifier
from service.spam.look_up_and_judge import check
from service.spam.rules.classifier_rule import points
from service.spam.site_policy import Policy
from service.spam.verdict import Action, Reason, Verdict
from tests.rows import each_row


def judge(text: str = "A thought of my own.", author: str = "Ada", **more: Any) -> Verdict:
    given: dict[str, Any] = {"email": "ada@example.org", "url": "", "page_url": "https://blog.example/post", **more}
    return check(Evidence(text, author, **given))


def symbols(*args: str, **more: object) -> set[str]:
    return {reason.symbol for reason in judge(*args, **more).reasons}


def test_a_friendly_comment_has_no_reasons() -> None:
    assert judge() == Verdict(Action.PUBLISH, 0.0, ())


@each_row(
    ("text", "symbol"),
    [
        ("see http://a.example http://b.example http://c.example", "links"),
        ("it is at https://bit.ly/3xYz and more to read", "shortener"),
        ("download it from http://192.168.7.4/setup.exe please", "bare_ip"),
        ("download it from http://3232235777/setup.exe please", "bare_ip"),
        ("log in at https://paypal.com@evil.example/login please", "user_in_link"),
        ("log in at https://pаypal.com/ please", "homograph"),
        ("log in at https://xn--pypal-4ve.com/ please", "homograph"),
        ("https://pills.example/x", "only_a_link"),
        ("[url=http://x.example]cheap[/url] things", "bbcode"),
        ("<script>alert(1)</script> look", "html"),
        ('<img src=x onerror="alert(1)"> look', "html"),
        ('see <a href="http://x.example">this</a> please', "html"),
        ("<!--mfunc eval(base64_decode(x)) -->", "injection"),
        ("{Great|Nice} post, {thanks|cheers} a lot", "template"),
        ("Great post! #file_links[links.txt,1,N]", "template"),
        ("na\u200bme o\u200bf th\u200be g\u200bame", "hidden_characters"),
        ("hell\u0301\u0302\u0303\u0304\u0305o there", "piled_marks"),
        ("the best саsino bоnus оnline here", "mixed_scripts"),
        ("𝐜𝐚𝐬𝐢𝐧𝐨 𝐛𝐨𝐧𝐮𝐬 here", "styled_letters"),
        ("Do you know if they make any plugins, \nto help with it?", "broken_lines"),
        ("First.\r\nI am truly happy to read all of the \r\nposts here.", "broken_lines"),
    ],
)
def test_a_trick_is_named(text: str, symbol: str) -> None:
    assert symbol in symbols(text)


@each_row(
    "text",
    [
        "See https://en.wikipedia.org/wiki/Spam for the history.",
        "Shall I compare thee \nto a day in summer?",
        "This line ends where its sentence ends, too. \nthe next one begins here.",
        "Have a look at the new and exciting project Example \nhttps://example.org/ and tell me what you think.",
        "I joined the lines of my mail by hand before\nsending them to you.",
        "Siehe https://müller.de/ und https://xn--mller-kva.de/, das ist derselbe Ort.",
        "Смотри https://пример.рф/страница, там всё написано.",
        "Наш IPшник и SQL-запрос: C++ный код на GPUшке.",
        "می‌خواهم بدانم که چرا این‌طور است",
        "👩‍👩‍👧‍👦 lovely family, thanks for sharing 👍🏽",
        "Use `<script>` or ```\n<iframe src=x>\n``` there, and `[url=x]` in forums.",
        "In bash {a|b} is no alternative, {a,b} is.",
        "naïve café, Zoë’s résumé, Ａｒｉａ",
        "Version 3232235777 is a number, and 10.0.0.1 is my router.",
    ],
)
def test_what_honest_people_write_has_no_reasons(text: str) -> None:
    assert judge(text).reasons == ()


@pytest.mark.parametrize(
    "text",
    [
        "return items == null || !items.Any(); } and { return a | b; } do the same",
        "{% assign shown = comments | where_exp %} and {{ shown | inspect }}",
        "a [link](https://docs.example/a) to read",
        "~~~\n[url=x]\n~~~ is how forums write it",
    ],
)
def test_code_and_markdown_are_no_marks_of_spam(text: str) -> None:
    assert judge(text).reasons == ()


@pytest.mark.parametrize(
    ("text", "symbol"),
    [
        ("Nice ~~~ [url=http://x.example]cheap[/url] ~~~ things", "bbcode"),
        ("Nice ~~~ <script src=//x.example></script> ~~~ things", "html"),
        ("Nice ~~~ <!--mfunc eval(base64_decode(x)) --> ~~~ things", "injection"),
        ("[url=http://x.example](cheap)[/url] things", "bbcode"),
        ("{Great:|Nice:} post, {thanks;|cheers;} a lot", "template"),
        ("{Great (really)|Nice} post, {thanks/cheers|merci} a lot", "template"),
    ],
)
def test_a_trick_is_named_whatever_stands_around_it(text: str, symbol: str) -> None:
    """Tildes are a fence at the beginning of a line alone: elsewhere what they enclose is shown as it stands."""
    assert symbol in symbols(text)


def test_some_links_count_and_many_hold() -> None:
    def links(number: int) -> str:
        return "It stands in " + " ".join(f"http://{name}.example" for name in "abcdefghij"[:number])

    verdicts = [judge(links(number)) for number in (2, 3, 4, 5, 9, 10)]
    assert [verdict.score for verdict in verdicts] == [0, 0.1, 0.1, 0.2, 0.2, 0.2]
    assert [sum(reason.alone for reason in verdict.reasons) for verdict in verdicts] == [0, 0, 0, 3, 3, 4]
    assert [verdict.action for verdict in verdicts] == [Action.PUBLISH] * 3 + [Action.HOLD] * 3
    assert judge(links(2), max_links=2).action is Action.HOLD


@pytest.mark.parametrize("link", ["http://a.example", "[x](//a.example)", "<https:a.example>", "//a.example/b"])
def test_links_are_counted_in_the_midst_of_a_long_text(link: str) -> None:
    filler = "Nothing is said here, and at great length. " * 400
    assert "links" in symbols(f"{filler}{' '.join([link] * 5)} {filler}")


def model_that_says(logit: float, thresholds: Thresholds) -> SiteClassifier:
    return SiteClassifier(Prior(bytes(1 << BITS), 0.0, logit, 0.0, (0.0,) * 256), SiteModel(), thresholds)


def test_a_site_without_thresholds_of_its_own_files_nothing_by_what_the_text_reads_like() -> None:
    sure = model_that_says(40.0, Thresholds(2.0))
    verdict = judge("https://pills.example/x", model=sure)
    assert (verdict.action, verdict.score) == (Action.HOLD, 22.1)
    assert judge("https://pills.example/x", model=model_that_says(40.0, Thresholds(2.0, 5.0))).action is Action.SPAM
    words = Policy.of({"words": {"hold": "pills"}})
    assert judge("https://pills.example/x", model=sure, policy=words).action is Action.SPAM


def test_a_score_is_one_line_without_an_end() -> None:
    young, grown = Thresholds(2.0), Thresholds(2.0, 4.0)
    assert [points(logit, young) for logit in (-8, 0, 2, 4, 30)] == [-2.0, 2.0, 3.0, 4.0, 17.0]
    assert [points(logit, grown) for logit in (-8, 0, 2, 3, 4, 6)] == [-2.0, 2.0, 3.0, 4.5, 6.0, 7.0]


@pytest.mark.parametrize(
    "text",
    [
        "[url=http://x.example]cheap[/url] things",
        "log in at https://pаypal.com/ please",
        "<!--mfunc eval(base64_decode(x)) -->",
        "Great post! #file_links[links.txt,1,N]",
        "na\u200bme o\u200bf th\u200be g\u200bame",
        "the best саsino bоnus оnline here",
        "It stands in http://a.example http://b.example http://c.example http://d.example http://e.example",
        "sdfdsfsfsfd",
    ],
)
def test_what_is_named_holds_however_honest_the_text_reads(text: str) -> None:
    verdict = judge(text, model=model_that_says(-20.0, Thresholds(2.0)))
    assert verdict.score < 3
    assert verdict.action is not Action.PUBLISH
    assert judge(model=model_that_says(-20.0, Thresholds(2.0))).action is Action.PUBLISH


@pytest.mark.parametrize("author", ["https://pills.example", "cheap-pills.com", "www.pills.example"])
def test_a_name_that_is_an_address_is_named(author: str) -> None:
    assert "link_in_name" in symbols(author=author)


def test_haste_alone_never_holds() -> None:
    for seconds in (-5.0, 0.0, 0.1, 1.4, 1.6, 2.9):
        verdict = judge(fill_seconds=seconds)
        assert [reason.symbol for reason in verdict.reasons] == ["haste"]
        assert verdict.action is Action.PUBLISH
    assert judge(fill_seconds=20.0).reasons == ()
    assert judge(fill_seconds=0.1, min_fill_seconds=0).reasons == ()


def test_the_honeypot_holds_and_files_as_spam_if_more_speaks_against_the_comment() -> None:
    assert judge(honeypot_filled=True).action is Action.HOLD
    assert judge(honeypot_filled=True, fill_seconds=1.0).action is Action.SPAM


@pytest.mark.parametrize(
    ("domain", "named"), [("mailinator.com", True), ("x.mailinator.com", True), ("gmail.com", False)]
)
def test_a_throw_away_address_is_named_and_never_holds_alone(domain: str, named: bool) -> None:
    verdict = judge(email=f"ada@{domain}")
    assert ("disposable_email" in {reason.symbol for reason in verdict.reasons}) is named
    assert verdict.action is Action.PUBLISH


@each_row(
    ("language", "text", "foreign"),
    [
        ("en", "Купить дёшево и быстро, с доставкой на дом", True),
        ("ru", "Купить дёшево и быстро, с доставкой на дом", False),
        ("sr", "Купити јефтино и брзо са доставом", False),
        ("de-DE", "这里有最好的东西快来看看吧朋友们", True),
        ("zh", "这里有最好的东西快来看看吧朋友们", False),
        ("ja", "ここに一番いいものがありますよ見てください", False),
        ("ar", "هذا تعليق حقيقي كتبه إنسان", False),
        ("hi", "यह एक सच्ची टिप्पणी है", False),
        ("th", "นี่คือความคิดเห็นจริง", False),
        ("ru", "A comment in English is at home everywhere", False),
        ("en", "Nice: λόγος", False),
        ("", "Купить дёшево и быстро, с доставкой на дом", False),
        ("xx-nonsense-!", "Hello there, my friends", False),
    ],
)
def test_a_script_that_the_page_is_not_written_in(language: str, text: str, foreign: bool) -> None:
    verdict = judge(text, language=language)
    assert ("foreign_script" in {reason.symbol for reason in verdict.reasons}) is foreign
    assert verdict.action is (Action.HOLD if foreign and language == "en" else Action.PUBLISH)  # Cyrillic among Latin


@each_row(
    ("text", "score"),
    [
        ("sdfdsfsfsfd", 3),
        ("XJEiKaNxAhGnpv", 3),
        ("asdasd", 3),
        ("Congratulations!", 0.3),
        ("Hmmmmmmm", 0.3),
        ("HTTPS", 0.3),
        ("CopySourceAsHTML", 0.3),
        ("Круто!", 0.3),
        ("Thank you", 0),
        ("👍", 0),
        ("不错，值得收藏分享！", 0),
        ("v1.2.3", 0),
        ("Donaudampfschifffahrtsgesellschaft", 0),
    ],
)
def test_one_word_of_a_newcomer_counts_and_a_row_of_letters_waits(text: str, score: float) -> None:
    verdict = judge(text)
    assert verdict.score == score
    assert (verdict.action is Action.HOLD) is (score == 3)
    for known in (LookedUp(known_author=True), LookedUp(email=Reputation(used=1)), LookedUp(email=Reputation(ham=1))):
        assert "one_word" not in symbols(text, background=known)


@each_row(
    ("alike", "action"),
    [
        (NearDuplicates(near=3, long=True), Action.PUBLISH),
        (NearDuplicates(near=4, long=True), Action.HOLD),
        (NearDuplicates(last_hour=4, long=True), Action.HOLD),
        (NearDuplicates(near=40, long=True), Action.SPAM),
        (NearDuplicates(near=1, long=True, marked=1), Action.HOLD),
        (NearDuplicates(near=1, long=True, filed=1), Action.PUBLISH),
        (NearDuplicates(near=500, last_hour=9), Action.PUBLISH),  # "Thank you!"
        (NearDuplicates(last_hour=10), Action.HOLD),
        (NearDuplicates(near=9, long=True, cleared=1), Action.PUBLISH),
        (NearDuplicates(near=9, long=True, cleared=1, marked=1), Action.SPAM),
    ],
)
def test_the_fifth_of_the_same_waits(alike: NearDuplicates, action: Action) -> None:
    assert judge(background=LookedUp(alike)).action is action


def test_short_words_with_a_website_wait_from_the_fifth_within_an_hour() -> None:
    assert judge(url="https://x.example", background=LookedUp(NearDuplicates(last_hour=4))).action is Action.HOLD
    assert (
        judge(url="https://x.example", background=LookedUp(NearDuplicates(near=400, last_hour=3))).action
        is Action.PUBLISH
    )


def test_a_network_alone_never_holds_and_who_was_approved_as_often_is_in_good_standing() -> None:
    assert judge(background=LookedUp(client=Reputation(spam=500))).action is Action.PUBLISH
    assert judge(background=LookedUp(email=Reputation(spam=4))).action is Action.HOLD
    assert judge(background=LookedUp(email=Reputation(spam=4, ham=2))).reasons == ()


def test_a_host_that_spam_linked_to_holds() -> None:
    verdict = judge("See https://pills.example/x for it", background=LookedUp(hosts={"pills.example": Reputation(2)}))
    assert verdict.action is Action.HOLD
    assert verdict.reasons[0].sentence == "Spam linked to pills.example before."


def test_a_proven_author_is_believed_more() -> None:
    words = Policy.of({"words": {"hold": "cheap"}})
    assert judge("That is cheap talk", policy=words).action is Action.HOLD
    assert judge("That is cheap talk", policy=words, background=LookedUp(known_author=True)).action is Action.PUBLISH


def test_what_could_not_be_looked_up_holds_and_says_so() -> None:
    verdict = judge(background=LookedUp(failed=True))
    assert verdict.action is Action.HOLD
    assert "a moderator has to decide" in verdict.reasons[0].sentence


def test_a_rule_that_fails_holds_and_says_so() -> None:
    def broken(evidence: Evidence) -> NoReturn:
        raise ZeroDivisionError

    evidence = Evidence("Hello", "Ada", "", "", "")
    verdict = check(evidence, (broken,))
    assert verdict.action is Action.HOLD
    assert verdict.reasons[0].symbol == "check_failed"


def test_a_site_has_its_own_thresholds_weights_and_trials() -> None:
    text = "[url=http://x.example]cheap[/url] things"
    assert (judge(text).score, judge(text).action) == (1.0, Action.HOLD)
    assert judge(text, policy=Policy(hold=5)).action is Action.PUBLISH
    assert judge(text, policy=Policy(factors={"bbcode": 2})).action is Action.SPAM
    assert judge(text, policy=Policy(factors={"bbcode": 0})).score == 0
    on_trial = judge(text, policy=Policy(trial=frozenset({"bbcode"})))
    assert (on_trial.action, on_trial.score) == (Action.PUBLISH, 0)
    assert on_trial.reasons[0].as_json() == {
        "symbol": "bbcode",
        "weight": 0.0,
        "sentence": "Test rule, not counted (+4): The text has forum markup such as [url].",
        "base": 1.0,
        "trial": 4.0,
    }


def test_a_reason_is_stored_with_its_facts() -> None:
    assert Reason("model", 3.0, "So.", {"logit": 2.5}).as_json() == {
        "symbol": "model",
        "weight": 3.0,
        "sentence": "So.",
        "logit": 2.5,
    }
