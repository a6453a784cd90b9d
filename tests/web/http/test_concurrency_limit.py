"""The limit on concurrent requests, and which request gives up its place."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from service.web.http.concurrency_limit import HEALTH, Admission

NO_BODY, BODY = "/read", "/send"


class House:
    """An application with two paths, whose requests last until ``end`` is called."""

    def __init__(self, most: int) -> None:
        self.admission = Admission(most)
        self.go_on = asyncio.Event()
        self.answers: dict[str, str] = {}
        self._asked: list[asyncio.Task[None]] = []

    async def ask(self, name: str, path: str = NO_BODY) -> None:
        """Start a request, and run it until it has to wait."""
        scope = {"type": "http", "method": "POST", "path": path, "headers": [], "name": name}
        self._asked.append(asyncio.create_task(self.admission.answer(self._app, scope, _nothing, self._note(name))))
        await self.rest()

    async def rest(self) -> None:
        """Run the loop until all tasks wait."""
        for _ in range(10):
            await asyncio.sleep(0)

    async def end(self) -> dict[str, str]:
        """Let all waiting requests finish, and return their answers."""
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
    """Request → its answer, when these arrive one after another."""

    async def run() -> dict[str, str]:
        house = House(most)
        for name, path in asked:
            await house.ask(name, path)
        return await house.end()

    return asyncio.run(run())


def test_one_request_too_many_gets_503() -> None:
    found = outcome(2, ("a", NO_BODY), ("b", NO_BODY), ("c", NO_BODY))
    assert found == {"a": "answered", "b": "answered", "c": "refused"}


def test_the_request_that_has_waited_longest_for_its_body_makes_room() -> None:
    found = outcome(3, ("a", NO_BODY), ("b", BODY), ("c", BODY), ("d", NO_BODY))
    assert found == {"a": "answered", "b": "made room", "c": "answered", "d": "answered"}


def test_a_new_body_displaces_the_oldest() -> None:
    found = outcome(2, ("a", BODY), ("b", BODY), ("c", BODY), ("d", BODY))
    assert found == {"a": "made room", "b": "made room", "c": "answered", "d": "answered"}


def test_simultaneous_requests_displace_one_each() -> None:
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


def test_an_answered_request_frees_its_place() -> None:
    async def run() -> dict[str, str]:
        house = House(2)
        await house.ask("a", BODY)
        await house.ask("b", BODY)
        await house.ask("c", BODY)  # a gives up its place
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
