"""Where the time of a post goes, by stages."""

import re
import time

from bench import profile
from bench.profile import Clocks


def burn(seconds: float) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def test_a_stage_within_a_stage_is_taken_off() -> None:
    clocks = Clocks()
    inner = clocks.around("inner", lambda: burn(0.02))

    def outside() -> None:
        inner()
        burn(0.01)

    clocks.around("outer", outside)()
    assert 0.02 <= clocks.seconds["inner"] < clocks.seconds.total() - 0.01 + 0.005
    assert 0.01 <= clocks.seconds["outer"] < 0.02


def test_every_stage_has_its_line() -> None:
    lines = dict(re.findall(r"^\| (.+) \| ([\d.]+) \|$", profile.section(20), re.MULTILINE))
    assert lines.keys() == {*profile.STAGES.values(), profile.REST, profile.WRITER, "together"}
    assert float(lines["rules and classifier"]) > 0
    assert float(lines["together"]) > float(lines["rules and classifier"])
