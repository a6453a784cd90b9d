"""What the check alone is measured with."""

from bench import checks
from service.spam.evidence import Evidence
from service.spam.rules import link_rules, text_rules


def test_texts_are_the_same_for_the_same_number_and_else_differ() -> None:
    for make, _ in checks.KINDS.values():
        assert make(1) == make(1)
        assert make(1) != make(2)
        assert len(make(1).encode(errors="surrogatepass")) <= 65_525


def test_an_advertisement_is_what_rules_look_for() -> None:
    evidence = Evidence(checks.advertisement(1), "Reader", "reader@example.org", "", "https://blog.example/")
    assert [*link_rules.many_links(evidence), *text_rules.foreign_markup(evidence)] != []


def test_each_check_is_timed() -> None:
    make, _ = checks.KINDS["a comment of 300 characters"]
    found = checks.times(make, 3)
    assert len(found) == 3
    assert all(seconds > 0 for seconds in found)


def test_the_classifier_is_loaded_in_a_process_of_its_own() -> None:
    found = checks.classifier()
    assert found["memory of its weights"].endswith(" MB")
    assert found["time to load them"].endswith(" ms")
