"""Results that come from another thread: each to its own reader, none lost, none delivered to whoever has gone."""

import asyncio
import threading

import pytest

from db.loop_future import LoopFuture, LoopFutures


def test_each_reader_gets_its_own_result_from_many_threads() -> None:
    async def main() -> None:
        letters = LoopFutures()
        waiting: list[LoopFuture[int]] = [LoopFuture(letters) for _ in range(800)]

        def answer(start: int) -> None:
            for at in range(start, 800, 8):
                waiting[at].set_result(at)

        threads = [threading.Thread(target=answer, args=(start,)) for start in range(8)]
        for thread in threads:
            thread.start()
        assert await asyncio.gather(*(letter.future for letter in waiting)) == list(range(800))
        for thread in threads:
            thread.join()

    asyncio.run(main())


def test_an_error_reaches_its_reader() -> None:
    async def main() -> None:
        letter: LoopFuture[int] = LoopFuture(LoopFutures())
        letter.set_exception(RuntimeError("no"))
        with pytest.raises(RuntimeError, match="no"):
            await letter.future

    asyncio.run(main())


def test_whoever_has_gone_is_left_out_and_the_next_one_is_served() -> None:
    async def main() -> None:
        letters = LoopFutures()
        gone: LoopFuture[int] = LoopFuture(letters)
        here: LoopFuture[int] = LoopFuture(letters)
        assert gone.set_running_or_notify_cancel()
        gone.future.cancel()
        assert not gone.set_running_or_notify_cancel()
        gone.set_result(1)
        here.set_result(2)
        assert await here.future == 2

    asyncio.run(main())
