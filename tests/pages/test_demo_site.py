"""The demo's site gets the address of the service when that changes, with its comments."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from db import tables
from service import sites
from service.app import create_app, open_context
from service.known_sites import known_sites
from service.settings import Settings
from tests.conftest import Clock
from tests.reader import Reader

OLD, NEW = "http://127.0.0.1:8000", "http://127.0.0.1:8001"


@pytest.fixture
def at_home(settings: Settings) -> Settings:
    return settings.model_copy(update={"sites": (), "public_url": OLD})


@contextmanager
def served(settings: Settings, clock: Clock, address: str) -> Iterator[Reader]:
    app = create_app(settings.model_copy(update={"public_url": address}), clock)
    with TestClient(app, base_url=address, follow_redirects=False, headers={"accept": "text/html"}) as client:
        yield Reader(client, clock)


def registered(settings: Settings, clock: Clock) -> list[str]:
    context = open_context(settings, clock, demo=False)
    try:
        with context.engine.connect() as connection:
            return list(sites.read_sites(connection))
    finally:
        context.close()


def page_urls(settings: Settings, clock: Clock) -> list[str]:
    context = open_context(settings, clock, demo=False)
    try:
        with context.engine.connect() as connection:
            return list(connection.execute(select(tables.page.c.url).order_by(tables.page.c.id)).scalars())
    finally:
        context.close()


def test_another_port_is_the_same_demo_with_its_comments(at_home: Settings, clock: Clock) -> None:
    with served(at_home, clock, OLD) as reader:
        assert reader.post(f"{OLD}/", comment="Said at the old port.").status_code == 303
    with served(at_home, clock, NEW) as reader:
        assert "Said at the old port." in reader.client.get("/").text
        assert reader.post(f"{NEW}/", comment="Said at the new port.", author="Ida").status_code == 303
        assert "Said at the new port." in reader.read(f"{OLD}/"), "who still listens there shows the same thread"
    assert registered(at_home, clock) == [NEW]
    assert page_urls(at_home, clock) == [f"{NEW}/"]
    with served(at_home, clock, OLD) as reader:
        assert "Said at the new port." in reader.client.get("/").text
    assert registered(at_home, clock) == [OLD]


def test_a_demo_without_comments_follows_to_a_name(at_home: Settings, clock: Clock) -> None:
    for address in (OLD, NEW, "https://comments.example.com"):
        with served(at_home, clock, address) as reader:
            assert reader.client.get("/").status_code == 200
    assert registered(at_home, clock) == ["https://comments.example.com"]


def test_a_site_with_another_page_stays_where_it_is(at_home: Settings, clock: Clock) -> None:
    with served(at_home, clock, OLD) as reader:
        reader.post(f"{OLD}/", comment="Below the demo.")
        reader.post(f"{OLD}/article", comment="Below an article of the owner.")
    with served(at_home, clock, NEW) as reader:
        assert "Below an article" in reader.read(f"{OLD}/article")
        assert "Below the demo." not in reader.client.get("/").text
    assert registered(at_home, clock) == [OLD, NEW]


def test_a_site_of_the_owner_is_never_renamed(at_home: Settings, clock: Clock) -> None:
    listed = at_home.model_copy(update={"sites": (OLD,)})
    with served(listed, clock, OLD) as reader:
        reader.post(f"{OLD}/", comment="Below the demo.")
    context = open_context(listed, clock, demo=False)
    context.writer.run(sites.register, "http://127.0.0.1:4000", clock())
    context.close()
    with served(at_home, clock, NEW):
        assert registered(at_home, clock) == [OLD, "http://127.0.0.1:4000", NEW]


def test_a_demo_that_was_listed_afterwards_stays(at_home: Settings, clock: Clock) -> None:
    with served(at_home, clock, OLD):
        pass
    with served(at_home.model_copy(update={"sites": (OLD,)}), clock, NEW):
        assert registered(at_home, clock) == [OLD, NEW]


def test_below_a_path_the_origin_is_the_owners_site(at_home: Settings, clock: Clock) -> None:
    with served(at_home, clock, "https://blog.example/talk"):
        pass
    context = open_context(at_home, clock, demo=False)
    with context.engine.connect() as connection:
        assert [site.rules.demo for site in known_sites(connection).all] == [False]
    context.close()
    with served(at_home, clock, NEW):
        assert registered(at_home, clock) == ["https://blog.example", NEW]
