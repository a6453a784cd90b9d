"""An nginx that keeps whatever it may, for everybody: each reader still gets what is theirs, and nothing of others'."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import httpx2
import pytest
from argon2 import PasswordHasher

from db.engine import open_engine
from db.writer import Writer
from service import admin_logins, app_passwords
from tests.outside.test_nginx_include import nginx
from tests.reader import ARTICLE, Reader, hidden_fields
from tests.service_process import PATIENCE, free_port, serving, wait_for
from tests.web.admin.conftest import PASSWORD

CACHE = """
proxy_cache_path {folder}/cache keys_zone=all:1m;
server {{
    listen 127.0.0.1:{port};
    location / {{
        proxy_pass http://127.0.0.1:{service};
        proxy_set_header Host $http_host;
        proxy_cache all;
        proxy_cache_valid any 10m;
        proxy_cache_key $uri$is_args$args;
        add_header x-cache $upstream_cache_status always;
    }}
}}
"""


class Cached:
    """The service behind that nginx, an admin of it, and a program's password."""

    def __init__(self, origin: str, folder: Path) -> None:
        self.origin = origin
        writer = Writer(open_engine(f"sqlite:///{folder / 'comments.db'}"))
        now, cheap = datetime.now(UTC), PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        ida = writer.run(admin_logins.add, "Ida", cheap.hash(PASSWORD), now)
        assert ida is not None
        self.program = app_passwords.new_password()
        writer.run(app_passwords.add, ida, "A client", self.program, now)
        writer.close()

    def client(self) -> httpx2.Client:
        """A browser of its own."""
        headers = {"accept": "text/html"}
        return httpx2.Client(base_url=self.origin, headers=headers, timeout=PATIENCE, trust_env=False)


@pytest.fixture
def cached(tmp_path: Path) -> Iterator[Cached]:
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    with serving(tmp_path, REPLY_PUBLIC_URL=origin, REPLY_TRUSTED_PROXIES="127.0.0.1") as [process]:
        block = CACHE.format(folder=tmp_path, port=port, service=process.port)
        with nginx(tmp_path, block, origin):
            yield Cached(origin, tmp_path)


def test_no_two_readers_share_a_question(cached: Cached) -> None:
    with cached.client() as one, cached.client() as other:
        for path in ("/page", "/thread", "/form"):
            asked = [each.get(path, params={"page": ARTICLE}) for each in (one, other)]
            tokens = {hidden_fields(answer.text)["captcha_token"] for answer in asked}
            assert len(tokens) == 2, path
        tokens = {each.get("/captcha", params={"page": ARTICLE}).json()["token"] for each in (one, other)}
        assert len(tokens) == 2


def changed(client: httpx2.Client, face: str, before: str) -> bool:
    return client.get(face).text != before


def test_a_new_comment_is_seen(cached: Cached) -> None:
    faces = (f"/thread?captcha=lazy&page={ARTICLE}", f"/comments?page={ARTICLE}", f"/page?page={ARTICLE}")
    faces += (
        f"/feed?page={ARTICLE}",
        f"/counts?page={ARTICLE}",
        "/latest?site=https://blog.example",
        "/wp-json/wp/v2/comments",
    )
    with cached.client() as client:
        before = {face: client.get(face).text for face in faces}
        assert Reader(client).post(comment="A new thought.").status_code == 303
        for face in faces:  # what may be kept may be so for a second
            wait_for(partial(changed, client, face, before[face]), f"{face} stays as it was")


def test_what_an_admin_sees_is_for_that_admin(cached: Cached) -> None:
    with cached.client() as admin, cached.client() as other:
        step = admin.get("/admin/login")
        fields = hidden_fields(step.text) | {"name": "Ida", "password": PASSWORD}
        assert admin.post("/admin/login", data=fields, headers={"origin": cached.origin}).status_code == 303
        for path in ("/admin", "/admin/log", "/admin/spam", "/admin/account"):
            seen = admin.get(path)
            assert (seen.status_code, seen.headers["x-cache"]) == (200, "MISS"), path
            assert other.get(path).status_code == 303, path
        private = "/wp-json/wp/v2/users/me?context=edit"
        assert admin.get(private, auth=("Ida", cached.program)).status_code == 200
        assert other.get(private).status_code == 401


def test_what_an_author_sees_of_a_held_comment_is_not_kept(cached: Cached) -> None:
    with cached.client() as author, cached.client() as other:
        reader = Reader(author)
        told = reader.send(reader.fields(captcha="", comment="To be held.") | {"review": "1"}, json=True).json()
        own = f"/page?page={ARTICLE}&preview={told['own']}"
        answers = [each.get(own) for each in (author, author, other)]
        assert all("To be held." in answer.text for answer in answers)
        assert {answer.headers["x-cache"] for answer in answers} == {"MISS"}
        assert "To be held." not in other.get(f"/page?page={ARTICLE}").text


def test_no_error_is_kept(cached: Cached) -> None:
    with cached.client() as client:
        for path in ("/page", "/page?page=https://else.example/x", "/nothing", "/own", "/metrics", "/readyz"):
            assert [client.get(path).headers["x-cache"] for _ in range(2)] == ["MISS", "MISS"], path


def test_what_never_changes_is_kept(cached: Cached) -> None:
    with cached.client() as client:
        page = client.get("/page", params={"page": ARTICLE}).text
        [script] = re.findall(r"/enhance\.js\?v=\w+", page)
        assert [client.get(script).headers["x-cache"] for _ in range(2)] == ["MISS", "HIT"]
