"""How the state of each subject of the log is read, and put back to what it was."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from db import tables
from service import admin_accounts, sites
from service.admin_rights import Role
from service.comments.page_actions import read_pinned, set_closed, set_pinned
from service.comments.page_titles import put_title_back, read_title
from service.comments.side_effects import Key
from service.logged_change import LoggedChange, Subject
from service.pages.address_rule_change import read_rules
from service.spam import change_spam_settings
from service.spam.block_and_unblock import put_block_back, read_block
from service.spam.site_blocks import BlockKind
from service.webhooks import site_webhooks

_page, _comment = tables.page.c, tables.comment.c


@dataclass(frozen=True, slots=True)
class Back:
    """A change on a site that is to be taken back at an instant."""

    site_id: int
    change: LoggedChange
    at: datetime

    @property
    def page(self) -> Key:
        """The page that the change is of."""
        return self.site_id, int(self.change.of)


@dataclass(frozen=True, slots=True)
class SubjectState:
    """``read`` takes the site and ``LoggedChange.of``. ``put`` gives it the state before the change, and returns False
    if that is not possible any more; None where ``service.undo.undo_address_rules`` does it in slices."""

    read: Callable[[Connection, int, str], Any]
    put: Callable[[Connection, Back], bool] | None


def _read_closed(connection: Connection, site_id: int, of: str) -> bool | None:
    query = select(_page.closed).where(_page.site_id == site_id, _page.id == int(of)).with_for_update()
    return connection.execute(query).scalar()


def _put_closed(connection: Connection, back: Back) -> bool:
    return set_closed(connection, back.page, back.at, closed=back.change.before)


def _put_title(connection: Connection, back: Back) -> bool:
    put_title_back(connection, back.page, back.change.before)
    return True


def _put_pinned(connection: Connection, back: Back) -> bool:
    (site_id, page_id), before = back.page, back.change.before
    here = (_comment.site_id == site_id, _comment.page_id == page_id, _comment.parent_id.is_(None))
    is_there = select(_comment.id).where(*here, _comment.id == before)
    if read_title(connection, back.page) is None or (before and not connection.execute(is_there).first()):
        return False
    set_pinned(connection, back.page, before)
    return True


def _put_days(connection: Connection, back: Back) -> bool:
    sites.write_close_days(connection, back.site_id, back.change.before)
    return True


def _put_spam(connection: Connection, back: Back) -> bool:
    names = back.change.of.split(",")
    change_spam_settings.put_back(connection, back.site_id, names, back.change.before, back.at)
    return True


def _block_of(change_of: str) -> tuple[BlockKind, str]:
    kind, _, entry = change_of.partition(" ")
    return BlockKind(kind), entry


def _put_block(connection: Connection, back: Back) -> bool:
    what, entry = _block_of(back.change.of)
    return put_block_back(connection, back.site_id, what, entry, back.change.before, back.at)


def _read_stopped(connection: Connection, site_id: int, of: str) -> bool | None:
    hook = site_webhooks.find(connection, int(of))
    return hook.stopped_at is not None if hook and hook.site_id == site_id else None


def _put_stopped(connection: Connection, back: Back) -> bool:
    hook = site_webhooks.find(connection, int(back.change.of))
    if hook is not None:
        site_webhooks.set_stopped(connection, hook, back.at if back.change.before else None)
    return hook is not None


def _put_role(connection: Connection, back: Back) -> bool:
    role, own = back.change.before
    return admin_accounts.give_role(connection, int(back.change.of), Role(role), own)


STATES: Mapping[Subject, SubjectState] = {
    Subject.PAGE_CLOSED: SubjectState(_read_closed, _put_closed),
    Subject.PAGE_TITLE: SubjectState(lambda c, site, of: read_title(c, (site, int(of))), _put_title),
    Subject.PAGE_PINNED: SubjectState(lambda c, site, of: read_pinned(c, (site, int(of))), _put_pinned),
    Subject.BLOCK: SubjectState(lambda c, site, of: read_block(c, site, *_block_of(of)), _put_block),
    Subject.CLOSE_DAYS: SubjectState(lambda c, site, _: sites.read_close_days(c).get(site), _put_days),
    Subject.SPAM: SubjectState(lambda c, site, of: change_spam_settings.read_named(c, site, of.split(",")), _put_spam),
    Subject.PAGE_RULES: SubjectState(lambda c, site, _: read_rules(c, site), None),
    Subject.WEBHOOK_STOPPED: SubjectState(_read_stopped, _put_stopped),
    Subject.ROLE: SubjectState(lambda c, _, of: admin_accounts.read_role(c, int(of)), _put_role),
}
