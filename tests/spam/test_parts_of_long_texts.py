"""An advertisement in a long text is judged by what stands around it."""

from service.spam.classifier import SiteModel, Thresholds, shipped
from service.spam.evidence import LONG_TEXT, MOST_PARTS, Evidence, SiteClassifier, windows
from service.spam.rules.classifier_rule import opinion

PROSE = (
    "The collector walks the heap from its roots and marks what it finds. In my measurements most of the time went "
    "into one loop, which the second version of the patch takes apart. I would like to know how threads change it. "
)
PILLS = "Buy cheap viagra without prescription, best casino bonus and loans at http://cheap-pills-online.example now!"


def logit(text: str) -> float:
    prior = shipped()
    model = SiteClassifier(prior, SiteModel(), Thresholds(prior.hold))
    (reason,) = opinion(Evidence(text, "Ada", "", "", "", model=model))
    return float(reason.facts["logit"])


def test_prose_around_an_advertisement_does_not_hide_it() -> None:
    hidden = f"{PROSE * 12}\n\n{PILLS}\n\n{PROSE * 12}"
    assert logit(hidden) == logit(PILLS)
    assert logit(PROSE * 24) < 0


def test_prose_in_the_same_paragraph_does_not_hide_it_either() -> None:
    assert logit(f"{PROSE * 12}{PILLS} {PROSE * 12}") > shipped().hold


def test_of_a_paragraph_with_a_link_and_nothing_else_what_is_beside_it_is_read_too() -> None:
    (part,) = windows(f"{PROSE * 9}Buy cheap pills:\n\nhttp://a.example\n\n{PROSE}")
    assert "Buy cheap pills:" in part


def test_an_advertisement_beyond_what_is_read_of_a_text_is_found() -> None:
    hidden = f"{PROSE * 60}\n\n{PILLS}\n\n{PROSE * 60}"
    assert logit(hidden) > shipped().hold


def test_short_texts_and_texts_without_a_contact_are_taken_as_a_whole() -> None:
    assert list(windows(PILLS)) == []
    assert list(windows(PROSE * 30)) == []
    assert len(PROSE * 30) > LONG_TEXT


def test_few_parts_are_looked_at_and_each_contact_once() -> None:
    assert len(list(windows(f"{PROSE * 4}http://a.example".join("xxxxxxxxx")))) == MOST_PARTS
    assert len(list(windows(f"{PROSE * 9} a@b.example http://a.example http://b.example"))) == 1
