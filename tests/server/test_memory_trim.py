"""Free memory goes back to the system, but not at every look."""

from service.server.memory_trim import GROWTH, MemoryReturn, malloc_trim, map_large_blocks, resident_bytes, share_heaps


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


def test_what_is_freed_after_a_look_in_vain_is_given_back() -> None:
    heap = Heap()
    memory = MemoryReturn(heap.resident, heap.trim)
    heap.used += 5 * GROWTH
    assert memory.look()
    heap.used, heap.kept = heap.used - 5 * GROWTH, 5 * GROWTH
    assert memory.look()
    assert heap.resident() == 10 * GROWTH


def test_this_process_can_be_asked() -> None:
    share_heaps()
    map_large_blocks()
    malloc_trim()
    assert resident_bytes() >= 0
