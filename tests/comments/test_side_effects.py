"""What follows when a comment is added, moderated or changed, by each way to do so."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from argon2 import PasswordHasher
from pydantic import SecretStr
from sqlalchemy import func, select
from starlette.testclient import TestClient

from db import tables
from db.models import Status
from service import admin_logins, api_tokens, app_passwords, moderator_mail
from service.api_tokens import NewToken, Scope
from service.app import create_app
from service.comments.report_rows import ReportReason
from service.comments.submit import Ticket
from service.comments.submit_report import NewReport, Received, report
from service.importers.import_report import ImportReport
from service.importers.incoming_comments import IncomingComment, IncomingPage, PageMappings
from service.importers.store_comments import Import
from service.mailed_link import MailedLink, read_version
from service.settings import Settings
from service.web import background_tasks
from service.web.context import AppContext
from service.webhooks import site_webhooks
from service.webhooks.site_webhooks import Kind, Wanted
from tests.app_client import AppClient
from tests.conftest import PUBLIC_URL, Clock
from tests.reader import ARTICLE, Reader
from tests.web.admin.conftest import OURS, PASSWORD, add_comment
from tests.writing import writing

PROVEN = {"author": "Tom", "email": "tom@example.org"}


class Effects(NamedTuple):
    """The effects of one act: queued mails by kind, protected names, and new versions of the page."""

    replies: int = 0
    to_owners: int = 0
    names: int = 0
    versions: int = 0


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough here; test_moderate and tests/mail use each."""
    return sqlite_url


@pytest.fixture(scope="session")
def password_hash() -> str:
    """A cheap hash, since logins are not tested here."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


@pytest.fixture
def settings(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(background_tasks, "MAIL_EVERY", 3600.0)  # nothing is sent during a test
    monkeypatch.setattr(background_tasks, "WEBHOOKS_EVERY", 3600.0)
    mail = {"smtp_url": "smtp://127.0.0.1:9", "mail_from": "comments@blog.example", "notify": "mara@blog.example"}
    return Settings(**{**settings.model_dump(), **mail, "spam_check": False})


@dataclass
class Scene:
    """Ada has an approved comment at ARTICLE and a confirmed subscription to replies to it."""

    client: TestClient
    reader: Reader
    context: AppContext
    clock: Clock
    ada: int = 0
    reply: int = 0
    batch: int = 0
    own: str = ""
    proof: str = ""
    token: str = ""

    def begin(self, password_hash: str) -> "Scene":
        self.ada = self.add("Ada", Status.APPROVED)
        row = {"site_id": 1, "comment_id": self.ada, "proof_id": None, "lang": "en"}
        with writing(self.context.engine) as connection:
            times = {"asked_at": self.clock(), "confirmed_at": self.clock()}
            connection.execute(tables.subscription.insert(), row | times)
        ida = self.context.writer.run(admin_logins.add, "Ida", password_hash, self.clock())
        assert ida
        self.program = app_passwords.new_password()
        assert self.context.writer.run(app_passwords.add, ida, "Phone", self.program, self.clock())
        new = NewToken("Robot", tuple(Scope), self.clock() + timedelta(days=1))
        made = self.context.writer.run(api_tokens.add, self.context.keyring, ida, new, self.clock())
        assert made
        self.token = made[1]
        self.form("admin/login", name="Ida", password=PASSWORD)
        for kind in (Kind.STANDARD, Kind.BUILD):
            self.context.writer.run(site_webhooks.add, 1, Wanted(kind, "http://127.0.0.1:9/"), self.clock())
        return self

    def add(self, author: str, status: Status, **more: Any) -> int:
        """Store a comment without its effects."""
        email = f"{author.lower()}@example.org"
        key = add_comment(
            self.context, self.clock, url=ARTICLE, author=author, email=email, text=author, status=status, **more
        )
        return int(key.partition("-")[2])

    def post(self, path: str = "/comments", **more: str | None) -> Any:
        fields = {"comment_parent": str(self.ada), "author": "Bob", "email": "bob@example.org"} | more
        data = self.reader.fields(**fields)
        return self.client.post(path, data=data, headers={"accept": "application/json"})

    def form(self, path: str, **fields: Any) -> Any:
        return self.client.post("/" + path, data=fields, headers=OURS)

    def rest(self, method: str, path: str = "", *, login: bool = True, **fields: Any) -> Any:
        basic = base64.b64encode(f"Ida:{self.program}".encode()).decode()
        headers = {"authorization": f"Basic {basic}"} if login else {}
        return self.client.request(method, f"/wp-json/wp/v2/comments{path}", json=fields, headers=headers)

    def api(self, method: str, path: str, **fields: Any) -> Any:
        headers = {"authorization": f"Bearer {self.token}", "if-match": "*"}
        return self.client.request(method, f"/api/v1{path}", json=fields, headers=headers)

    def api_post(self, **more: Any) -> Any:
        """As a reader."""
        fields = self.reader.fields(author="Bob", email="bob@example.org")
        names = {"page": "page", "author": "author", "email": "email", "captcha_token": "token", "captcha": "answer"}
        body = {member: fields[name] for name, member in names.items()} | {"text": "Mine", "parent": f"1-{self.ada}"}
        return self.client.post("/api/v1/public/comments", json=body | more)

    def by_mail(self, comment_id: int, action: str, **fields: str) -> Any:
        """Ida presses a button on the page that a link in a mail to her opens."""
        run, (ida, key) = self.context.writer.run, (1, (1, comment_id))
        mailbox_id = run(moderator_mail.set_mailbox, ida, "ida@blog.example", self.clock())
        run(moderator_mail.confirm_mailbox, ida, mailbox_id, self.clock())
        row = {"site_id": 1, "comment_id": comment_id, "admin_id": ida, "mail": 1, "added_at": self.clock()}
        run(lambda connection: connection.execute(tables.notice.insert(), row))
        version = run(read_version, key)
        token = MailedLink(mailbox_id, key, version, self.clock()).sign(self.context.keyring)
        return self.form(f"admin/mailed?token={token}", action=action, **fields)

    def totals(self) -> Effects:
        outbox = tables.outbox.c
        with self.context.engine.connect() as connection:
            rows = connection.execute(select(outbox.kind, func.count()).group_by(outbox.kind))
            kinds = {kind: number for kind, number in rows}  # noqa: C416 - rows
            names = connection.execute(select(func.count()).select_from(tables.known_name)).scalar_one()
            version = connection.execute(select(tables.page.c.version)).scalar_one()
        return Effects(kinds.get("reply", 0), kinds.get("pending", 0), names, version)

    def told(self) -> list[str]:
        """The last words of what webhooks are to hear: ``changed`` is a build."""
        delivery = tables.webhook_delivery.c
        with self.context.engine.connect() as connection:
            events = connection.execute(select(delivery.event).order_by(delivery.id)).scalars()
            return [event.rpartition(".")[2] for event in events]

    def forget_told(self) -> None:
        with writing(self.context.engine) as connection:
            connection.execute(tables.webhook_delivery.delete())

    def known(self) -> str:
        """Tom has an approved comment, and his browser has the proof."""
        answer = self.post(**PROVEN, comment="The first", comment_parent="0", **{"wp-comment-cookies-consent": "yes"})
        return str(answer.json()["proof"])

    def reply_of_bob(self) -> None:
        answer = self.post(comment="Mine").json()
        self.reply, self.own = int(answer["id"]), str(answer["own"])

    def put(self, status: Status, **more: Any) -> None:
        self.reply = self.add("Bob", status, parent_id=self.ada, **more)

    def report(self, who: bytes) -> None:
        """By a reader; two of them hold a comment."""
        text = ReportReason.INSULT, "", True
        new = NewReport((1, self.reply), who, *text, self.clock(), 2, self.context.audience)
        ticket = Ticket(who, self.clock(), b"")
        assert self.context.writer.run(report, new, ticket) is Received.TAKEN

    def decide(self, action: str) -> None:
        done = self.form("admin/comments", action=action, comment=f"1-{self.reply}").headers["location"]
        self.batch = int(done.partition("done=")[2].partition("&")[0])


@pytest.fixture
def scene(client: TestClient, reader: Reader, context: AppContext, clock: Clock, password_hash: str) -> Scene:
    return Scene(client, reader, context, clock).begin(password_hash)


def bring_in(scene: Scene, status: Status) -> None:
    """Import an export of another blog with Ada's comment and Bob's reply."""
    page = IncomingPage(("12", "post", ARTICLE), "/post", "A post")
    comments = [
        IncomingComment(
            page,
            "blog",
            number,
            parent,
            status,
            name,
            "html",
            scene.clock(),
            author=name,
            email="b@example.org",
            url="",
        )
        for number, parent, name in (("7", "", "Eve"), ("8", "7", "Bob"))
    ]
    site = PageMappings(1, "https://blog.example")
    Import("wordpress", site, scene.context.writer.run, scene.clock(), ImportReport()).take(comments)


Act = Callable[[Scene], Any]
NOTHING = Effects()
SHOWN = Effects(replies=1, versions=1)

WAYS: dict[str, tuple[Act | None, Act, Effects]] = {
    "form": (None, lambda s: s.post(), SHOWN),
    "form, held": (None, lambda s: s.post(review="1", captcha=""), Effects(to_owners=1)),
    "form, proven name": (
        lambda s: setattr(s, "proof", s.known()),
        lambda s: s.post(**PROVEN, proof=s.proof),
        Effects(replies=1, names=1, versions=1),
    ),
    "form, proven name, held": (
        lambda s: setattr(s, "proof", s.known()),
        lambda s: s.post(**PROVEN, proof=s.proof, review="1", captcha=""),
        Effects(to_owners=1),
    ),
    "form, twice the same click": (None, lambda s: [s.client.post("/comments", data=f) for f in twice(s)], SHOWN),
    "theme's form": (None, lambda s: s.post("/wp-comments-post.php"), SHOWN),
    "theme's form, held": (
        None,
        lambda s: s.post("/wp-comments-post.php", review="1", captcha=""),
        Effects(to_owners=1),
    ),
    "REST, by a moderator": (None, lambda s: s.rest("POST", parent=s.ada, content="Thank you"), SHOWN),
    "REST, by a moderator, held": (
        None,
        lambda s: s.rest("POST", parent=s.ada, content="Thank you", status="hold"),
        NOTHING,
    ),
    "REST, by a visitor": (None, lambda s: s.rest("POST", parent=s.ada, content="Hello", login=False), NOTHING),
    "API, by a reader": (None, lambda s: s.api_post(), SHOWN),
    "API, by a reader, held": (None, lambda s: s.api_post(review=True, answer=""), Effects(to_owners=1)),
    "API, by a program": (
        None,
        lambda s: s.api("POST", "/comments", page=ARTICLE, parent=f"1-{s.ada}", text="Thank you"),
        SHOWN,
    ),
    "API replies": (None, lambda s: s.api("POST", f"/comments/1-{s.ada}/replies", text="Yes"), SHOWN),
    "API edits": (
        lambda s: s.put(Status.APPROVED),
        lambda s: s.api("PATCH", f"/comments/1-{s.reply}", text="Else"),
        Effects(versions=1),
    ),
    "API approves": (
        lambda s: s.put(Status.PENDING),
        lambda s: s.api("PATCH", f"/comments/1-{s.reply}", status="approved"),
        SHOWN,
    ),
    "API decides on many": (
        lambda s: s.put(Status.PENDING),
        lambda s: s.api("POST", "/decisions", comments=[f"1-{s.reply}"], status="approved"),
        SHOWN,
    ),
    "API deletes for good": (
        lambda s: s.put(Status.APPROVED),
        lambda s: s.api("DELETE", f"/comments/1-{s.reply}"),
        Effects(versions=1),
    ),
    "a link in a mail approves": (lambda s: s.put(Status.PENDING), lambda s: s.by_mail(s.reply, "approve"), SHOWN),
    "a link in a mail trashes": (
        lambda s: s.put(Status.APPROVED),
        lambda s: s.by_mail(s.reply, "trash"),
        Effects(versions=1),
    ),
    "a link in a mail replies": (None, lambda s: s.by_mail(s.ada, "reply", reply="Yes"), SHOWN),
    "admin replies": (
        None,
        lambda s: s.form("admin/comment", action="reply", comment=f"1-{s.ada}", reply="Yes"),
        SHOWN,
    ),
    "admin edits": (
        lambda s: s.put(Status.APPROVED),
        lambda s: s.form(
            "admin/comment", action="edit", comment=f"1-{s.reply}", text="Better", author="Bob", email="", url=""
        ),
        Effects(versions=1),
    ),
    "admin deletes for good": (
        lambda s: s.put(Status.APPROVED),
        lambda s: s.form("admin/delete", comment=f"1-{s.reply}"),
        Effects(versions=1),
    ),
    "admin erases a person": (
        lambda s: s.put(Status.APPROVED),
        lambda s: s.form("admin/privacy", action="delete", email="bob@example.org"),
        Effects(versions=1),
    ),
    "admin removes a person's name": (
        lambda s: s.put(Status.APPROVED),
        lambda s: s.form("admin/privacy", action="anonymise", email="BOB@example.org"),
        Effects(versions=1),
    ),
    "admin moves all of a list": (
        lambda s: s.put(Status.PENDING),
        lambda s: s.form("admin/comments", action="approve", everything="status=pending"),
        SHOWN,
    ),
    "admin approves": (lambda s: s.put(Status.PENDING), lambda s: s.decide("approve"), SHOWN),
    "admin approves spam": (lambda s: s.put(Status.SPAM), lambda s: s.decide("approve"), SHOWN),
    "admin holds": (lambda s: s.put(Status.APPROVED), lambda s: s.decide("pending"), Effects(versions=1)),
    "REST approves": (
        lambda s: s.put(Status.PENDING),
        lambda s: s.rest("PUT", f"/{s.reply}", status="approved"),
        SHOWN,
    ),
    "REST holds": (
        lambda s: s.put(Status.APPROVED),
        lambda s: s.rest("PUT", f"/{s.reply}", status="hold"),
        Effects(versions=1),
    ),
    "REST revises": (
        lambda s: s.put(Status.APPROVED),
        lambda s: s.rest("PUT", f"/{s.reply}", content="Better"),
        Effects(versions=1),
    ),
    "REST deletes for good": (
        lambda s: s.put(Status.APPROVED),
        lambda s: s.rest("DELETE", f"/{s.reply}", force=True),
        Effects(versions=1),
    ),
    "undo of trash": (
        lambda s: (s.put(Status.APPROVED), s.decide("trash")),
        lambda s: s.form("admin/comments", action="undo", batch=s.batch),
        SHOWN,
    ),
    "undo of an approval": (
        lambda s: (s.put(Status.PENDING), s.decide("approve")),
        lambda s: s.form("admin/comments", action="undo", batch=s.batch),
        Effects(versions=1),
    ),
    "restored from spam, where the check put it": (
        lambda s: s.put(Status.SPAM),
        lambda s: s.decide("restore"),
        NOTHING,
    ),
    "restored from spam, where a moderator put it": (
        lambda s: (s.put(Status.APPROVED), s.decide("spam")),
        lambda s: s.decide("restore"),
        SHOWN,
    ),
    "REST restores from spam": (
        lambda s: (s.put(Status.APPROVED), s.decide("spam")),
        lambda s: s.rest("PUT", f"/{s.reply}", status="unspam"),
        SHOWN,
    ),
    "readers report": (
        lambda s: s.put(Status.APPROVED),
        lambda s: [s.report(name) for name in (b"one", b"another")],
        Effects(to_owners=1, versions=1),
    ),
    "admin keeps": (
        lambda s: (s.put(Status.APPROVED), s.report(b"one"), s.report(b"another")),
        lambda s: s.decide("keep"),
        SHOWN,
    ),
    "import": (None, lambda s: bring_in(s, Status.APPROVED), Effects(versions=1)),
    "import of what waits": (None, lambda s: bring_in(s, Status.PENDING), NOTHING),
    "author edits": (
        lambda s: s.reply_of_bob(),
        lambda s: s.form("own", page=ARTICLE, preview=s.own, action="save", comment="Better"),
        Effects(versions=1),
    ),
    "author deletes": (
        lambda s: s.reply_of_bob(),
        lambda s: s.form("own", page=ARTICLE, preview=s.own, action="delete"),
        Effects(versions=1),
    ),
}


TOLD = {
    **dict.fromkeys(["API, by a reader", "API, by a program", "API replies"], "submitted approved changed"),
    **dict.fromkeys(["API approves", "API decides on many"], "changed approved"),
    "API, by a reader, held": "submitted held",
    "API edits": "changed edited",
    "API deletes for good": "changed deleted",
    **dict.fromkeys(["form", "form, proven name", "form, twice the same click"], "submitted approved changed"),
    **dict.fromkeys(["theme's form", "REST, by a moderator", "admin replies"], "submitted approved changed"),
    **dict.fromkeys(["form, held", "form, proven name, held", "theme's form, held"], "submitted held"),
    "REST, by a moderator, held": "submitted held",
    "REST, by a visitor": "",
    **dict.fromkeys(
        ["admin approves", "admin approves spam", "admin moves all of a list", "REST approves"], "changed approved"
    ),
    **dict.fromkeys(["undo of trash", "REST restores from spam"], "changed approved"),
    "restored from spam, where a moderator put it": "changed approved",
    "restored from spam, where the check put it": "held",
    **dict.fromkeys(["admin holds", "REST holds", "undo of an approval"], "changed held"),
    **dict.fromkeys(["REST revises", "author edits", "admin edits"], "changed edited"),
    **dict.fromkeys(["REST deletes for good", "author deletes", "admin deletes for good"], "changed deleted"),
    "readers report": "changed held",
    "admin keeps": "changed approved",
    "admin erases a person": "changed deleted",
    "admin removes a person's name": "changed edited",
    "a link in a mail approves": "changed approved",
    "a link in a mail trashes": "changed deleted",
    "a link in a mail replies": "submitted approved changed",
    "import": "changed",
    "import of what waits": "",
}
"""What webhooks hear, by each of ``WAYS``, in any order."""


def twice(scene: Scene) -> list[dict[str, str]]:
    fields = scene.reader.fields(comment_parent=str(scene.ada), author="Bob", email="bob@example.org")
    return [fields, fields]


@pytest.mark.parametrize("way", WAYS)
def test_each_way_has_the_same_effects(scene: Scene, way: str) -> None:
    before, act, effects = WAYS[way]
    if before:
        before(scene)
    was = scene.totals()
    scene.forget_told()
    act(scene)
    now = scene.totals()
    assert Effects(*(after - once for after, once in zip(now, was, strict=True))) == effects
    assert sorted(scene.told()) == sorted(TOLD[way].split())


def test_without_a_mail_server_nobody_is_told_by_any_way(settings: Settings, clock: Clock, password_hash: str) -> None:
    silent = settings.model_copy(update={"smtp_url": SecretStr(""), "notify": ""})
    with AppClient(create_app(silent, clock), base_url=PUBLIC_URL, follow_redirects=False) as client:
        scene = Scene(client, Reader(client, clock), client.app_state["context"], clock).begin(password_hash)
        assert scene.post().status_code == 201
        assert scene.post(comment="Another", review="1", captcha="").status_code == 201
        assert scene.rest("POST", parent=scene.ada, content="Thank you").status_code == 201
        assert scene.totals()[:2] == (0, 0)


REPLIES: dict[str, tuple[int, Act]] = {
    "admin": (422, lambda s: s.form("admin/comment", action="reply", comment=f"1-{s.reply}", reply="Yes")),
    "API": (403, lambda s: s.api("POST", f"/comments/1-{s.reply}/replies", text="Yes")),
    "API, on another page": (
        403,
        lambda s: s.api("POST", "/comments", page=f"{ARTICLE}/new", parent=f"1-{s.reply}", text="Yes"),
    ),
    "REST": (403, lambda s: s.rest("POST", parent=s.reply, content="Yes")),
    "a link in a mail": (422, lambda s: s.by_mail(s.reply, "reply", reply="Yes")),
}


def stored(scene: Scene) -> dict[str, list[Any]]:
    """All that a reply may change."""
    names = ("page", "comment", "decision", "log_entry", "spent", "outbox", "webhook_delivery")
    with scene.context.engine.connect() as connection:
        rows = {name: connection.execute(select(getattr(tables, name))).all() for name in names}
        used = connection.execute(select(tables.notice.c.used_at)).scalars().all()
    return {name: sorted(map(repr, found)) for name, found in rows.items()} | {"used": [at for at in used if at]}


@pytest.mark.parametrize("way", REPLIES)
def test_a_reply_that_is_refused_leaves_all_as_it_was(scene: Scene, way: str) -> None:
    scene.put(Status.PENDING)
    with writing(scene.context.engine) as connection:
        connection.execute(tables.page.update().values(closed=True))
    status, act = REPLIES[way]
    was = stored(scene)
    assert act(scene).status_code == status
    assert stored(scene) == was
