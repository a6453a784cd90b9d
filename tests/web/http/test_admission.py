"""How many requests are let in at once, and who makes room for one more."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from service.web.http.admission import HEALTH, Admission

NO_BODY, BODY = "/read", "/send"


class House:
    """An application of two paths, both of which take until they are told to go on."""

    def __init__(self, most: int) -> None:
        self.admission = Admission(most)
        self.go_on = asyncio.Event()
        self.answers: dict[str, str] = {}
        self._asked: list[asyncio.Task[None]] = []

    async def ask(self, name: str, path: str = NO_BODY) -> None:
        """Begin a request, and see what becomes of it before it has to wait."""
        scope = {"type": "http", "method": "POST", "path": path, "headers": [], "name": name}
        self._asked.append(asyncio.create_task(self.admission.answer(self._app, scope, _nothing, self._note(name))))
        await self.rest()

    async def rest(self) -> None:
        """Until nothing moves any more but what waits."""
        for _ in range(10):
            await asyncio.sleep(0)

    async def end(self) -> dict[str, str]:
        """Go on with all that wait, and see what they were answered."""
        self.go_on.set()
        await asyncio.gather(*self._asked)
        return self.answers

    async def _app(self, scope: Any, _receive: Any, _send: Any) -> None:
        try:
            async with asyncio.timeout(None) as limit:
                if scope["path"] == BODY:
                    with self.admission.waiting(limit):
                        await self.go_on.wait()
                else:
                    await self.go_on.wait()
            self.answers[scope["name"]] = "answered"
        except TimeoutError:
            self.answers[scope["name"]] = "made room"

    def _note(self, name: str) -> Callable[[Any], Awaitable[None]]:
        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                assert message["status"] == 503
                assert (b"retry-after", b"5") in message["headers"]
                assert (b"connection", b"close") in message["headers"]
                self.answers[name] = "refused"

        return send


async def _nothing() -> Any:
    raise AssertionError


def outcome(most: int, *asked: tuple[str, str]) -> dict[str, str]:
    """Request → what became of it, when these come one after another."""

    async def run() -> dict[str, str]:
        house = House(most)
        for name, path in asked:
            await house.ask(name, path)
        return await house.end()

    return asyncio.run(run())


def test_one_too_many_is_told_to_come_again() -> None:
    found = outcome(2, ("a", NO_BODY), ("b", NO_BODY), ("c", NO_BODY))
    assert found == {"a": "answered", "b": "answered", "c": "refused"}


def test_who_has_waited_for_a_body_for_longest_makes_room() -> None:
    found = outcome(3, ("a", NO_BODY), ("b", BODY), ("c", BODY), ("d", NO_BODY))
    assert found == {"a": "answered", "b": "made room", "c": "answered", "d": "answered"}


def test_a_body_more_than_there_is_room_for_drives_out_the_oldest() -> None:
    found = outcome(2, ("a", BODY), ("b", BODY), ("c", BODY), ("d", BODY))
    assert found == {"a": "made room", "b": "made room", "c": "answered", "d": "answered"}


def test_those_who_come_in_the_same_moment_drive_out_no_more_than_they_are() -> None:
    async def run() -> dict[str, str]:
        house = House(4)
        for name in "abcd":
            await house.ask(name, BODY)
        await asyncio.gather(house.ask("e"), house.ask("f"))
        return await house.end()

    found = asyncio.run(run())
    assert [name for name, became in sorted(found.items()) if became == "made room"] == ["a", "b"]
    assert [name for name, became in sorted(found.items()) if became == "answered"] == ["c", "d", "e", "f"]


def test_the_health_check_is_answered_when_all_are_busy() -> None:
    found = outcome(1, ("a", NO_BODY), ("b", NO_BODY), ("c", HEALTH))
    assert found == {"a": "answered", "b": "refused", "c": "answered"}


def test_who_was_answered_leaves_a_place() -> None:
    async def run() -> dict[str, str]:
        house = House(2)
        await house.ask("a", BODY)
        await house.ask("b", BODY)
        await house.ask("c", BODY)  # a makes room, and is gone
        house.go_on.set()
        await house.rest()
        house.go_on.clear()
        await house.ask("d")
        await house.ask("e")
        await house.ask("f")
        return await house.end()

    assert asyncio.run(run()) == {
        "a": "made room",
        "b": "answered",
        "c": "answered",
        "d": "answered",
        "e": "answered",
        "f": "refused",
    }
