"""The growing store, its table and its drawing."""

import pytest

from bench import growth
from bench.growth import COLD, READS, STORES, Growth
from bench.results_page import Figure


@pytest.mark.parametrize("total", STORES)
def test_the_store_has_as_many_comments_as_it_says_and_a_thread_of_fifty(total: int) -> None:
    sizes = growth.sizes(total)
    assert sum(sizes) == total
    assert sizes[0] == 50
    assert len(sizes) > growth.PAGES


def measured(warm: list[float]) -> Growth:
    found = Growth(hello=[0.001, 0.002, 0.003])
    for total, ratio in zip(STORES, warm, strict=True):
        found.cold[total] = [0.02, 0.01, 0.04]
        for what in (*READS, growth.POSTED):
            values = [ratio, ratio, 9.0]
            found.figures[what, total] = Figure(what, None, values, values, values, values, values)
    return found


@pytest.mark.parametrize(("last", "verdict"), [(0.75, "1.20 ✓"), (0.6, "1.50 ✗")])
def test_the_warm_thread_must_be_flat(last: float, verdict: str) -> None:
    row = growth.table(measured([0.9, 0.9, 0.9, last])).splitlines()[2]
    assert row.startswith("| thread of 50, warm | 0.9 (0.9) |")
    assert row.endswith(f"| {verdict} |")


def test_what_is_cold_is_compared_with_one_hello_to_one_client() -> None:
    found = measured([0.9] * 4)
    assert found.ratio(COLD, STORES[0]) == pytest.approx(0.1)
    assert growth.table(found).splitlines()[-1] == "| thread of 50, cold |" + " 20.0 ms |" * 4 + " 1.00 |"


def test_the_drawing_has_a_line_for_each() -> None:
    assert growth.drawing(measured([0.9] * 4)).count("<polyline") == 4
