"""The page's language and title count where somebody else than the commenter has said them."""

from typing import Any

import pytest

from service.spam.evidence import Evidence, LookedUp
from service.spam.look_up_and_judge import check
from service.spam.verdict import Action, Reason
from tests.rows import each_row
from tests.spam.languages.test_text_language import SENTENCES

RUSSIAN = "Купить дёшево и быстро, с доставкой на дом"


def reasons(text: str, site: str = "", scripts: str = "", **more: Any) -> dict[str, Reason]:
    background = LookedUp(languages=frozenset(site.split()), scripts=frozenset(scripts.split()))
    given = {"author": "Ada", "email": "", "url": "", "page_url": "", **more}
    return {reason.symbol: reason for reason in check(Evidence(text, background=background, **given)).reasons}


@pytest.mark.parametrize(
    ("site", "said", "vouched", "foreign"),
    [
        ("", "en", False, True),
        ("", "", False, False),
        ("", "de", False, False),
        ("en", "de", False, True),  # a form may say anything
        ("en", "de", True, False),
        ("en de", "en", False, False),
        ("de", "en", False, False),
        ("", "fr_CA, de", True, False),
        ("", "fr_CA", True, True),
    ],
)
def test_a_text_in_another_language_than_page_and_site(site: str, said: str, vouched: bool, foreign: bool) -> None:
    found = reasons(SENTENCES["de"], site, language=said, vouched=vouched)
    assert ("foreign_language" in found) is foreign


def test_another_language_alone_never_holds() -> None:
    evidence = Evidence(SENTENCES["de"], "Ada", "", "", "", language="en")
    assert check(evidence).action is Action.PUBLISH
    assert "another language than the page: German" in check(evidence).reasons[0].sentence


@pytest.mark.parametrize(
    ("scripts", "said", "vouched", "points"),
    [
        ("", "en", False, 3.0),
        ("latin", "ru", False, 3.0),  # a form may say anything
        ("latin", "ru", True, None),
        ("latin cyrillic", "en", True, None),
        ("latin", "", False, 3.0),
        ("", "ar", True, 2.0),
        ("", "", False, None),
    ],
)
def test_cyrillic_holds_where_pages_are_in_latin_script(
    scripts: str, said: str, vouched: bool, points: float | None
) -> None:
    found = reasons(RUSSIAN, scripts=scripts, language=said, vouched=vouched).get("foreign_script")
    assert (found and found.weight) == points


@pytest.mark.parametrize(
    ("url", "seen"),
    [
        ("https://github.com/ada", False),
        ("https://www.blogger.com/profile/0123456789", False),
        ("https://mastodon.social/@ada", False),
        ("https://gravatar.com/ada", False),
        ("https://twitter.com/ada/status/10980629014016", True),
        ("https://www.youtube.com/watch?v=WBsk8JI7eCw", True),
        ("https://github.com.pills.example/ada", True),
        ("https://pills.example", True),
    ],
)
def test_a_profile_is_no_advertisement(url: str, seen: bool) -> None:
    assert Evidence("Hello", "Ada", "", url, "").sample.url == (url if seen else "")


TITLE = "Garbage collection in the embedded engine"


@pytest.mark.parametrize(
    ("text", "more", "counts"),
    [
        ("Does the collection pause every thread?", {}, True),
        ("The ENGINE is a joy", {}, True),
        ("Great post about this, thanks", {}, False),
        ("The engine is like the one of https://engine.example", {}, False),
        ("The engine is a joy", {"author": "cheap-engine.com"}, False),
        ("The engine is a joy", {"title": ""}, False),
    ],
)
def test_words_of_the_title_count_a_little(text: str, more: dict[str, str], counts: bool) -> None:
    found = reasons(text, **{"title": TITLE, **more}).get("title_words")
    assert (found and found.weight) == (-1.0 if counts else None)


@each_row(
    ("name", "more", "counts"),
    [
        ("cồn cào ruột", {}, True),
        ("카지노사이트", {}, True),
        ("купить окна", {}, True),
        ("카지노사이트", {"url": "", "text": "See https://casino.example"}, True),
        ("cồn cào ruột", {"language": "vi"}, False),
        ("카지노사이트", {"language": "ko"}, False),
        ("카지노사이트", {"language": ""}, False),  # nothing is known of the page
        ("카지노사이트", {"url": ""}, False),
        ("李明", {"url": "https://github.com/liming"}, False),  # a profile is no advertisement
        ("Nguyễn Văn An", {}, False),  # people write their names in capitals
        ("Иван Петров", {}, False),
        ("zoë müller", {}, False),
    ],
)
def test_a_name_in_another_script_counts_with_a_link(name: str, more: dict[str, str], counts: bool) -> None:
    given = {"text": "Thanks for this", "url": "https://one.example", "language": "en", **more, "author": name}
    found = reasons(**given).get("foreign_name")
    assert (found and found.weight) == (2.0 if counts else None)
    assert not found or not found.alone


@pytest.mark.parametrize(
    ("url", "counts"),
    [
        ("https://shop.example/2018/04/how-to-choose-tiles", True),
        ("https://shop.example/?p=how-to-choose", True),
        ("https://ada-and-her-cats.example/blog/", False),
        ("https://ada.example/about-me", False),
        ("https://github.com/ada/my-own-tools", False),
        ("", False),
    ],
)
def test_a_website_that_is_an_article_counts(url: str, counts: bool) -> None:
    assert ("website_article" in reasons("Thanks for this", url=url)) is counts
