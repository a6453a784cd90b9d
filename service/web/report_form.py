"""The form by which a reader reports a comment: on a page of its own, or as JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from starlette.responses import Response

from service.captcha import Challenge
from service.comments.report_rows import ReportReason
from service.comments.submit_report import LONGEST_NOTE, Reportable
from service.comments.validation import FieldProblem
from service.language import Language
from service.visible_text import one_line
from service.web.context import Request
from service.web.http import response_headers
from service.web.http.json_answer import JsonAnswer
from service.web.http.reader_params import ThreadRequest, wants_json
from service.web.render.thread_views import PageView
from service.web.submission import Submission

_EXCERPT = 300
_FIELDS = ("", "reason", "note", "captcha")

Place = ThreadRequest | Submission


@dataclass(slots=True)
class ReportView:
    """The form with what was chosen and typed; ``id`` is 0 where there is nothing to report, and ``notice`` says why.
    ``error_of`` has a sentence or an empty text for each field, and for the form as a whole at ``""``."""

    page: str
    frame: bool
    id: int = 0
    author: str = ""
    excerpt: str = ""
    reasons: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    note: str = ""
    answer: str = ""
    notice: str = ""
    challenge: Challenge | None = None
    error_of: Mapping[str, str] = field(default_factory=lambda: dict.fromkeys(_FIELDS, ""))
    longest: int = LONGEST_NOTE

    @property
    def focus(self) -> str:
        """The first field with an error; without one, the reason."""
        return next((name for name in _FIELDS[1:] if self.error_of[name]), "reason")


def reasons_of(language: Language) -> dict[str, str]:
    """The reasons that can be chosen, in the reader's words."""
    _ = language.gettext
    return {
        ReportReason.SPAM.value: _("Spam or advertising"),
        ReportReason.INSULT.value: _("Insult or hate"),
        ReportReason.PERSONAL.value: _("Somebody’s personal data"),
        ReportReason.OFF_TOPIC.value: _("Off topic"),
        ReportReason.OTHER.value: _("Something else"),
    }


def form_of(
    place: Place,
    comment: Reportable,
    challenge: Challenge | None,
    problems: Sequence[FieldProblem] = (),
    notice: str = "",
    *,
    answered: bool = False,
) -> ReportView:
    """The form for a comment. ``answered``: the question is the same as before, so its answer stays."""
    fields = place.fields if isinstance(place, Submission) else {}
    text = one_line(comment.text)
    return ReportView(
        page=place.page.url,
        frame=place.urls.surface == "frame",
        id=comment.key[1],
        author=one_line(comment.author),
        excerpt=text if len(text) <= _EXCERPT else text[:_EXCERPT].rstrip() + " …",
        reasons=reasons_of(place.language),
        reason=fields.get("reason", ""),
        note=fields.get("note", ""),
        answer=fields.get("captcha", "") if answered else "",
        notice=notice,
        challenge=challenge,
        error_of=dict.fromkeys(_FIELDS, "") | {each.field: each.message for each in reversed(problems)},
    )


def nothing_to_report(place: Place, notice: str) -> ReportView:
    """A sentence in place of the form."""
    return ReportView(place.page.url, place.urls.surface == "frame", notice=notice)


def answer(request: Request, place: Place, view: ReportView, title: str, status: int, retry_after: int = 0) -> Response:
    """The form or the sentence, as a page or as JSON."""
    context, values = place.context, {"report": view, "page": PageView(place.page.url, title)}
    more = {"retry-after": str(retry_after)} if retry_after else {}
    if wants_json(request):
        form = context.templates.render("report_form.html", place.language, values) if view.id else ""
        said = {"form": form, "message": view.notice if not view.id else ""}
        return JsonAnswer(said, status, response_headers.FRESH_FRAGMENT | more)
    html = context.templates.render("report.html", place.language, {**values, "back": place.urls.address()})
    sent = response_headers.page_headers(context.settings.public_url, place.page.url, place.urls.frame_ancestors)
    return Response(html, status, sent | more, "text/html")
