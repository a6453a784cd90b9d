"""Free memory goes back to the system, but not at every look."""

from service.server.memory import GROWTH, MemoryReturn, malloc_trim, resident_bytes


class Heap:
    """A process that keeps what it has freed until it is trimmed."""

    def __init__(self) -> None:
        self.used, self.kept, self.trimmed = 10 * GROWTH, 0, 0

    def resident(self) -> int:
        return self.used + self.kept

    def trim(self) -> None:
        self.kept, self.trimmed = 0, self.trimmed + 1


def test_memory_is_given_back_once_there_is_some() -> None:
    heap = Heap()
    memory = MemoryReturn(heap.resident, heap.trim)
    assert not memory.look()
    heap.kept = 5 * GROWTH
    assert memory.look()
    assert heap.resident() == 10 * GROWTH
    assert not memory.look()


def test_memory_that_is_in_use_is_tried_once() -> None:
    heap = Heap()
    memory = MemoryReturn(heap.resident, heap.trim)
    heap.used += 2 * GROWTH
    assert [memory.look() for _ in range(5)] == [True, False, False, False, False]
    heap.used -= 2 * GROWTH
    assert not memory.look()
    heap.kept += GROWTH
    assert memory.look(), "it counts from the smallest size again"


def test_this_process_can_be_asked() -> None:
    malloc_trim()
    assert resident_bytes() >= 0
