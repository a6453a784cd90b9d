"""``/comments/{id}/reports``: what readers reported of a comment."""

from datetime import datetime

from service.comments.report_rows import ReportReason, read_reports
from service.protocols.api.api_call import ApiAnswer, Call, there
from service.protocols.api.common_shapes import NoBody, NoQuery, Shape
from service.protocols.api.moderated_comments import find_comment


class ReaderReport(Shape):
    """A reader's report of a comment. ``counts``: it helps to hold the comment. ``open``: no moderator has kept the
    comment since."""

    reason: ReportReason
    note: str
    at: datetime
    counts: bool
    open: bool


class ReportList(Shape):
    """The reports of a comment, oldest first."""

    items: list[ReaderReport]


async def list_reports(call: Call[NoQuery, NoBody]) -> ApiAnswer:
    """What readers reported of a comment. Nothing tells who they were."""
    key = call.key
    there(await call.context.read(find_comment, key))
    found = (await call.context.read(read_reports, [key])).get(key, ())
    names = ("reason", "note", "at", "counts", "open")
    return ApiAnswer(
        ReportList(items=[ReaderReport(**{name: getattr(each, name) for name in names}) for each in found])
    )
