"""``POST /public/comments``: a reader's comment, by the same way and with the same checks as the form's."""

from typing import Annotated, Any, Literal

from pydantic import Field
from starlette.responses import Response

from db.models import Status
from service.comments.submit import Accepted
from service.comments.validation import LONGEST, LONGEST_TITLE
from service.protocols.api.api_call import ApiAnswer, Call, not_here
from service.protocols.api.common_shapes import Key, NoQuery, PageAddress, Shape, key_of, key_text
from service.protocols.api.public_comments import question_of
from service.protocols.api.public_shapes import Lang
from service.web.accepted_response import proof_for
from service.web.http.api_problems import HEADERS, problem_response
from service.web.http.json_answer import JsonAnswer
from service.web.post_comment import answer, build_submission
from service.web.render.form_view import FormView
from service.web.submission import CONSENT, SUBSCRIBE, Submission

_NAMES = {"author": "author", "email": "email", "url": "url", "comment": "text", "captcha": "answer"}
"""Field of the form → member of the body."""


class NewPublicComment(Shape):
    """A comment with the answer to a question of ``/public/question``. ``review``: instead of an answer, for people who
    cannot give one; the comment then waits. ``work``: the proof of work that a question from level 3 on asks for."""

    page: PageAddress
    title: Annotated[str, Field(max_length=LONGEST_TITLE, description="The title of the page.")] = ""
    parent: Key | None = None
    author: Annotated[str, Field(max_length=LONGEST["author"])]
    email: Annotated[str, Field(max_length=LONGEST["email"])]
    url: Annotated[str, Field(max_length=LONGEST["url"])] = ""
    text: Annotated[str, Field(max_length=LONGEST["comment"], description="Markdown.")]
    token: Annotated[str, Field(max_length=1000)] = ""
    answer: Annotated[str, Field(max_length=100)] = ""
    work: Annotated[str, Field(max_length=4000)] = ""
    review: bool = False
    lang: Lang = ""
    subscribe: Annotated[bool, Field(description="Mail about replies.")] = False
    remember: Annotated[bool, Field(description="Return a `proof`, by which the author is known next time.")] = False
    proof: Annotated[str, Field(max_length=500)] = ""

    @property
    def fields(self) -> dict[str, str]:
        """The fields of the form."""
        flags = {"review": self.review, SUBSCRIBE: self.subscribe, CONSENT: self.remember}
        return {
            "page": self.page,
            "title": self.title,
            "comment_parent": str(key_of(self.parent)[1]) if self.parent else "",
            **{field: getattr(self, member) for field, member in _NAMES.items()},
            "captcha_token": self.token,
            "altcha": self.work,
            "lang": self.lang,
            "proof": self.proof,
            **{name: "1" for name, is_set in flags.items() if is_set},
        }


class PostedComment(Shape):
    """A comment that was stored. ``own`` is the token of the author's private link, ``/own?page=…&preview=…``."""

    id: Key
    status: Literal["approved", "pending"]
    link: str
    own: str
    proof: str | None


class _ApiFace:
    """Answers a submission in the API's way."""

    def give_back(self, submission: Submission, status: int, form: FormView) -> Response:
        """A problem, with the question that is to be answered next."""
        fields = form.error_of.items()
        errors = [{"field": _NAMES.get(field, field), "detail": detail} for field, detail in fields]
        members: dict[str, Any] = {"errors": errors} if errors else {}
        if form.challenge is not None:
            members["question"] = question_of(form.challenge).model_dump(mode="json")
        detail = " ".join(form.leads) or submission.gettext("Please answer the question.")
        return problem_response(status, detail, members=members)

    async def accept(self, submission: Submission, result: Accepted, private_link: str) -> Response:
        """The comment's id; spam is answered as what waits."""
        posted = PostedComment(
            id=key_text(result.site_id, result.comment_id),
            status="approved" if result.status is Status.APPROVED else "pending",
            link=submission.urls.comment_url(result.comment_id),
            own=private_link,
            proof=await proof_for(submission, result) if submission.consent else None,
        )
        return JsonAnswer(posted.model_dump(mode="json"), 201, HEADERS)


async def post_published(call: Call[NoQuery, NewPublicComment]) -> ApiAnswer:
    """Post a comment as a reader. Without a right answer it is not stored, and the problem has a new question."""
    submission = await build_submission(call.http, call.body.fields, _ApiFace())
    parent = call.body.parent
    if parent and key_of(parent)[0] != submission.page.site_id:
        not_here()
    return ApiAnswer(response=await answer(submission))
