"""Readers' words that are commands of nginx's server-side includes, behind an nginx that looks for them everywhere.

None is executed: each answer shows the command as it was typed, and arrives as the service has sent it.
"""

import html
import sqlite3
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.parse import quote

import httpx2
import pytest

from tests.outside.test_nginx_include import nginx
from tests.reader import Reader
from tests.service_process import PATIENCE, free_port, serving, wait_for

HIDDEN = "known-to-nginx-alone"
PAGE = "https://blog.example/clocks"
SERVER = f"""
server {{{{
    listen 127.0.0.1:{{port}};
    root {{root}};
    ssi on;
    ssi_types application/atom+xml;
    set $hidden {HIDDEN};
    location / {{{{ proxy_pass http://127.0.0.1:{{service}}; }}}}
    location /files/ {{{{ }}}}
    location = /hidden {{{{ internal; return 200 {HIDDEN}; }}}}
}}}}
"""
PAYLOADS = (
    '<!--#echo var="hidden" -->',
    "<!--#echo var='hidden' encoding='none' -->",
    '<!--# echo var="none" default="it is nothing" -->',
    '<!--#include virtual="/hidden" -->',
    '<!--#include virtual="/hidden" wait="yes" -->',
    '<!--#include file="files/hidden.txt" -->',
    '<!--#set var="x" value="$hidden" --><!--#echo var="x" -->',
    '<!--#if expr="$hidden" -->a<!--#else -->b<!--#endif -->',
    '<!--#if expr="$hidden = /(?P<all>.+)/" --><!--#echo var="all" --><!--#endif -->',
    '<!--#config errmsg="broken" --><!--#include virtual="/files/none" -->',
    '<!--#config timefmt="in %Y" --><!--#echo var="date_local" -->',
    '<!--#block name="x" --><!--#echo var="hidden" --><!--#endblock --><!--#include virtual="/files/none" stub="x" -->',
    '<<!-<!--#include virtual="/hidden" set="x" --><!--#echo var="x" -->',
)
FACES = ("/thread?captcha=lazy&page={page}", "/comments?page={page}", "/feed?page={page}", "/feed?site={page}",
         "/latest?site={page}&number=50")  # fmt: skip
ECHOES = ("/page?page={page}?{payload}", "/form?title={payload}&page={page}", "/feed?site={payload}",
          "/mail/confirm?token={payload}", "/nothing/{payload}")  # fmt: skip
"""Addresses that hold words; some of their pages show them."""


class Behind:
    """The service, asked by way of nginx and without it, and the folder of both."""

    def __init__(self, folder: Path, through: httpx2.Client, direct: httpx2.Client) -> None:
        self.folder, self.through, self._direct = folder, through, direct

    def same(self, path: str) -> str:
        """What both answer, as soon as the service is of one mind. Fails if nginx changes anything."""

        def answered() -> str | None:
            ours, theirs = (client.get(path) for client in (self._direct, self.through))
            return theirs.text if (theirs.status_code, theirs.text) == (ours.status_code, ours.text) else None

        return html.unescape(wait_for(answered, f"nginx changes {path}"))

    def shows(self, page: str, words: str, times: int) -> bool:
        """Whether a page shows these words so often, behind nginx."""
        return html.unescape(self.through.get("/page", params={"page": page}).text).count(words) >= times

    def approve_titles(self) -> None:
        """As if a moderator had chosen to call each page as its form did."""
        with sqlite3.connect(self.folder / "comments.db") as store:
            store.execute("UPDATE page SET title_checked = 1, version = version + 1")
        store.close()


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Behind]:
    folder, port = tmp_path_factory.mktemp("ssi"), free_port()
    (folder / "files").mkdir()
    (folder / "files/hidden.txt").write_text(HIDDEN)
    with serving(folder, REPLY_SPAM_CHECK="0", REPLY_TRUSTED_PROXIES="127.0.0.1") as [process]:
        block = SERVER.format(port=port, root=folder, service=process.port)
        origin = f"http://127.0.0.1:{port}"
        through = httpx2.Client(base_url=origin, timeout=PATIENCE, trust_env=False)
        with nginx(folder, block, origin), process.client() as direct, through:
            yield Behind(folder, through, direct)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_this_nginx_executes_such_a_command_in_a_file(behind: Behind, payload: str) -> None:
    (behind.folder / "files/one.html").write_text(payload)
    assert "#" not in behind.through.get("/files/one.html").text


def test_it_executes_none_that_readers_have_typed(behind: Behind) -> None:
    reader = Reader(behind.through)
    for number, payload in enumerate(PAYLOADS):
        website = f"https://a.example/{quote(payload, safe='')[:150]}"  # with < or > it is no web address
        words = {"comment": payload, "author": payload, "title": payload, "url": website}
        assert reader.post(f"{PAGE}{number}", **words).status_code == 303
    behind.approve_titles()
    for number, payload in enumerate(PAYLOADS):
        shown = partial(behind.shows, f"{PAGE}{number}", payload, 3)
        wait_for(shown, "its title, text or author is not shown as it was typed")
    for number, payload in enumerate(PAYLOADS):
        for face in FACES:
            assert payload in behind.same(face.format(page=quote(f"{PAGE}{number}", safe=""))), face


def test_it_executes_none_in_a_form_that_comes_back(behind: Behind) -> None:
    reader = Reader(behind.through)
    for payload in PAYLOADS:
        words = {"comment": payload, "author": payload, "email": payload, "url": payload, "title": payload}
        refused = reader.post(PAGE, captcha="", **words)
        assert refused.status_code == 422
        assert html.unescape(refused.text).count(payload) >= 4
        shown = behind.through.post("/preview", data={"page": PAGE, **words}, headers={"accept": "text/html"})
        assert payload in html.unescape(shown.text)


@pytest.mark.parametrize("address", ECHOES)
def test_it_executes_none_of_an_address(behind: Behind, address: str) -> None:
    for payload in PAYLOADS:
        path = address.format(page=quote(PAGE, safe=""), payload=quote(payload, safe=""))
        assert HIDDEN not in behind.through.get(path).text
        assert "an error occurred while processing the directive" not in behind.through.get(path).text
