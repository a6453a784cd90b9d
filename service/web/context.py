"""The parts of this process that a request uses; ``read`` and ``write`` are its only bridges to the database."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Concatenate, ParamSpec, TypedDict, TypeVar

import starlette.requests
from anyio import CapacityLimiter, to_thread
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from db.engine import UNAVAILABLE
from db.loop_future import LoopFuture, LoopFutures
from db.prepared import InlineReader
from db.writer import Writer, job_of
from service.captcha import Captcha
from service.captcha.difficulty import SiteLevels, client_level
from service.comments.events import Audience
from service.comments.moderate import Batch
from service.keys import Keyring
from service.ratelimit import Bucket, Limits
from service.settings import Settings
from service.sites import read_sites
from service.spam.check import SpamServices
from service.telemetry.metrics import Metrics
from service.telemetry.worker_metrics import WorkerMetrics
from service.urls import PageRef, UnknownOrigin, resolve
from service.web.http.admission import Admission
from service.web.render.cache import CommentCounts, PageVersion, PageVersions, SingleFlight, ThreadCache, read_version
from service.web.render.templates import Templates

T = TypeVar("T")
P = ParamSpec("P")

READERS = 4
"""Threads that read at once: fewer than the pool has connections, so that none is opened for a single question."""

COUNTERS = 3
"""Threads that count limits elsewhere at once: others than those that read, so that no reader waits for a counter."""

SITES_FRESH_SECONDS = 5.0
"""Seconds for which the list of sites is believed. An origin that is missing is looked up again at once."""

READY_SECONDS = 2.0
"""Seconds for which an answer of ``/readyz`` holds, good or bad: anybody may ask."""


def utc_now() -> datetime:
    """The time of day; tests put a pinned clock in its place."""
    return datetime.now(UTC)


@dataclass
class AppContext:
    """The parts of one process, put together in ``service.app``."""

    settings: Settings
    keyring: Keyring
    engine: Engine
    writer: Writer
    captcha: Captcha
    limits: Limits
    templates: Templates
    versions: PageVersions
    threads: ThreadCache
    spam: SpamServices
    metrics: Metrics
    levels: SiteLevels = field(default_factory=SiteLevels)
    inline_reader: InlineReader | None = None
    clock: Callable[[], datetime] = utc_now
    counts: CommentCounts = field(default_factory=CommentCounts)
    worker_metrics: WorkerMetrics = field(default_factory=WorkerMetrics)
    admission: Admission = field(default_factory=Admission)
    readiness: SingleFlight[dict[str, str]] = field(default_factory=lambda: SingleFlight(READY_SECONDS))
    _letters: LoopFutures = field(default_factory=LoopFutures)
    _readers: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(READERS))
    _counters: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(COUNTERS))
    _sites: Mapping[str, int] = field(default_factory=dict)
    _sites_read_at: float = -SITES_FRESH_SECONDS

    def close(self, patience: float | None = None) -> bool:
        """Finish what is queued, and let go of the database. Returns whether that was done in so many seconds."""
        flushed = self.writer.close(patience)
        self.limits.close()
        if self.inline_reader is not None:
            self.inline_reader.close()
        self.engine.dispose()
        return flushed

    async def read(self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Ask the database, in a thread of its own."""

        def ask() -> T:
            with self.engine.connect() as connection:
                return function(connection, *args, **kwargs)

        return await to_thread.run_sync(ask, limiter=self._readers)

    async def read_inline(
        self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Ask what a few keys answer: at once where the database is near, else as ``read`` does."""
        if self.inline_reader is not None:
            try:
                return self.inline_reader.read(job_of(function, *args, **kwargs))
            except OperationalError:  # it is locked for a moment, and only a thread may wait
                pass
        return await self.read(function, *args, **kwargs)

    async def wait(self, *buckets: Bucket) -> float:
        """Take a token out of each bucket. Returns the seconds until all have one; 0 if they had."""
        if self.limits.is_local:
            return self.limits.take(*buckets)
        return await to_thread.run_sync(self.limits.take, *buckets, limiter=self._counters)

    async def level(self, site_id: int, client: bytes) -> int:
        """How hard the question is for this client, on this site, just now."""
        return (await self.admit(site_id, client))[1]

    async def admit(self, site_id: int, client: bytes, *buckets: Bucket) -> tuple[float, int]:
        """``wait`` and ``level`` in one: both are asked for together nearly always, and may be far away."""
        site = self.spam.sites.known(site_id)
        if site is None or not self.spam.sites.is_fresh(site_id):
            try:
                site = await self.read(lambda connection: self.spam.sites.of(connection, site_id))
            except UNAVAILABLE:
                if site is None:
                    raise
        failure = ("failure", client)
        if self.limits.is_local:
            wait, failures = self.limits.ask(buckets, failure)
        else:
            wait, failures = await to_thread.run_sync(self.limits.ask, buckets, failure, limiter=self._counters)
        found = self.levels.level(site_id, self.clock().timestamp())
        return wait, site.policy.level(max(found, client_level(failures)))

    async def fail(self, site_id: int, client: bytes) -> int:
        """Note that this client has failed at this site's question. Returns how hard the next one is."""
        self.levels.note(site_id, self.clock().timestamp())
        return (await self.admit(site_id, client, ("failure", client)))[1]

    async def write(self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Have it written, and wait until it is durable."""
        return await self.write_row("", function, *args, **kwargs)

    async def write_row(
        self, row: str, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """As ``write``, for what locks a row that others lock, too; ``row`` is its name, see ``Writer``."""
        letter: LoopFuture[T] = LoopFuture(self._letters)
        self.writer.submit_for(letter, job_of(function, *args, **kwargs), row)
        return await letter.future

    async def page(self, address: str) -> PageRef:
        """The page that an address means. Raises BadPage; for a page of somebody else, UnknownOrigin."""
        if time.monotonic() - self._sites_read_at > SITES_FRESH_SECONDS:
            await self.read_sites()
        try:
            return resolve(address, self._sites)
        except UnknownOrigin:
            if time.monotonic() - self._sites_read_at < 1:
                raise
        await self.read_sites()
        return resolve(address, self._sites)

    async def version(self, page: PageRef) -> PageVersion:
        """The page's version, from memory while it is fresh."""
        version = self.versions.known(page)
        if version is None:
            try:
                version = await self.read_inline(read_version, page)
            except UNAVAILABLE:  # then what was true a moment ago, which may be in the cache of rendered threads
                version = self.versions.last_known(page)
                if version is None:
                    raise
            self.versions.learn(page, version)
        return version

    async def read_sites(self) -> Mapping[str, int]:
        """Every site, fresh from the database; as they were read last, if it does not answer."""
        try:
            self._sites = await self.read_inline(read_sites)
        except UNAVAILABLE:
            if not self._sites:
                raise
        self._sites_read_at = time.monotonic()
        return self._sites

    @property
    def audience(self) -> Audience:
        """Whom mail may go to. Without a mail server it is nobody."""
        mail = self.settings.mail_server is not None
        return Audience(readers=mail, owners=mail and bool(self.settings.notify))

    def address(self, path: str) -> str:
        """A path of this service as readers reach it."""
        return self.settings.public_url + path

    @property
    def demo_url(self) -> str:
        """The demo article's address, which is its page."""
        return self.address("/")


class State(TypedDict):
    """The lifespan's state."""

    context: AppContext


Request = starlette.requests.Request[State]


def context_of(request: Request) -> AppContext:
    """The parts that serve this request."""
    return request.state["context"]


def tell(context: AppContext, batch: Batch) -> None:
    """Tell those parts of the process that want to know."""
    context.versions.forget_all()
    for site_id in {site_id for site_id, _ in batch.changed}:
        context.spam.trainer.retrain_soon(site_id)
