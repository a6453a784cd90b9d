"""A running service that clients of Akismet, reCAPTCHA, hCaptcha and Turnstile are pointed at."""

from collections.abc import Iterator
from dataclasses import dataclass

import httpx2
import pytest

from service.sites import AddedSite
from tests.conftest import PUBLIC_URL
from tests.protocols.siteverify.conftest import Visitor
from tests.protocols.siteverify.test_one_pass import registered
from tests.service_process import serving


@dataclass(frozen=True)
class Service:
    """Where it listens, and a site that it knows."""

    port: int
    site: AddedSite
    http: httpx2.Client

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def passes(self, number: int) -> list[str]:
        """So many questions, answered."""
        return [Visitor(self.http, self.site).solve("contact") for _ in range(number)]


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("clients")
    site = registered(f"sqlite:///{folder / 'comments.db'}")
    with serving(folder, REPLY_PUBLIC_URL=PUBLIC_URL) as [process], process.client() as http:
        yield Service(process.port, site, http)
