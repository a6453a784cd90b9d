"""Clients of Akismet, each as it comes, against a running service."""

from tests.clients.conftest import Service
from tests.clients.environments import run
from tests.protocols.akismet.conftest import HONEST, SPAM

TEXTS = {
    "text": HONEST,
    "spam": SPAM + " [url=http://casino.example.ru]Casino[/url] {hello|hi} #file_links['casino.txt']",
    "spammer": "casino-bonus.example.com",
}


def test_akismet(service: Service) -> None:
    found = run("akismet", service=service.url, port=service.port, key=service.site.check_key, **TEXTS)
    assert (found["ham"], found["async"], found["administrator"]) == ("HAM", "HAM", "HAM")
    assert (found["spam"], found["discard"]) == ("SPAM", "DISCARD")
    assert found["submitted"] == [True, True]
    assert found["usage"]["limit"] == "none"
    assert found["usage"]["usage"] >= 3
    assert next(value for name, value in found["sites"].items() if name[:2] == "20")[0]["site"] == "shop.example"
    assert found["csv"].splitlines()[1].startswith("Site,")
    assert found["stranger"] is False
    assert found["refused"]


def test_python_akismet(service: Service) -> None:
    found = run("python-akismet", port=service.port, key=service.site.check_key, **TEXTS)
    assert (found["ham"], found["spam"], found["discard"]) == (0, 2, 3)
    assert found["refused"]
