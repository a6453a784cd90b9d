"""What the self-check looks at: the service as readers reach it, and a page."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlsplit

from itsdangerous import BadData

from service.doctor.csp import Policy, parse
from service.doctor.fetch import CannotFetch, Fetched, fetch
from service.doctor.page import InspectedPage
from service.keys import Keyring
from service.settings import Settings
from service.urls import origin_of

Fetch = Callable[[str, Mapping[str, str]], Fetched]


class Probe:
    """A question that the service answers to its own owner alone: how a request arrives there."""

    LIFETIME = timedelta(minutes=2)

    def __init__(self, keyring: Keyring) -> None:
        self._serializer = keyring.serializer("check")

    def issue(self, now: datetime) -> str:
        """The token of the question."""
        return str(self._serializer.dumps(int((now + self.LIFETIME).timestamp())))

    def valid(self, token: str, now: datetime) -> bool:
        """Whether the token is ours and fresh."""
        try:
            expires = self._serializer.loads(token[:500])
        except BadData:
            return False
        return isinstance(expires, int) and expires > now.timestamp()


@dataclass
class Target:
    """One look at a page; without an address, at the service alone. What is fetched is fetched once.

    ``keys`` are the registered sites' public keys, by origin.
    """

    url: str
    settings: Settings
    keyring: Keyring
    sites: Mapping[str, int]
    keys: Mapping[str, str]
    now: datetime
    fetch: Fetch = fetch
    _trouble: dict[str, CannotFetch] = field(default_factory=dict)

    @property
    def public(self) -> str:
        """Where readers reach the service."""
        return self.settings.public_url

    @property
    def origin(self) -> str:
        """The page's origin. Raises BadPage for an address that is none."""
        return origin_of(self.url)

    @cached_property
    def arrival(self) -> dict[str, Any] | None:
        """How a request to the public address arrives at the service; None when it is not this service that answers."""
        answer = self.ask("service", f"{self.public}/check?token={quote(Probe(self.keyring).issue(self.now))}")
        if answer is None or answer.status != 200:
            return None
        try:
            found = json.loads(answer.text)
        except ValueError:
            return None
        return found if isinstance(found, dict) and "forwarded" in found else None

    @cached_property
    def answer(self) -> Fetched | None:
        """The page as it is sent; None when it cannot be fetched."""
        return self.ask("page", self.url)

    @cached_property
    def page(self) -> InspectedPage | None:
        """The page, read; None when there is none."""
        answer = self.answer
        return InspectedPage(answer.url, answer.text) if answer is not None and answer.status == 200 else None

    @cached_property
    def policies(self) -> list[Policy]:
        """The page's Content-Security-Policies."""
        if self.answer is None or self.page is None:
            return []
        return parse([*self.answer.all("content-security-policy"), *self.page.policies])

    @property
    def is_local(self) -> bool:
        """Whether readers are all on this machine."""
        host = urlsplit(self.public).hostname or ""
        return host in ("localhost", "::1") or host.startswith("127.") or host.endswith(".localhost")

    def ask(self, what: str, url: str, **headers: str) -> Fetched | None:
        """Fetch; None, with the trouble kept, when it cannot be."""
        try:
            return self.fetch(url, headers)
        except CannotFetch as error:
            self._trouble[what] = error
            return None

    def trouble(self, what: str) -> CannotFetch | None:
        """Why something could not be fetched."""
        return self._trouble.get(what)

    def ours(self, address: str) -> bool:
        """Whether an address leads to the service."""
        return address == self.public or address.startswith((f"{self.public}/", f"{self.public}?"))
