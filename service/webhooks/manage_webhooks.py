"""What people do with webhooks, each noted in the log of actions: for the admin's pages, the API and commands."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from service.action_log import Act, ActKind, record
from service.logged_change import LoggedChange, Subject
from service.webhooks import message_queue, site_webhooks
from service.webhooks.site_webhooks import SiteWebhook, Wanted


def add(connection: Connection, site_id: int, wanted: Wanted, admin_id: int | None, at: datetime) -> SiteWebhook:
    """Add a webhook, with a new secret if its kind is signed. Raises BadWebhook."""
    hook = site_webhooks.add(connection, site_id, wanted, at)
    _log(connection, hook, Act(ActKind.WEBHOOK_ADDED, at, admin_id))
    return hook


def stop(connection: Connection, hook: SiteWebhook, admin_id: int | None, at: datetime, *, stopped: bool) -> bool:
    """Stop a webhook, or start it again. Returns False if it was so, or is gone."""
    current = site_webhooks.find(connection, hook.id)
    if current is None or stopped == (current.stopped_at is not None):
        return False
    site_webhooks.set_stopped(connection, current, at if stopped else None)
    action = ActKind.WEBHOOK_STOPPED if stopped else ActKind.WEBHOOK_STARTED
    change = LoggedChange(Subject.WEBHOOK_STOPPED, str(hook.id), not stopped, stopped)
    _log(connection, hook, Act(action, at, admin_id, change=change))
    return True


def remove(connection: Connection, hook: SiteWebhook, admin_id: int | None, at: datetime) -> None:
    """Remove a webhook, with its log and what it was still to send."""
    site_webhooks.remove(connection, hook)
    _log(connection, hook, Act(ActKind.WEBHOOK_REMOVED, at, admin_id))


def replay(
    connection: Connection, hook: SiteWebhook, admin_id: int | None, at: datetime, message: int | None = None
) -> int:
    """Send again all that was given up, or one message. Returns how many."""
    number = message_queue.replay(connection, hook, at, message)
    if number:
        _log(connection, hook, Act(ActKind.WEBHOOK_REPLAYED, at, admin_id))
    return number


def _log(connection: Connection, hook: SiteWebhook, act: Act) -> None:
    content = {"entry": f"{hook.kind} {hook.place}"}
    record(connection, hook.site_id, replace(act, number=0, content=content))
