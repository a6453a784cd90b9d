"""Takes a batch of decisions back, slice by slice, for the admin and the API."""

from collections.abc import Awaitable, Callable

from service.admin_rights import CurrentAdmin
from service.comments import moderate
from service.comments.earlier_decisions import sites_of_batch
from service.comments.record_decisions import Batch
from service.web.context import AppContext

Write = Callable[[int], Awaitable[Batch]]
"""Takes the next slice of a batch back."""


async def undo_batch(context: AppContext, admin: CurrentAdmin, batch_id: int, undo_slice: Write) -> Batch:
    """Undo a batch where all of it is on the admin's sites. Returns what was changed: nothing if it is not."""
    total = Batch(batch_id, (), ())
    sites = await context.read(sites_of_batch, batch_id)
    if not all(map(admin.sees, sites)):
        return total
    while await context.read(moderate.can_undo, batch_id):
        total = total.plus(await undo_slice(batch_id))
    return total
