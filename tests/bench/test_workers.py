"""What a second worker is worth, from the answers of each round."""

from bench.workers import rows


def test_the_ratio_by_processor_time_counts_each_workers_share() -> None:
    shown = rows({1: [900, 1000, 1100], 2: [1100, 1200, 1300]}, {1: [5000, 5000, 1], 2: [4500, 4500, 9000]})
    assert [*shown.values()] == ["1,000", "1,200", "1.20", "5,000", "4,500", "1.80"]
