"""What the setup check inspects: the service at its public URL, and a page."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlsplit

from itsdangerous import BadData

from service.doctor.csp import Policy, parse
from service.doctor.fetch_url import Fetched, fetch
from service.doctor.inspected_page import InspectedPage
from service.doctor.log_check import LogState
from service.known_sites import KnownSites
from service.outgoing_http import CannotFetch
from service.secret_keys import Keyring
from service.settings import Settings
from service.web_origin import is_this_machine, origin_of

Fetch = Callable[[str, Mapping[str, str]], Fetched]


class Probe:
    """A token for ``GET /check``, which tells how a request arrives: only this installation may ask."""

    LIFETIME = timedelta(minutes=2)

    def __init__(self, keyring: Keyring) -> None:
        self._serializer = keyring.serializer("check")

    def issue(self, now: datetime) -> str:
        """A token valid for two minutes."""
        return str(self._serializer.dumps(int((now + self.LIFETIME).timestamp())))

    def valid(self, token: str, now: datetime) -> bool:
        """Whether a token is ours and has not expired."""
        try:
            expires = self._serializer.loads(token[:500])
        except BadData:
            return False
        return isinstance(expires, int) and expires > now.timestamp()


@dataclass
class InspectionTarget:
    """One run on a page, or on the service alone if ``url`` is empty. Each URL is fetched once.

    ``sites`` are the registered ones, ``keys`` maps origins to public keys. ``log``: the state of the log of
    actions, if it was checked.
    """

    url: str
    settings: Settings
    keyring: Keyring
    sites: KnownSites
    keys: Mapping[str, str]
    now: datetime
    fetch: Fetch = fetch
    log: LogState | None = None
    _errors: dict[str, CannotFetch] = field(default_factory=dict)

    @property
    def public(self) -> str:
        """The service's public URL."""
        return self.settings.public_url

    @property
    def origin(self) -> str:
        """The page's origin. Raises BadPage if ``url`` is not a URL."""
        return origin_of(self.url)

    @property
    def key(self) -> str | None:
        """The public key of the page's site; None if there is no such site."""
        site = self.sites.of(self.origin)
        return self.keys.get(site.origin) if site else None

    @cached_property
    def arrival(self) -> dict[str, Any] | None:
        """How a request to the public URL arrives here; None if another service answers there."""
        answer = self.try_fetch("service", f"{self.public}/check?token={quote(Probe(self.keyring).issue(self.now))}")
        if answer is None or answer.status != 200:
            return None
        try:
            found = json.loads(answer.text)
        except ValueError:
            return None
        return found if isinstance(found, dict) and "forwarded" in found else None

    @cached_property
    def answer(self) -> Fetched | None:
        """The page's response; None if it cannot be fetched."""
        return self.try_fetch("page", self.url)

    @cached_property
    def page(self) -> InspectedPage | None:
        """The parsed page; None unless its status is 200."""
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
        """Whether the public URL is on this machine."""
        host = urlsplit(self.public).hostname or ""
        return is_this_machine(host)

    def try_fetch(self, what: str, url: str, **headers: str) -> Fetched | None:
        """Fetch a URL. None if that fails; ``fetch_error(what)`` then returns the error."""
        try:
            return self.fetch(url, headers)
        except CannotFetch as error:
            self._errors[what] = error
            return None

    def fetch_error(self, what: str) -> CannotFetch | None:
        """The error of a failed ``try_fetch``."""
        return self._errors.get(what)

    def is_ours(self, address: str) -> bool:
        """Whether a URL leads to the service."""
        return address == self.public or address.startswith((f"{self.public}/", f"{self.public}?"))
