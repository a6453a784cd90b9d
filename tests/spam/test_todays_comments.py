"""What the shipped weights say of comments as they are written today, which they did not learn from."""

from collections import Counter
from pathlib import Path

from service.spam.classifier import SiteModel, Thresholds, shipped
from service.spam.evidence import Evidence, SiteClassifier
from service.spam.look_up_and_judge import check
from service.spam.verdict import Action

_LINES = (Path(__file__).parent / "todays_comments.txt").read_text("utf-8").splitlines()


def held() -> tuple[Counter[str], Counter[str]]:
    """Numbers of comments by kind, and of those that are kept back."""
    model = SiteClassifier(shipped(), SiteModel(), Thresholds(shipped().hold))
    found: Counter[str] = Counter()
    kept: Counter[str] = Counter()
    for line in _LINES:
        if not line.startswith("#"):
            kind, author, url, text = (part.strip() for part in line.split(" ~ "))
            found[kind] += 1
            kept[kind] += check(Evidence(text, author, "", url, "", model=model)).action is not Action.PUBLISH
    return found, kept


def test_honest_thanks_with_a_website_pass_and_half_of_the_advertisements_wait() -> None:
    found, kept = held()
    assert found.total() == 2 * found["honest"] == 120
    assert kept["honest"] == 0
    assert kept.total() >= 30
