"""``POST /admin/log``: undoes an action of the log, or says what prevents it."""

from collections.abc import Awaitable
from datetime import datetime

from starlette.responses import Response

from service.action_log import ActKind
from service.comments import moderate
from service.comments.earlier_decisions import decided_after, sites_of_batch
from service.comments.record_decisions import Batch
from service.known_sites import read_site
from service.logged_change import Subject
from service.pages.address_rule_change import Collision
from service.undo.log_entries import Entry, changed_later, is_taken_back
from service.undo.undo_address_rules import RulesUndo
from service.undo.undo_log_entry import TakenBack, UndoOutcome, check_state, find_allowed, take_back
from service.ways_to_undo import UndoWay
from service.web.admin.admin_params import ActionFields, read_key, with_query
from service.web.admin.admin_session import AdminRequest
from service.web.admin.pages_page import undo_batch_of_pages
from service.web.undo_batch import undo_batch


async def undo(request: AdminRequest) -> Response:
    """``POST /admin/log``: undo the action of an ``entry``, all of it."""
    fields = await ActionFields.of(request.http)
    key = read_key(fields.one("entry"))
    if key is None:
        return request.not_understood()
    entry = await request.context.read(find_allowed, *key, request.current_admin)
    if isinstance(entry, TakenBack):
        return _refuse(request, entry)
    if entry.way is UndoWay.DECISIONS:
        return await _undo_decisions(request, entry, fields.back)
    if entry.way is UndoWay.PAGES:
        return await undo_batch_of_pages(request, entry.batch or 0, fields.back)
    if entry.change and entry.change.subject is Subject.PAGE_RULES:
        done = await _undo_rules(request, entry)
    else:
        done = await request.context.write_alone(take_back, *key, request.current_admin, request.now)
    if done.outcome is not UndoOutcome.DONE:
        return _refuse(request, done)
    await _tell(request, entry)
    return request.see_other(with_query(fields.back, what="taken-back", n=1))


async def _undo_decisions(request: AdminRequest, entry: Entry, back: str) -> Response:
    context, admin, batch_id = request.context, request.current_admin, entry.batch or 0

    def undo_slice(batch_id: int) -> Awaitable[Batch]:
        return context.write_alone(moderate.undo, batch_id, admin.id, request.now)

    if entry.action is ActKind.UNDO:
        batch = await _redo(request, batch_id)
    else:
        batch = await undo_batch(context, admin, batch_id, undo_slice)
    if not batch.changed:
        by = await context.read(decided_after, batch_id)
        return _say(request, _changed(request, *by) if by else request.gettext("There is nothing left to undo."))
    what = "redo" if entry.action is ActKind.UNDO else "undo"
    return request.see_other(with_query(back, what=what, n=len(batch.changed)))


async def _redo(request: AdminRequest, batch_id: int) -> Batch:
    """Take an undo back, where all of its batch is on the admin's sites."""
    total, admin = Batch(batch_id, (), ()), request.current_admin
    after: int | None = 0
    if not all(map(admin.sees, await request.context.read(sites_of_batch, batch_id))):
        return total
    while after is not None:
        batch, after = await request.context.write_alone(moderate.redo, batch_id, admin.id, request.now, after)
        total = total.plus(batch)
    return total


async def _undo_rules(request: AdminRequest, entry: Entry) -> TakenBack:
    context = request.context
    if await context.read(is_taken_back, entry):
        return TakenBack(UndoOutcome.BEFORE)
    outcome, site = await context.read(check_state, entry), await context.read(read_site, entry.site_id)
    if outcome is not UndoOutcome.DONE or site is None:
        return TakenBack(outcome, await context.read(changed_later, entry))
    try:
        for job in RulesUndo(site, entry, request.current_admin.id, request.now).jobs():
            await context.write_alone(job)
    except Collision:
        return TakenBack(UndoOutcome.ONE)
    return TakenBack(UndoOutcome.DONE)


async def _tell(request: AdminRequest, entry: Entry) -> None:
    """Let this process know at once what the others learn within seconds."""
    subject = entry.change.subject if entry.change else None
    if subject is Subject.PAGE_RULES:
        await request.context.read_sites()
    elif subject in (Subject.SPAM, Subject.BLOCK):
        request.context.spam.sites.forget(entry.site_id)
        request.context.spam.trainer.retrain_soon(entry.site_id)


def _refuse(request: AdminRequest, done: TakenBack) -> Response:
    _ = request.gettext
    if done.outcome is UndoOutcome.NOT_ALLOWED:
        return request.not_allowed()
    if done.outcome is UndoOutcome.CHANGED and done.later:
        return _say(request, _changed(request, done.later.by or "", done.later.at))
    sentences = {
        UndoOutcome.CHANGED: _("It has since been changed; the log does not say by whom."),
        UndoOutcome.GONE: _("What it concerned, or its previous state, no longer exists."),
        UndoOutcome.BEFORE: _("It has already been undone."),
        UndoOutcome.NEVER: _("This action cannot be undone from the log."),
        UndoOutcome.OWNER: _("There must be an owner. Make somebody else an owner first."),
        UndoOutcome.ONE: _("The previous rules would merge pages. Change them under Address rules instead."),
    }
    return _say(request, sentences[done.outcome])


def _changed(request: AdminRequest, name: str, at: datetime) -> str:
    _ = request.gettext
    name = name or _("Somebody else")
    return _("%(name)s has changed it since, on %(when)s UTC. Undo that first.") % {
        "name": name,
        "when": request.language.when(at),
    }


def _say(request: AdminRequest, sentence: str) -> Response:
    _ = request.gettext
    return request.message(409, _("Nothing was undone"), sentence, link=("admin/log", _("Go to the log")))
