"""The drawing says in words and lines what the table says in numbers."""

from itertools import pairwise
from xml.etree import ElementTree

import pytest

from bench import svg_plot

SVG = "{http://www.w3.org/2000/svg}"


def drawn(**series: list[float]) -> ElementTree.Element:
    points = {name: [(10.0 ** (3 + at), value) for at, value in enumerate(values)] for name, values in series.items()}
    return ElementTree.fromstring(svg_plot.lines("A title", "comments", points))


def corners(line: ElementTree.Element) -> list[tuple[float, float]]:
    pairs = [pair.split(",") for pair in line.attrib["points"].split()]
    return [(float(x), float(y)) for x, y in pairs]


def test_each_series_is_a_line_with_its_name_at_the_end() -> None:
    image = drawn(form=[0.5, 0.4, 0.4], posts=[0.1, 0.1, 0.09])
    assert [label.text for label in image.iter(f"{SVG}text") if label.get("class") == "label"] == ["form", "posts"]
    assert [len(corners(line)) for line in image.iter(f"{SVG}polyline")] == [3, 3]


def test_ten_times_as_much_is_always_as_far() -> None:
    [line] = drawn(form=[1.0, 0.1, 0.01]).iter(f"{SVG}polyline")
    (first, second), third = pairwise(corners(line)), corners(line)[2]
    assert second[0][0] - first[0][0] == pytest.approx(third[0] - second[0][0], abs=0.2)
    assert second[0][1] - first[0][1] == pytest.approx(third[1] - second[0][1], abs=0.2)


def test_better_is_higher_and_flat_is_level() -> None:
    up, level = drawn(up=[0.1, 0.9], level=[0.5, 0.5]).iter(f"{SVG}polyline")
    assert corners(up)[1][1] < corners(up)[0][1]
    assert corners(level)[1][1] == corners(level)[0][1]


def test_two_labels_never_touch() -> None:
    image = drawn(one=[0.5, 0.5], two=[0.5, 0.501], three=[0.5, 0.499])
    heights = sorted(float(each.attrib["y"]) for each in image.iter(f"{SVG}text") if each.get("class") == "label")
    assert all(below - above >= 16 for above, below in pairwise(heights))


def test_one_value_alone_can_be_drawn() -> None:
    assert len(list(drawn(form=[1.0]).iter(f"{SVG}circle"))) == 1


def test_names_are_text_and_not_markup() -> None:
    image = ElementTree.fromstring(svg_plot.lines("a < b & c", "x", {"<i>": [(1.0, 1.0)]}))
    assert "a < b & c" in [each.text for each in image.iter(f"{SVG}text")]
    assert "<i>" in [each.text for each in image.iter(f"{SVG}text")]


def test_dark_pages_have_colours_of_their_own() -> None:
    assert "prefers-color-scheme: dark" in svg_plot.lines("t", "x", {"form": [(1.0, 1.0)]})
