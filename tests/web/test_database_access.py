"""What was read before is shown while the database does not answer in time."""

import asyncio
import gc

import pytest
from sqlalchemy.exc import OperationalError

from service.web import database_access
from service.web.database_access import LastKnown


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_access, "LAST_KNOWN_AFTER", 0)


class Database:
    """Answers when it is told to."""

    def __init__(self) -> None:
        self.asked, self.answer = 0, asyncio.get_running_loop().create_future()

    async def read(self) -> str:
        self.asked += 1
        return str(await self.answer)


def test_one_read_goes_on_for_all_who_were_given_what_was_known() -> None:
    async def story() -> tuple[list[str], int, str]:
        reads, database = LastKnown(), Database()
        shown = [await reads.get("page", database.read, "old", in_thread=True) for _ in range(3)]
        asked = database.asked
        database.answer.set_result("new")
        for _ in range(3):
            await asyncio.sleep(0)
        return shown, asked, await reads.get("page", database.read, None, in_thread=True)

    assert asyncio.run(story()) == (["old"] * 3, 1, "new")


def test_who_knows_nothing_yet_waits() -> None:
    async def story() -> str:
        reads, database = LastKnown(), Database()
        waiting = asyncio.ensure_future(reads.get("page", database.read, None, in_thread=True))
        await asyncio.sleep(0)
        assert not waiting.done()
        database.answer.set_result("new")
        return await waiting

    assert asyncio.run(story()) == "new"


@pytest.mark.parametrize("in_thread", [True, False])
def test_a_database_that_is_away_is_no_error_if_something_is_known(in_thread: bool) -> None:
    async def refuse() -> str:
        raise OperationalError("", None, Exception("away"))

    async def story() -> str:
        with pytest.raises(OperationalError):
            await LastKnown().get("page", refuse, None, in_thread=in_thread)
        return await LastKnown().get("page", refuse, "old", in_thread=in_thread)

    assert asyncio.run(story()) == "old"


def test_nobody_complains_of_an_error_that_comes_late() -> None:
    complaints: list[object] = []

    async def story() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: complaints.append(context))
        reads, database = LastKnown(), Database()
        await reads.get("page", database.read, "old", in_thread=True)
        database.answer.set_exception(OperationalError("", None, Exception("away")))
        for _ in range(3):
            await asyncio.sleep(0)
        del reads, database
        gc.collect()

    asyncio.run(story())
    assert complaints == []
