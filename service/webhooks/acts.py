"""What people do with webhooks, each noted in the log of actions: for the admin's pages, the API and commands."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from service.action_log import Act, Action, record
from service.log_change import Change, Subject
from service.webhooks import hooks, queue
from service.webhooks.hooks import Wanted, Webhook


def add(connection: Connection, site_id: int, wanted: Wanted, admin_id: int | None, at: datetime) -> Webhook:
    """Add a webhook, with a new secret if its kind is signed. Raises BadWebhook."""
    hook = hooks.add(connection, site_id, wanted, at)
    _log(connection, hook, Act(Action.WEBHOOK_ADDED, at, admin_id))
    return hook


def stop(connection: Connection, hook: Webhook, admin_id: int | None, at: datetime, *, stopped: bool) -> bool:
    """Stop a webhook, or start it again. Returns False if it was so, or is gone."""
    current = hooks.find(connection, hook.id)
    if current is None or stopped == (current.stopped_at is not None):
        return False
    hooks.set_stopped(connection, current, at if stopped else None)
    action = Action.WEBHOOK_STOPPED if stopped else Action.WEBHOOK_STARTED
    change = Change(Subject.WEBHOOK_STOPPED, str(hook.id), not stopped, stopped)
    _log(connection, hook, Act(action, at, admin_id, change=change))
    return True


def remove(connection: Connection, hook: Webhook, admin_id: int | None, at: datetime) -> None:
    """Remove a webhook, with its log and what it was still to send."""
    hooks.remove(connection, hook)
    _log(connection, hook, Act(Action.WEBHOOK_REMOVED, at, admin_id))


def replay(
    connection: Connection, hook: Webhook, admin_id: int | None, at: datetime, message: int | None = None
) -> int:
    """Send again all that was given up, or one message. Returns how many."""
    number = queue.replay(connection, hook, at, message)
    if number:
        _log(connection, hook, Act(Action.WEBHOOK_REPLAYED, at, admin_id))
    return number


def _log(connection: Connection, hook: Webhook, act: Act) -> None:
    content = {"entry": f"{hook.kind} {hook.place}"}
    record(connection, hook.site_id, replace(act, number=0, content=content))
