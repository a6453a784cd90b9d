"""Waline's whole server from npm, with docs/deploy/akismet.conf and docs/deploy/siteverify.conf: who comments there
needs a pass of this service, and spam is filed as spam.

The hosts that it asks are built in, so it runs where /etc/hosts is another file; that needs root.
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest

from service.sites import AddedSite
from tests.outside.builds import PACKAGES
from tests.outside.test_fixed_hosts import ADDRESS, Machine
from tests.outside.test_fixed_hosts import machine as machine
from tests.outside.test_nginx_akismet import BLOCK
from tests.outside.test_nginx_include import nginx, with_changes
from tests.postgres_cluster import Cluster
from tests.protocols.akismet.conftest import HONEST, SPAM
from tests.service_process import free_port, wait_for

CAPTCHAS = {"RECAPTCHA_V3_SECRET": "recaptchaV3", "TURNSTILE_SECRET": "turnstile"}
"""Waline's settings, each with the field in which its page sends the token."""

NO_ACCOUNTS = 'data:application/json,{"services":[]}'
"""What it asks before each comment which accounts of others may sign in."""

_DATES = "insertedat timestamp, createdat timestamp, updatedat timestamp"
TABLES = f"""
CREATE TABLE wl_comment (id serial PRIMARY KEY, user_id int, comment text, ip text, link text, mail text, nick text,
  pid int, rid int, sticky numeric, status text, "like" int, ua text, url text, {_DATES});
CREATE TABLE wl_users (id serial PRIMARY KEY, display_name text, email text, password text, type text, label text,
  url text, avatar text, github text, twitter text, facebook text, google text, weibo text, qq text, "2fa" text,
  {_DATES});
"""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    made = Cluster().create().start()
    try:
        with psycopg.connect(f"host=127.0.0.1 port={made.port} user=postgres dbname=postgres") as connection:
            connection.execute(TABLES.encode())
        yield made
    finally:
        made.close()


@contextmanager
def waline(machine: Machine, cluster: Cluster, **settings: str) -> Iterator[httpx2.Client]:
    """A client of Waline on that machine, where Akismet and the captcha are this service."""
    port = free_port()
    database = {"PG_DB": "postgres", "PG_USER": "postgres", "PG_PASSWORD": "none", "PG_PORT": str(cluster.port)}
    known = os.environ | database | settings
    known |= {"AKISMET_KEY": machine.site.check_key, "SITE_URL": "https://shop.example", "IPQPS": "0"}
    known |= {
        "NODE_EXTRA_CA_CERTS": str(machine.folder / "siteverify.pem"),
        "JWT_TOKEN": "a secret",
        "OAUTH_URL": NO_ACCOUNTS,
    }
    command = f"mount --bind hosts /etc/hosts && exec node {PACKAGES}/@waline/vercel/vanilla.js {port}"
    log = machine.folder / "waline.log"
    with log.open("wb") as out:
        words = ["unshare", "--mount", "sh", "-c", command]
        process = subprocess.Popen(words, cwd=machine.folder, env=known, stdout=out, stderr=out)
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60) as client:
            wait_for(lambda: _answers(client, process, log), "Waline did not start")
            yield client
    finally:
        process.terminate()
        process.wait(60)


def _answers(client: httpx2.Client, process: subprocess.Popen[bytes], log: Path) -> bool:
    assert process.poll() is None, log.read_text()
    try:
        return client.get("/api/comment?path=/").status_code > 0
    except httpx2.TransportError:
        return False


@pytest.fixture
def akismet(machine: Machine) -> Iterator[AddedSite]:
    """docs/deploy/akismet.conf at port 80 of the address, which the hosts file names."""
    key = machine.site.check_key
    with (machine.folder / "hosts").open("a") as hosts:
        hosts.write(f"{ADDRESS} rest.akismet.com {key}.rest.akismet.com\n")
    service = str(machine.visitor.client.base_url).rstrip("/")
    block = with_changes(BLOCK, ("listen 80;", f"listen {ADDRESS}:80;"), ("http://127.0.0.1:8000", service))
    folder = machine.folder / "akismet"
    folder.mkdir()
    with nginx(folder, block, f"http://{ADDRESS}"):
        yield machine.site


def comment(client: httpx2.Client, text: str, **more: str) -> tuple[int, Any]:
    """What Waline says to a comment: the status of its answer, and the status of the comment."""
    fields = {"comment": text, "nick": "Ada", "mail": "ada@example.org", "link": "", "url": "/clocks", "ua": "Firefox"}
    answer = client.post("/api/comment", json=fields | more)
    return answer.status_code, answer.json()["data"]["status"] if answer.status_code == 200 else None


@pytest.mark.usefixtures("akismet")
@pytest.mark.parametrize("setting", CAPTCHAS)
def test_a_comment_needs_a_pass_of_this_service_and_spam_is_filed(
    machine: Machine, cluster: Cluster, setting: str
) -> None:
    field = CAPTCHAS[setting]
    with waline(machine, cluster, **{setting: machine.site.secret}) as client:
        assert comment(client, HONEST)[0] == 403
        assert comment(client, HONEST, **{field: "junk"})[0] == 403
        token = machine.visitor.solve("contact")
        assert comment(client, f"{HONEST} {setting}", **{field: token}) == (200, "approved")
        assert comment(client, "Once more, thank you.", **{field: token})[0] == 403
        assert comment(client, f"{SPAM} {setting}", **{field: machine.visitor.solve("contact")}) == (200, "spam")
