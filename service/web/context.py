"""The parts of this process that a request uses."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ParamSpec, TypedDict, TypeVar

import starlette.requests
from anyio import CapacityLimiter, to_thread

from db.writer import NotWritten
from service.captcha import Captcha
from service.captcha.difficulty import SiteLevels, client_level
from service.comments.side_effects import Audience
from service.known_sites import KnownSites, SiteRows, read_site_rows, sites_of_rows
from service.page_address import PageRef, UnknownOrigin, resolve
from service.ratelimit import Bucket, Limits
from service.safe_html import LONG
from service.settings import Settings
from service.spam.look_up_and_judge import SpamServices
from service.spam.near_duplicates_write import WRITTEN_LAST
from service.telemetry.metrics import Metrics
from service.telemetry.worker_metrics import WorkerMetrics
from service.web.database_access import DatabaseAccess
from service.web.http.request_cache import RequestCache
from service.web.live_hub import LiveHub
from service.web.render.templates import Templates
from service.web.render.thread_cache import (
    FRESH_SECONDS,
    CommentCounts,
    PageVersion,
    PageVersions,
    ThreadCache,
    read_version,
)
from service.web.shared_answers import SharedAnswers, SingleFlight

T = TypeVar("T")
P = ParamSpec("P")

COUNTERS = 3
"""Threads that ask Valkey or the database for rate limits. They are not those that read: no reader waits for them."""

SITES_FRESH_SECONDS = 5.0
"""How long the list of sites is used from memory. A missing origin is looked up again at once."""

READY_SECONDS = 2.0
"""How long an answer of ``/readyz`` is reused, because anybody may ask for it."""


def utc_now() -> datetime:
    """The time of day. Tests pass a pinned clock instead."""
    return datetime.now(UTC)


@dataclass(kw_only=True)
class AppContext(DatabaseAccess):
    """The parts of one process; ``service.app`` assembles them."""

    settings: Settings
    captcha: Captcha
    limits: Limits
    templates: Templates
    versions: PageVersions
    threads: ThreadCache
    spam: SpamServices
    metrics: Metrics
    levels: SiteLevels = field(default_factory=SiteLevels)
    clock: Callable[[], datetime] = utc_now
    counts: CommentCounts = field(default_factory=CommentCounts)
    live: LiveHub = field(default_factory=LiveHub)
    worker_metrics: WorkerMetrics = field(default_factory=WorkerMetrics)
    readiness: SingleFlight[dict[str, str]] = field(default_factory=lambda: SingleFlight(READY_SECONDS))
    totals: SharedAnswers[int] = field(default_factory=lambda: SharedAnswers(FRESH_SECONDS))
    """Numbers that take long to count, of comments that a list finds."""
    parsed_requests: RequestCache[Any] = field(default_factory=RequestCache)
    _counters: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(COUNTERS))
    _computing: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(1))
    _sites: KnownSites = field(default_factory=lambda: KnownSites(()))
    _site_rows: SiteRows = field(default_factory=list)
    _sites_read_at: float = -SITES_FRESH_SECONDS

    def close(self, patience: float | None = None) -> bool:
        """Write what is queued, and close the database. Returns whether that took at most ``patience`` seconds."""
        if job := self.spam.near_duplicate_writer.everything():
            with suppress(NotWritten):
                self.writer.submit(job, WRITTEN_LAST)
        flushed = self.writer.close(patience)
        self.spam.trainer.close()
        self.limits.close()
        if self.inline_reader is not None:
            self.inline_reader.close()
        if self.kept_readers is not None:
            self.kept_readers.close()
        self.engine.dispose()
        return flushed

    async def wait(self, *buckets: Bucket) -> float:
        """Take a token out of each bucket. Returns the seconds until each has one; 0 if a token was taken from all."""
        if self.limits.is_local:
            return self.limits.take(*buckets)
        return await to_thread.run_sync(self.limits.take, *buckets, limiter=self._counters)

    async def level(self, site_id: int, client: bytes) -> int:
        """The difficulty of the next question for this client on this site."""
        return (await self.admit(site_id, client))[1]

    async def admit(self, site_id: int, client: bytes, *buckets: Bucket) -> tuple[float, int]:
        """``wait`` and ``level`` in one trip to the shared store: nearly every caller needs both."""
        site = self.spam.sites.known(site_id)
        if site is None or not self.spam.sites.is_fresh(site_id):
            site = await self.fresh(("site", site_id), lambda: self.read(self.spam.sites.of, site_id), site)
        failure = ("failure", client)
        if self.limits.is_local:
            wait, failures = self.limits.ask(buckets, failure)
        else:
            wait, failures = await to_thread.run_sync(self.limits.ask, buckets, failure, limiter=self._counters)
        found = self.levels.level(site_id, self.clock().timestamp())
        return wait, site.policy.level(max(found, client_level(failures)))

    async def fail(self, site_id: int, client: bytes, voice: bytes, *, issued: bool = True) -> int:
        """Record that this client failed at a question of this site. Returns the difficulty of the next one.

        Each ``voice`` counts once a day for the site. A question that was not ``issued`` here says nothing about the
        site, so it counts for the client alone.
        """
        if issued:
            self.levels.note(site_id, voice, self.clock().timestamp())
        return (await self.admit(site_id, client, ("failure", client)))[1]

    async def page(self, address: str) -> PageRef:
        """The page of an address. Raises BadPage, and UnknownOrigin for a page of no registered site."""
        try:
            return resolve(address, await self.sites())
        except UnknownOrigin:
            if time.monotonic() - self._sites_read_at < 1:
                raise
        await self.read_sites()
        return resolve(address, self._sites)

    async def sites(self, max_age: float = SITES_FRESH_SECONDS) -> KnownSites:
        """All sites with their rules, as read at most ``max_age`` seconds ago."""
        if time.monotonic() - self._sites_read_at > max_age:
            await self.read_sites()
        return self._sites

    async def compute(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run what keeps the processor busy for milliseconds, off the event loop and one at a time."""
        return await to_thread.run_sync(lambda: function(*args, **kwargs), limiter=self._computing)

    async def compute_if_long(self, text: str, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """``compute`` where it depends on a long text. For an ordinary comment a thread takes longer to wake up."""
        if len(text) < LONG:
            return function(*args, **kwargs)
        return await self.compute(function, *args, **kwargs)

    async def version(self, page: PageRef) -> PageVersion:
        """The page's version, from memory for a second. While the database is away, the last known one."""
        version = self.versions.known(page)
        if version is None:
            last = self.versions.last_known(page)  # its thread may still be in the cache
            version = await self.fresh(("version", page), lambda: self._read_version(page), last)
            if version is last:
                self.versions.learn(page, last)
        return version

    async def read_sites(self) -> KnownSites:
        """All sites, read from the database; those of the last read if it does not answer."""
        await self.fresh("sites", self._read_sites, self._sites if self._site_rows else None)
        self._sites_read_at = time.monotonic()
        return self._sites

    async def _read_sites(self) -> KnownSites:
        rows = await self.read_inline(read_site_rows)
        if rows != self._site_rows:  # else it keeps the addresses that it has resolved
            self._sites, self._site_rows = sites_of_rows(rows), rows
        return self._sites

    async def _read_version(self, page: PageRef) -> PageVersion:
        version = await self.read_inline(read_version, page)
        self.versions.learn(page, version)
        return version

    @property
    def audience(self) -> Audience:
        """Who may get mail; nobody without a mail server."""
        mail = self.settings.mail_server is not None
        return Audience(
            readers=mail,
            owners=mail,
            by_setting=mail and bool(self.settings.notify),
            most_a_day=self.settings.mail_a_day,
        )

    def address(self, path: str) -> str:
        """The public address of a path of this service."""
        return self.settings.public_url + path

    @property
    def demo_url(self) -> str:
        """The address of the demo article, which is its page."""
        return self.address("/")


class RequestState(TypedDict):
    """The state that the lifespan hands to each request."""

    context: AppContext


Request = starlette.requests.Request[RequestState]


def context_of(request: Request) -> AppContext:
    """The parts that serve this request."""
    return request.state["context"]
