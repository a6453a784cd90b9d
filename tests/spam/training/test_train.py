import gzip
import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.spam.classifier.features import Sample
from service.spam.classifier.prior import Prior, shipped, shipped_for_chat
from service.spam.training import advert_lines
from service.spam.training.model_report import ModelReport
from service.spam.training.train import train
from tests.spam.classifier.made_up import ham, spam

pytest.importorskip("numpy", reason="training needs numpy")


@pytest.fixture(scope="module", autouse=True)
def _fewer_lines_of_ours() -> Iterator[None]:
    """Of the 7,000 lines that training makes of templates, every twentieth: taking all apart takes half a minute."""
    some = advert_lines.written()[::20]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(advert_lines, "written", lambda: some)
        yield


def lines(count: int) -> list[dict[str, str]]:
    chance = random.Random(4)
    found = []
    for at in range(count):
        sample = (spam if at % 2 else ham)(chance)
        source = ("blog-one", "blog-two", "chat-three", "chat-four")[at // 2 % 4]
        label = "spam" if at % 2 else "ham"
        found.append(
            {
                "text": sample.text,
                "author": sample.author,
                "url": sample.url,
                "label": label,
                "source": source,
                "cluster": str(at),
            }
        )
    return found


def write(path: Path, rows: list[dict[str, str]]) -> Path:
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    return path


@pytest.fixture(scope="module", autouse=True)
def _few_written_lines() -> Iterator[None]:
    """A twentieth of the written lines: the others take most of the time and are tried elsewhere."""
    few = advert_lines.written()[::20]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(advert_lines, "written", lambda: few)
        yield


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lines that all hold a word that nobody says."""
    rows = [{**row, "text": row["text"] + " zyzzyva"} for row in lines(160)]
    return write(tmp_path_factory.mktemp("lines") / "lines.jsonl.gz", rows)


@pytest.fixture(scope="module")
def trained(path: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ModelReport, list[str]]:
    """What came out of them, the report, and what was said on the way."""
    said: list[str] = []
    out = tmp_path_factory.mktemp("out")
    return out, train([path], out, said.append), said


def test_lines_become_weights_a_card_and_a_report(trained: tuple[Path, ModelReport, list[str]]) -> None:
    out, report, said = trained
    prior = Prior.from_bytes((out / "prior.bin").read_bytes())
    chance = random.Random(8)
    assert prior.score(spam(chance)).logit > prior.score(ham(chance)).logit
    assert [row.source for row in report.rows] == ["blog-one", "blog-two"]
    assert report.pooled.auc is not None
    assert report.pooled.auc > 0.95
    assert "| blog-one | 20 | 20 |" in report.as_markdown()
    assert "leaving out blog-two" in said


def test_chat_sources_become_weights_of_their_own(trained: tuple[Path, ModelReport, list[str]]) -> None:
    out, report, _ = trained
    assert report.chat
    assert [(row.source, row.spam, row.ham) for row in report.chat.rows] == [
        ("chat-four", 20, 20),
        ("chat-three", 20, 20),
    ]
    assert all(row.caught > 0.9 for row in report.chat.rows)
    assert report.chat.blogs_held <= 0.05
    assert Prior.from_bytes((out / "chat.bin").read_bytes()).weights != (out / "prior.bin").read_bytes()
    assert "| chat-three | 20 | 20 |" in (out / "MODEL.md").read_text("utf-8")


def test_the_card_and_the_weights_hold_no_text(trained: tuple[Path, ModelReport, list[str]]) -> None:
    written = [file.read_bytes() for file in trained[0].iterdir()]
    assert len(written) >= 4
    assert not any(b"zyzzyva" in each for each in written)


def test_the_same_lines_give_the_same_weights(
    path: Path, trained: tuple[Path, ModelReport, list[str]], tmp_path: Path
) -> None:
    train([path], tmp_path)
    for name in ("prior.bin", "chat.bin"):
        assert (tmp_path / name).read_bytes() == (trained[0] / name).read_bytes()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "Line 1"),
        ('{"text": "x", "label": "eggs", "source": "blog"}', "eggs"),
        ("[]", "Line 1"),
        ('{"text": "x"}', "label"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_text(line + "\n", "utf-8")
    with pytest.raises(ValueError, match=said):
        train([path], tmp_path / "out")


def test_lines_of_other_kinds_alone_are_not_enough(tmp_path: Path) -> None:
    rows = [{**row, "source": "chat"} for row in lines(20)]
    with pytest.raises(ValueError, match="nothing to learn from"):
        train([write(tmp_path / "lines.jsonl.gz", rows)], tmp_path / "out")


def test_the_shipped_weights_come_with_their_card() -> None:
    folder = Path(__file__).parents[3] / "service" / "spam" / "classifier"
    card = json.loads((folder / "MODEL.json").read_text("utf-8"))
    assert shipped().hold == pytest.approx(card["hold"], abs=1e-5)
    assert len(card["chat"]["rows"]) >= 4
    assert shipped_for_chat().bias < shipped_for_chat().hold
    assert "Model card" in (folder / "MODEL.md").read_text("utf-8")


def test_what_is_added_for_a_website_goes_to_comments_with_one_and_no_link_in_the_text() -> None:
    from service.spam.training.cross_validation import _WEBSITE_ONLY, features_of

    place, value = _WEBSITE_ONLY
    for text, url, is_one in (
        ("Great post", "https://ann.example", True),
        ("See https://ann.example/x", "https://ann.example", False),
        ("Great post", "", False),
    ):
        found = dict(features_of(Sample(text, "Ann Cole", "", url)))
        assert (place in found) is is_one
        assert found.get(place, value) == pytest.approx(value)


def test_a_source_is_judged_with_the_language_of_its_honest_comments_as_the_page_s() -> None:
    from service.spam.training.corpus import Line
    from service.spam.training.held_out_verdicts import homes, judge

    honest = Line(Sample("This one was of great help to me, and I shall write about it."), False, "blog-one", "1")
    prior, russian = Prior.from_weights([], 0.0, 0.0), "Купить дёшево и быстро, с доставкой на дом"
    found = homes([honest, Line(Sample("Sei."), True, "blog-two", "2")])
    assert [found["blog-one"].language, found["blog-two"].language] == ["en", ""]
    scores = [judge(Line(Sample(russian), True, source, "3"), prior, home)[0] for source, home in found.items()]
    assert scores == [6.0, 3.0]
