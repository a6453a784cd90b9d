"""Something of everything that an action of the log may change, and each action."""

from collections.abc import Callable, Mapping
from typing import Any

from httpx2 import Response
from sqlalchemy import select, update

from db import tables
from db.column_types import new_id
from db.models import Status
from service import admin_accounts, admin_logins, sites
from service.action_log import ActKind
from service.admin_rights import CurrentAdmin, Role
from service.comments import author_edit, moderate, moderator_reply
from service.comments.admin_edit import edit_comment
from service.comments.author_edit import Edit
from service.comments.moderator_reply import Reply
from service.comments.page_actions import close_page, pin_comment, rename_page
from service.comments.side_effects import Audience, Key
from service.comments.validation import Draft
from service.known_sites import known_sites
from service.pages.merge_pages import Merge, merge_slice
from service.pages.move_page import give_alias, move_page, take_alias
from service.pages.page_changes import Click
from service.pages.redirect_plan import RedirectRun, plan_redirects
from service.redirects import Moved
from service.spam.block_and_unblock import block, list_blocks, unblock
from service.spam.change_spam_settings import change_settings
from service.spam.site_blocks import BlockKind
from service.web.context import AppContext
from service.webhooks import manage_webhooks
from service.webhooks.site_webhooks import Kind, Wanted
from tests.conftest import Clock
from tests.web.admin.conftest import Browser, add_comment
from tests.writing import writing

_READ: tuple[tuple[Any, str], ...] = (
    (tables.comment, "id status text"),
    (tables.page, "id url key closed title title_checked title_from pinned_id"),
    (tables.site, "id close_days page_rules"),
    (tables.page_alias, "key to_key"),
    (tables.report, "comment_id kept_in"),
    (tables.kept_comment, "comment_id batch"),
    (tables.spam_setting, "site_id settings"),
    (tables.site_block, "kind value until admin_id"),
    (tables.webhook, "id stopped_at"),
    (tables.admin, "id role every_site"),
    (tables.admin_site, "admin_id site_id"),
)
BLOG = "https://blog.example"


class Scene:
    """A site with two comments of one author, a page, a webhook, a block, a moderator Kit and the owner Ida."""

    def __init__(self, context: AppContext, clock: Clock, ida: int) -> None:
        self.context, self.clock, self.ida = context, clock, ida
        self.run = context.writer.run
        self.kit = self.run(admin_logins.add, "Kit", "no hash", clock()) or 0
        self.run(admin_accounts.set_role, self.kit, Role.MODERATOR, {1}, self.ida, clock())
        self.owner = CurrentAdmin(self.ida, "Ida")
        self.moderator = CurrentAdmin(self.kit, "Kit", Role.MODERATOR, frozenset({1}))
        self.first, self.second = (self.add("/post", text) for text in "ab")
        self.add("/uno", "c")
        self.hook = self.run(
            manage_webhooks.add, 1, Wanted(Kind.STANDARD, "https://hooks.example/a"), self.ida, clock()
        )
        self.run(block, 1, BlockKind.AUTHOR, "mallory", 7, self.ida, clock())
        self.run(give_alias, 1, f"{BLOG}/old", f"{BLOG}/post", self.click)

    def add(self, path: str, text: str) -> Key:
        """An approved comment on a page."""
        added = add_comment(self.context, self.clock, url=BLOG + path, text=text, status=Status.APPROVED)
        site_id, _, comment_id = added.partition("-")
        return int(site_id), int(comment_id)

    @property
    def click(self) -> Click:
        return Click(new_id(), self.clock(), self.ida)

    @property
    def page(self) -> Key:
        return 1, next(number for number, url in self.rows(tables.page, "id url") if url == f"{BLOG}/post")

    def merge(self) -> None:
        """Merge /uno into /post."""
        uno = next(number for number, url in self.rows(tables.page, "id url") if url == f"{BLOG}/uno")
        self.run(merge_slice, Merge(1, new_id(), uno, self.page[1]), self.click)

    def redirect(self) -> None:
        """Take in a map that moves /post."""
        with self.context.engine.connect() as connection:
            site = known_sites(connection).all[0]
            plan = plan_redirects(connection, site, [Moved("", "/post", "/new")])
        for job in RedirectRun(1, plan, self.click).jobs():
            self.run(job)

    def rows(self, table: Any, columns: str) -> list[tuple[Any, ...]]:
        with self.context.engine.connect() as connection:
            query = select(*(table.c[name] for name in columns.split())).order_by(*table.primary_key.columns)
            return [tuple(row) for row in connection.execute(query)]

    def state(self) -> dict[str, list[tuple[Any, ...]]]:
        """All that an undo has to put back; when a webhook stopped does not matter."""
        read = {table.name: self.rows(table, columns) for table, columns in _READ}
        read["webhook"] = [(number, bool(stopped)) for number, stopped in read["webhook"]]
        read["site_block"] = sorted(read["site_block"])
        return read

    def entries(self, action: ActKind) -> list[tuple[int, int]]:
        """The entries of an action, oldest first."""
        found = self.rows(tables.log_entry, "site_id id action")
        return sorted(((site_id, number) for site_id, number, kind in found if kind == action), key=lambda key: key[1])

    def decide(self, status: Status) -> Callable[[], object]:
        return lambda: self.run(moderate.decide, [self.first, self.second], status, self.ida, self.clock())

    def edit_as_author(self) -> None:
        audience = Audience(readers=False, owners=False)
        new = Edit("spam", Status.PENDING, 3.0, [], self.clock(), 10**6, audience)
        with writing(self.context.engine) as connection:
            connection.execute(update(tables.decision).values(undone_at=self.clock()))
        assert self.run(author_edit.edit_own_comment, self.first, new) is Status.PENDING

    def reply(self) -> None:
        draft, audience = Draft.of({"author": "Ida", "comment": "Thanks"}), Audience(readers=False, owners=False)
        self.run(moderator_reply.reply, Reply(self.first, draft, b"x" * 16, audience, self.ida, self.clock()))

    def unblock(self) -> None:
        with self.context.engine.connect() as connection:
            (found,) = list_blocks(connection, None, self.clock())
        assert self.run(unblock, 1, found.id, self.ida, self.clock())


def _trashed_before(scene: Scene) -> None:
    scene.decide(Status.TRASH)()


def _reported_before(scene: Scene) -> None:
    row = {"site_id": 1, "comment_id": scene.first[1], "who": b"somebody", "reason": "spam", "note": "", "counts": True}
    scene.run(lambda connection: connection.execute(tables.report.insert(), {**row, "at": scene.clock()}))


def _pinned_before(scene: Scene) -> None:
    scene.run(pin_comment, scene.first, scene.ida, scene.clock(), pinned=True)


def _closed_before(scene: Scene) -> None:
    scene.run(close_page, scene.page, scene.ida, scene.clock(), closed=True)


def _stopped_before(scene: Scene) -> None:
    scene.run(manage_webhooks.stop, scene.hook, scene.ida, scene.clock(), stopped=True)


def _held_before(scene: Scene) -> None:
    scene.decide(Status.PENDING)()


PREPARED: Mapping[ActKind, Callable[[Scene], None]] = {
    ActKind.APPROVE: _held_before,
    ActKind.RESTORE: _trashed_before,
    ActKind.KEEP: _reported_before,
    ActKind.UNPIN: _pinned_before,
    ActKind.OPEN: _closed_before,
    ActKind.WEBHOOK_STARTED: _stopped_before,
}
"""What has to be done before."""

ACTS: Mapping[ActKind, Callable[[Scene], object]] = {
    ActKind.APPROVE: lambda s: s.decide(Status.APPROVED)(),
    ActKind.HOLD: lambda s: s.decide(Status.PENDING)(),
    ActKind.SPAM: lambda s: s.decide(Status.SPAM)(),
    ActKind.TRASH: lambda s: s.decide(Status.TRASH)(),
    ActKind.RESTORE: lambda s: s.run(moderate.restore, [s.first, s.second], s.ida, s.clock()),
    ActKind.AUTHOR_DELETE: lambda s: s.run(author_edit.delete_own_comment, s.first, s.clock(), 10**6),
    ActKind.EDIT: lambda s: s.run(edit_comment, s.first, {"text": "c"}, s.ida, s.clock()),
    ActKind.AUTHOR_EDIT: lambda s: s.edit_as_author(),
    ActKind.REPLY: lambda s: s.reply(),
    ActKind.CLOSE: lambda s: s.run(close_page, s.page, s.ida, s.clock(), closed=True),
    ActKind.OPEN: lambda s: s.run(close_page, s.page, s.ida, s.clock(), closed=False),
    ActKind.PIN: lambda s: s.run(pin_comment, s.second, s.ida, s.clock(), pinned=True),
    ActKind.UNPIN: lambda s: s.run(pin_comment, s.first, s.ida, s.clock(), pinned=False),
    ActKind.TITLE: lambda s: s.run(rename_page, s.page, "Roses", s.ida, s.clock()),
    ActKind.BLOCK: lambda s: s.run(block, 1, BlockKind.AUTHOR, "mallory", 0, s.ida, s.clock()),
    ActKind.UNBLOCK: lambda s: s.unblock(),
    ActKind.SETTINGS: lambda s: s.run(sites.set_close_days, 1, 30, s.ida, s.clock()),
    ActKind.WEBHOOK_STOPPED: lambda s: s.run(manage_webhooks.stop, s.hook, s.ida, s.clock(), stopped=True),
    ActKind.WEBHOOK_STARTED: lambda s: s.run(manage_webhooks.stop, s.hook, s.ida, s.clock(), stopped=False),
    ActKind.ROLE: lambda s: s.run(admin_accounts.set_role, s.kit, Role.READER, None, s.ida, s.clock()),
    ActKind.MOVE: lambda s: s.run(move_page, s.page, f"{BLOG}/new", s.click),
    ActKind.MERGE: lambda s: s.merge(),
    ActKind.REDIRECTS: lambda s: s.redirect(),
    ActKind.ALIAS_REMOVED: lambda s: s.run(take_alias, 1, f"{BLOG}/old", s.click),
    ActKind.KEEP: lambda s: s.run(moderate.keep, [s.first], s.ida, s.clock()),
}
"""Each action that one call does."""

WORDS = {"words": {"hold": "casino\n" * 200_000, "spam": "", "trial": ""}, "hold": 4.0}
SETTINGS: Mapping[str, Callable[[Scene], object]] = {
    "spam check": lambda s: s.run(change_settings, 1, {"hold": 4.0, "words": {"hold": "x"}}, s.ida, s.clock()),
    "long word list": lambda s: s.run(change_settings, 1, WORDS, s.ida, s.clock()),
    "chat spam": lambda s: s.run(change_settings, 1, {"chat_spam": True}, s.ida, s.clock()),
    "close days": ACTS[ActKind.SETTINGS],
}
"""What else is logged as settings."""


def click(browser: Browser, scene: Scene, action: ActKind, number: int = -1) -> Response:
    """Undo the newest entry of an action, or an earlier one."""
    site_id, entry_id = scene.entries(action)[number]
    return browser.post("/admin/log", entry=f"{site_id}-{entry_id}", back="/admin/log")
