"""/metrics: what is counted, who may read it, and that the docs list the same names."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from service.app import create_app
from service.settings import Settings
from service.web.ops.metric_families import FAMILIES
from service.web.ops.prometheus import exposition
from tests.app_client import AppClient
from tests.conftest import PUBLIC_URL, Clock
from tests.reader import ARTICLE, Reader

ROOT = Path(__file__).parents[3]
HERE = ("127.0.0.1", 5000)


@pytest.fixture
def client(settings: Settings, clock: Clock) -> Iterator[TestClient]:
    """A client on this machine."""
    app = create_app(settings, clock)
    accept = {"accept": "text/html"}
    with AppClient(app, base_url=PUBLIC_URL, client=HERE, follow_redirects=False, headers=accept) as client:
        yield client


def values(client: TestClient) -> dict[str, float]:
    """All samples, named with their labels except the worker's, as ``reply_comments_total status=approved``."""
    answer = client.get("/metrics")
    assert answer.status_code == 200, answer.text
    found = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            assert sample.labels["worker"] == "1"
            labels = [f"{name}={value}" for name, value in sample.labels.items() if name != "worker"]
            found[" ".join([sample.name, *sorted(labels)])] = sample.value
    return found


def test_what_happened_is_counted(client: TestClient, reader: Reader) -> None:
    reader.post()
    reader.post(captcha="99")
    reader.post(author="", email="")
    reader.read()
    reader.read()
    client.get("/nothing/here")
    client.get("/nowhere")
    found = values(client)
    for name, value in {
        "reply_requests_total route=/comments status=3xx": 1,
        "reply_requests_total route=/comments status=4xx": 2,
        "reply_requests_total route=/comments status=2xx": 2,
        "reply_requests_total route=/captcha status=2xx": 3,
        "reply_requests_total route=none status=4xx": 2,
        "reply_request_seconds_count route=/comments": 5,
        "reply_request_seconds_bucket le=+Inf route=/comments": 5,
        "reply_comments_total status=approved": 1,
        "reply_refusals_total reason=captcha": 1,
        "reply_refusals_total reason=author": 1,
        "reply_refusals_total reason=email": 1,
        "reply_verdicts_total action=publish asked_by=form": 1,
        "reply_writer_queue": 0,
        "reply_writer_refused_total": 0,
        "reply_cache_hits_total": 1,
        "reply_cache_misses_total": 1,
    }.items():
        assert (name, found.get(name)) == (name, value)
    assert found["reply_writer_commit_seconds_count"] == found["reply_writer_batch_jobs_count"] >= 2
    assert found["reply_cache_bytes"] > 1000
    assert found["reply_resident_bytes"] > 10e6


def test_unknown_paths_make_no_series(client: TestClient) -> None:
    """Otherwise anyone could create any number of series in Prometheus."""
    client.get("/thread", params={"page": ARTICLE, "x": "y"})
    for path in ("/wp-login.php", "/a/b/c", "/thread/x", "/admin/secret-name"):
        client.get(path)
    routes = {name.partition("route=")[2].split()[0] for name in values(client) if "route=" in name}
    assert routes == {"/thread", "none"}


@pytest.mark.parametrize("header", ["x-forwarded-for", "x-real-ip", "forwarded", "via"])
def test_without_a_token_only_this_machine_may_read_them(client: TestClient, header: str) -> None:
    answer = client.get("/metrics", headers={header: "203.0.113.9"})
    assert answer.status_code == 403
    assert "REPLY_METRICS_TOKEN" in answer.text


def test_another_machine_may_not_read_them(settings: Settings, clock: Clock) -> None:
    with AppClient(create_app(settings, clock), client=("203.0.113.9", 5000)) as client:
        assert client.get("/metrics").status_code == 403


def test_a_token_is_needed_where_one_is_set(settings: Settings, clock: Clock) -> None:
    closed = Settings(**(settings.model_dump() | {"metrics_token": "a long and quiet word"}))
    with AppClient(create_app(closed, clock), client=("203.0.113.9", 5000)) as client:
        for sent in ("Bearer a long and quiet wor", "Basic a long and quiet word", "Bearer é", ""):
            refused = client.get("/metrics", headers={"authorization": sent.encode()})
            assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
        assert client.get("/metrics", headers={"authorization": "Bearer a long and quiet word"}).status_code == 200


def test_labels_are_escaped() -> None:
    odd = 'a"b\\c\nd'
    told = {"1": {"reply_refusals_total": [[[odd], 3]]}, "2": {"reply_refusals_total": [[[odd], 4]]}}
    [family] = [
        each for each in text_string_to_metric_families(exposition(told).decode()) if each.name == "reply_refusals"
    ]
    assert {(each.labels["worker"], each.labels["reason"], each.value) for each in family.samples} == {
        ("1", odd, 3.0),
        ("2", odd, 4.0),
    }


def names() -> set[str]:
    """The names of all series."""
    endings = {"histogram": ("_bucket", "_sum", "_count"), "counter": ("",), "gauge": ("",)}
    return {family.name + ending for family in FAMILIES for ending in endings[family.kind]}


@pytest.mark.parametrize("name", ["grafana.json", "alerts.yml", "operating.md"])
def test_every_metric_in_the_docs_exists(name: str) -> None:
    named = set(re.findall(r"\breply_[a-z_]+", (ROOT / "docs" / name).read_text()))
    assert named
    assert named - names() - {family.name for family in FAMILIES} == set()


def test_every_metric_is_in_the_docs() -> None:
    told = (ROOT / "docs/operating.md").read_text()
    assert [family.name for family in FAMILIES if f"`{family.name}`" not in told] == []


def expressions(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from (value for key, value in node.items() if key == "expr")
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from expressions(child)


def test_the_dashboard_is_valid_for_grafana() -> None:
    board = json.loads((ROOT / "docs/grafana.json").read_text())
    panels = board["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels) > 5
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in panels)
    asked = [*expressions(board)]
    assert len(asked) >= len(panels) / 2
    for expression in asked:
        assert expression.count("(") == expression.count(")"), expression
        assert expression.count("{") == expression.count("}"), expression
