"""Where the time of a post goes, by stages."""

import re

from bench import profile
from bench.profile import Clocks


class Seconds:
    """A clock that stands still unless something is done."""

    now = 0.0

    def __call__(self) -> float:
        return self.now

    def burn(self, seconds: float) -> None:
        self.now += seconds


def test_a_stage_within_a_stage_is_taken_off() -> None:
    seconds = Seconds()
    clocks = Clocks(seconds)
    inner = clocks.around("inner", lambda: seconds.burn(2))

    def outside() -> None:
        inner()
        seconds.burn(1)

    clocks.around("outer", outside)()
    assert clocks.seconds == {"inner": 2, "outer": 1}


def test_every_stage_has_its_line() -> None:
    lines = dict(re.findall(r"^\| (.+) \| ([\d.]+) \|$", profile.section(20), re.MULTILINE))
    assert lines.keys() == {*profile.STAGES.values(), profile.REST, profile.WRITER, "together"}
    assert float(lines["rules and classifier"]) > 0
    assert float(lines["together"]) > float(lines["rules and classifier"])
