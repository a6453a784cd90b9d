"""Makes ``store-0.1.0.sql`` and ``store-0.1.0.json``: a store as version 0.1.0 left it, by that version's own faces.

How it was made, and can be made again, from a checkout of this repository with its environment for tests:

    git archive 8df3d3d | tar --extract --directory FOLDER
    cp -r tests/upgrade FOLDER/tests/ && cd FOLDER && python -m tests.upgrade.make_store

So it asks for nothing but what 0.1.0 has, by HTTP and by commands. What the dump alone cannot tell (passwords, the
secret, links that were handed out) goes into the JSON file. All of it is made up.
"""

import base64
import json
import operator
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from service.app import create_app
from service.settings import Settings

HERE = Path(__file__).parent
PUBLIC_URL = "http://comments.test"
ARTICLE = "https://blog.example/post"
SECRET = "upgrade-" + "".join(chr(97 + 7 * n % 26) for n in range(40))
PASSWORD = "an old lamp on the stairs"
OURS = {"sec-fetch-site": "same-origin", "accept": "text/html"}
ENVIRONMENT = {"REPLY_SECRET": SECRET, "REPLY_PUBLIC_URL": PUBLIC_URL, "REPLY_DEMO": "false"}
OPERATIONS = {"+": operator.add, "−": operator.sub, "×": operator.mul}
PITCH = "Our team of {0} painters will renew your {1} kitchen cheaply, write to us today"
HONEST = "The {0} kazoo in your {1} picture is older than you think, look at it again"
SUBMITTED = (
    "Harold of our Leeds team trims hedges in autumn, ask for the offer.",
    "An autumn offer by the gardeners of Leeds: hedges, lawns, Harold comes at once.",
    "Hedges in Leeds? Harold and his team have an offer for the autumn.",
    "Mowing and trimming in Leeds, our gardeners make an autumn offer.",
    "Ask Harold: gardeners in Leeds who trim hedges, with an offer all autumn.",
    "Plants, lawns and hedges: the team of Harold in Leeds mows and trims, see the offer.",
    "Leeds gardeners ask for nothing up front; Harold trims the hedges this autumn.",
    "Autumn is for hedges. Our team in Leeds plants and trims, the offer is with Harold.",
)
CHECKED = (
    "Our team of gardeners in Leeds mows, trims and plants; ask Harold about the autumn offer on hedges.",
    "I disagree with the third point, but it made me think.",
    "Lovely photographs. Which lens did you take for the last one?",
)
WORDS = ("red", "old", "small", "warm", "round", "plain")
EXPORT = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:wp="http://wordpress.org/export/1.2/"><channel><link>https://old.example</link>
<wp:base_site_url>https://old.example</wp:base_site_url><wp:base_blog_url>https://old.example</wp:base_blog_url>
<item><title>Hello</title><link>https://old.example/2020/hello/</link><wp:post_id>12</wp:post_id>
<wp:post_name>hello</wp:post_name><wp:status>publish</wp:status><wp:post_type>post</wp:post_type>
<wp:comment_status>open</wp:comment_status>{comments}</item></channel></rss>
"""
IMPORTED = """<wp:comment><wp:comment_id>{0}</wp:comment_id><wp:comment_author>Writer {0}</wp:comment_author>
<wp:comment_author_email>w{0}@old.example</wp:comment_author_email><wp:comment_date_gmt>2020-01-02 03:04:05\
</wp:comment_date_gmt><wp:comment_content>Imported words of {0}</wp:comment_content><wp:comment_approved>{1}\
</wp:comment_approved><wp:comment_type>comment</wp:comment_type><wp:comment_parent>{2}</wp:comment_parent></wp:comment>
"""


class Clock:
    """Moves on by a minute whenever a form is filled in."""

    now = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


class Blog:
    """Readers, an admin and programs of a blog."""

    def __init__(self, client: TestClient, clock: Clock, store: Path) -> None:
        self.client, self.clock, self.store = client, clock, store

    def rows(self, query: str) -> list[Any]:
        with closing(sqlite3.connect(self.store)) as connection:
            return connection.execute(query).fetchall()

    def post(self, text: str, name: str = "Ada", page: str = ARTICLE, **more: str) -> dict[str, Any]:
        question = self.client.get("/captcha", params={"page": page}).json()
        left, sign, right = question["question"].removesuffix(" =").split(" ")
        self.clock.now += timedelta(minutes=1)
        answer = str(OPERATIONS[sign](int(left), int(right)))
        who = {"author": name, "email": f"{name.lower()}@reader.example", "title": "A post"}
        fields = {"page": page, "comment": text, **who, "captcha": answer, "captcha_token": question["token"], **more}
        told = self.client.post("/comments", data=fields, headers={"accept": "application/json"})
        assert told.status_code == 201, told.text
        return dict(told.json())

    def admin(self, path: str, **fields: Any) -> Any:
        answer = self.client.post(f"/admin{path}", data=fields, headers=OURS)
        assert answer.status_code in (200, 303), answer.text
        return answer

    def act(self, action: str, *comments: dict[str, Any], **more: str) -> str:
        """What was done, as the number that undoes it."""
        self.clock.now += timedelta(minutes=1)
        keys = [f"1-{comment['id']}" for comment in comments]
        found = re.search(
            r"done=(\d+)", self.admin("/comments", action=action, comment=keys, **more).headers["location"]
        )
        return found[1] if found else ""

    def akismet(self, call: str, key: str, text: str, **more: str) -> str:
        who = {"comment_author": "Bo", "comment_author_email": "bo@reader.example", "user_ip": "192.0.2.9"}
        fields = {"api_key": key, "blog": "https://shop.example", "user_agent": "Mozilla/5.0", **who, **more}
        self.clock.now += timedelta(minutes=1)
        return str(self.client.post(f"/1.1/{call}", data={**fields, "comment_content": text}).text)


def command(folder: Path, *words: str) -> str:
    """What ``leave-a-reply WORDS`` says."""
    environment = {**os.environ, **ENVIRONMENT, "REPLY_DATA": str(folder)}
    done = subprocess.run(
        [sys.executable, "-m", "service", *words], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def setup_link(folder: Path) -> str:
    """The token of the link that a service without an admin prints."""
    environment = {**os.environ, **ENVIRONMENT, "REPLY_DATA": str(folder), "PYTHONUNBUFFERED": "1"}
    words = [sys.executable, "-m", "service", "serve", "--port", "8917"]
    with subprocess.Popen(
        words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as serving:
        assert serving.stdout
        found = next(match for line in serving.stdout if (match := re.search(r"/admin/setup\?token=(\S+)", line)))
        serving.terminate()
        serving.communicate()
    return found[1]


def fill(blog: Blog, shop: dict[str, str], token: str) -> dict[str, Any]:
    """A few days of a blog. Returns what its people keep to themselves."""
    blog.admin("/setup", token=token, name="Ida", password=PASSWORD, again=PASSWORD)
    blog.admin("/account/programs", program="Tablet")
    page = blog.admin("/account/programs", program="Phone").text
    told: dict[str, Any] = {"admin": "Ida", "password": PASSWORD, "secret": SECRET, "shop": shop, "clock": ""}
    told["program"] = re.findall(r'class="secret"[^>]*>([^<]+)<', page)[0]
    wish = {"subscribe_comments": "subscribe", "wp-comment-cookies-consent": "yes"}
    first = blog.post("The first comment, *approved*.", **wish)
    reply = blog.post("A reply to the first.", "Bo", comment_parent=str(first["id"]))
    blog.post("A reply to the reply.", "Cy", comment_parent=str(reply["id"]), **wish)
    blog.post("Ada again, who has shown a proof.", comment_parent=str(reply["id"]), proof=first["proof"], **wish)
    told["comment"], told["own"] = first["id"], blog.post("To be edited.", "Di")["own"]
    blog.client.post(
        "/own", data={"page": ARTICLE, "preview": told["own"], "action": "save", "comment": "Edited by Di."}
    )
    gone = blog.post("To be deleted by its author.", "Ed")["own"]
    blog.client.post("/own", data={"page": ARTICLE, "preview": gone, "action": "delete"})
    waiting = [blog.post(f"Waiting number {n}.", "Flo", review="1", captcha="") for n in (1, 2)]
    told["waiting"] = waiting[0]["id"]
    blog.post("Cheap pills http://pills.example.xyz [url=http://casino.example.ru]best casino bonus[/url]", "Gus")
    blog.act("trash", blog.post("Into the trash.", "Hal"))
    batch = blog.act("spam", blog.post("Thought to be spam for a moment.", "Ivy"))
    blog.act("undo", batch=batch)
    told["undo"] = blog.act("approve", blog.post("Approved, and may be put back.", "Jo", review="1", captcha=""))
    closed = blog.post("The last word on a closed page.", "Lou", page="https://blog.example/closed")
    key = blog.rows(f"SELECT site_id || '-' || page_id FROM comment WHERE id = {closed['id']}")[0][0]
    blog.admin("/pages", action="close", page=key)
    blog.admin("/spam", action="save", site="1", level="auto", factors="bbcode = 2", words_hold="kazoo")
    blog.admin("/spam", action="save", site="2", level="least-2", hold="2")
    teach(blog, shop["check_key"])
    return told


def teach(blog: Blog, check_key: str) -> None:
    """What the admin decides, and what the shop submits."""
    for n, (one, two) in enumerate((one, two) for one in WORDS[:4] for two in WORDS[4:]):
        text = (PITCH, HONEST)[n % 2].format(one, two)
        blog.act(("spam", "approve")[n % 2], blog.post(text, f"K{n}"))
    for text in SUBMITTED:
        who = {"comment_author": text.split()[1], "comment_author_email": f"{len(text)}@shop.example"}
        blog.akismet("submit-spam", check_key, text, **who)
    for text in CHECKED[1:]:
        blog.akismet("submit-ham", check_key, f"{text} Thanks!")


def wait_until_learned(blog: Blog) -> None:
    """The trainer and the key's weights are worked out beside what is asked."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        learned = blog.rows("SELECT 1 FROM spam_model WHERE version > 0 AND data IS NOT NULL")
        taught = blog.rows("SELECT version FROM taught")
        time.sleep(1)
        if learned and taught and taught == blog.rows("SELECT version FROM taught"):
            return
    raise TimeoutError("nothing was learned")


def main() -> None:
    """Write both files."""
    folder, clock = Path(tempfile.mkdtemp()), Clock()
    store = folder / "comments.db"
    command(folder, "site", "add", "https://blog.example")
    shop = json.loads(command(folder, "site", "add", "https://shop.example", "--json"))
    clock.now = datetime.now(UTC)  # the link is printed by the real clock, and good for a day
    token = setup_link(folder)
    settings = Settings(
        data=folder,
        secret=SECRET,
        public_url=PUBLIC_URL,
        demo=False,
        flood_seconds=15,
        rate_post="0/minute",
        rate_login="0/minute",
        learn_seconds=0.1,
        smtp_url="smtp+plain://127.0.0.1:9",  # nobody listens: mail stays in the outbox
        mail_from="comments@blog.example",
        notify="owner@blog.example",
    )
    with TestClient(create_app(settings, clock), base_url=PUBLIC_URL, follow_redirects=False) as client:
        blog = Blog(client, clock, store)
        told = fill(blog, shop, token)
        wait_until_learned(blog)
        told["checked"] = {text: blog.akismet("comment-check", shop["check_key"], text) for text in CHECKED}
        login = base64.b64encode(f"Ida:{told['program']}".encode()).decode()
        client.get("/wp-json/wp/v2/users/me", headers={"authorization": f"Basic {login}"})
    export = folder / "export.xml"
    comments = "".join(IMPORTED.format(*each) for each in ((1, "1", 0), (2, "1", 1), (3, "0", 0), (4, "spam", 0)))
    export.write_text(EXPORT.format(comments=comments))
    command(folder, "import", "wordpress", str(export), "--site", "https://blog.example")
    told["clock"] = (clock.now + timedelta(hours=1)).isoformat()
    with closing(sqlite3.connect(store)) as connection:
        lines = "\n".join(connection.iterdump())
    (HERE / "store-0.1.0.sql").write_text(f"{lines}\n")
    (HERE / "store-0.1.0.json").write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
