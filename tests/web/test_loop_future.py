"""Results from other threads reach their own coroutine; none is lost, and cancelled ones are left out."""

import asyncio
import threading

import pytest

from service.web.database_access import LoopFuture, LoopFutures


def test_each_reader_gets_its_own_result_from_many_threads() -> None:
    async def main() -> None:
        results = LoopFutures()
        futures: list[LoopFuture[int]] = [LoopFuture(results) for _ in range(800)]

        def answer(start: int) -> None:
            for at in range(start, 800, 8):
                futures[at].set_result(at)

        threads = [threading.Thread(target=answer, args=(start,)) for start in range(8)]
        for thread in threads:
            thread.start()
        assert await asyncio.gather(*(future.future for future in futures)) == list(range(800))
        for thread in threads:
            thread.join()

    asyncio.run(main())


def test_an_error_reaches_its_reader() -> None:
    async def main() -> None:
        future: LoopFuture[int] = LoopFuture(LoopFutures())
        future.set_exception(RuntimeError("no"))
        with pytest.raises(RuntimeError, match="no"):
            await future.future

    asyncio.run(main())


def test_a_cancelled_future_is_left_out_and_the_next_one_is_served() -> None:
    async def main() -> None:
        results = LoopFutures()
        cancelled: LoopFuture[int] = LoopFuture(results)
        waiting: LoopFuture[int] = LoopFuture(results)
        assert cancelled.set_running_or_notify_cancel()
        cancelled.future.cancel()
        assert not cancelled.set_running_or_notify_cancel()
        cancelled.set_result(1)
        waiting.set_result(2)
        assert await waiting.future == 2

    asyncio.run(main())
