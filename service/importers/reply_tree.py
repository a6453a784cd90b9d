"""Which comment each comment of a page answers, once all of the page are known. Takes linear time for any thread."""

from array import array
from dataclasses import dataclass, field

NONE, UNKNOWN = -1, -2
"""Instead of a parent's place: it answers none, or one that is not among the page's comments."""


@dataclass(slots=True)
class ReplyTree:
    """The comments of a page by their places, 0 and up, in the order of the file.

    ``parents`` are the places of what they answer, ``skipped`` is 1 for those that are not taken. After ``settle``,
    ``anchors`` are the places of the nearest comments above them that are taken, and ``circles`` are the places where
    a circle of answers was cut.
    """

    parents: "array[int]"
    skipped: bytearray
    anchors: "array[int]" = field(default_factory=lambda: array("q"))
    circles: set[int] = field(default_factory=set)
    _depths: "array[int]" = field(default_factory=lambda: array("q"))

    def settle(self) -> None:
        """Find the anchors. Each comment is walked over twice, however deep the thread is."""
        count = len(self.parents)
        self.anchors = array("q", [NONE]) * count
        self._depths = array("q", [0]) * count
        state = bytearray(count)  # 0: not met, 1: in this walk, 2: settled
        for start in range(count):
            walk = array("q")
            at = start
            while at >= 0 and not state[at]:
                state[at] = 1
                walk.append(at)
                at = self.parents[at]
            if at >= 0 and state[at] == 1:
                self._cut(at, walk)
            for place in reversed(walk):
                self._anchor(place)
                state[place] = 2

    def in_order(self) -> "array[int]":
        """The places of the taken comments, each after what it answers; in the order of the file, where that is one."""
        taken = array("q", (place for place in range(len(self.parents)) if not self.skipped[place]))
        if any(self.anchors[place] > place for place in taken):
            return array("q", sorted(taken, key=self._depths.__getitem__))
        return taken

    def _cut(self, at: int, walk: "array[int]") -> None:
        """Cut a circle where the walk came back to it, so that the others hang below that comment."""
        self.circles.add(at)
        self.parents[at] = NONE
        first = walk.index(at)
        walk[first:] = array("q", [*walk[first + 1 :], at])  # settled from its end: ``at`` before what hangs below it

    def _anchor(self, place: int) -> None:
        parent = self.parents[place]
        if parent < 0:
            self.anchors[place] = parent
        else:
            self.anchors[place] = self.anchors[parent] if self.skipped[parent] else parent
        above = self.anchors[place]
        self._depths[place] = self._depths[above] + 1 if above >= 0 else 0
