"""docs/deploy/akismet.conf with a real nginx: what WordPress's Akismet plugin asks once the hosts file leads here."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from service.sites import AddedSite
from tests.outside.test_nginx_include import nginx, with_changes
from tests.protocols.siteverify.test_one_pass import registered
from tests.service_process import free_port, serving

BLOCK = (Path(__file__).parent.parent.parent / "docs/deploy/akismet.conf").read_text()


@pytest.fixture
def site(tmp_path: Path) -> AddedSite:
    return registered(f"sqlite:///{tmp_path / 'comments.db'}")


@pytest.fixture
def plugin(tmp_path: Path, site: AddedSite) -> Iterator[httpx2.Client]:
    """What the plugin has after https has failed: the fixed name, by http, at the address of the hosts file."""
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    with serving(tmp_path) as [process]:
        block = with_changes(
            BLOCK, ("listen 80;", f"listen 127.0.0.1:{port};"), ("127.0.0.1:8000", f"127.0.0.1:{process.port}")
        )
        with nginx(tmp_path, block, origin), httpx2.Client(base_url=origin, trust_env=False) as client:
            client.headers["host"] = "rest.akismet.com"
            yield client


def test_the_plugin_connects_and_gets_verdicts_without_a_redirect(plugin: httpx2.Client, site: AddedSite) -> None:
    assert plugin.get("/1.1/test").text == "connected"
    asked = {"api_key": site.check_key, "blog": "https://shop.example", "user_ip": "192.0.2.7"}
    assert plugin.post("/1.1/verify-key", data=asked).text == "valid"
    spam = plugin.post("/1.1/comment-check", data=asked | {"comment_author": "akismet-guaranteed-spam"})
    assert (spam.status_code, spam.text) == (200, "true")


def test_an_older_plugin_has_its_key_in_the_name(plugin: httpx2.Client, site: AddedSite) -> None:
    headers = {"host": f"{site.check_key}.rest.akismet.com"}
    asked = {"blog": "https://shop.example", "user_ip": "192.0.2.7", "comment_content": "Hello there, nice weather."}
    assert plugin.post("/1.1/comment-check", data=asked, headers=headers).text == "false"


def test_nothing_else_of_the_service_is_at_that_name(plugin: httpx2.Client) -> None:
    assert [plugin.get(path).status_code for path in ("/", "/admin", "/readyz")] == [404, 404, 404]
