"""A title is shown, and counts, once it was approved with its comment, said by the page, or set by the owner."""

import pytest
from sqlalchemy import select

from db import tables
from db.models import Status
from service.comments.admin_edit import delete_comment
from service.comments.moderate import decide, undo
from service.comments.page_actions import rename_page
from service.comments.page_titles import set_title
from service.page_address import PageRef, page_key
from service.settings import Settings
from service.web.context import AppContext
from service.web.render.thread_cache import read_version
from tests.conftest import Clock
from tests.reader import ARTICLE, Reader

SITE = "https://blog.example"
comment, page = tables.comment.c, tables.page.c


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return Settings(**{**settings.model_dump(), "spam_check": False, "moderation": "none"})


def given(context: AppContext) -> tuple[str, bool]:
    """The one page's title as moderators see it, and whether it is checked."""
    with context.engine.connect() as connection:
        title, checked = connection.execute(select(page.title, page.title_checked)).one()
    return title, checked


def key(context: AppContext, text: str) -> tuple[int, int]:
    with context.engine.connect() as connection:
        site_id, comment_id = connection.execute(select(comment.site_id, comment.id).where(comment.text == text)).one()
    return site_id, comment_id


def say(reader: Reader, context: AppContext, text: str, title: str, *, waits: bool = False) -> tuple[int, int]:
    """A comment with a title, which the service publishes, or which waits. Returns its key."""
    name = "".join(filter(str.isalpha, text))
    fields = reader.fields(comment=text, title=title, author=name, email=f"{name}@example.org")
    if waits:
        fields |= {"captcha": "", "review": "1"}
    assert reader.send(fields).status_code == 303
    return key(context, text)


def decided(context: AppContext, clock: Clock, status: Status, *keys: tuple[int, int]) -> int:
    """Let a moderator give comments a status. Returns the batch."""
    batch = context.writer.run(decide, keys, status, 1, clock()).id
    context.versions.forget_all()  # as a handler's write does
    return batch


def test_a_title_that_nobody_approved_is_for_moderators_alone(reader: Reader, context: AppContext) -> None:
    say(reader, context, "First!", "Buy pills")
    assert given(context) == ("Buy pills", False)
    client, shown = reader.client, []
    for path in ("/latest", "/popular", f"/feed?site={SITE}", f"/feed?page={ARTICLE}", f"/comments?page={ARTICLE}"):
        shown += [client.get(path).text, client.get(f"{path}{'&' if '?' in path else '?'}site={SITE}&format=json").text]
    shown += [client.get(f"{path}?page={ARTICLE}").text for path in ("/page", "/thread", "/form")]
    shown += [client.get(f"/blog.example/wp-json/wp/v2/comments?_embed=1{more}").text for more in ("", "&orderby=id")]
    shown.append(reader.post(comment="").text)
    assert all(shown)
    assert not [text for text in shown if "pills" in text]


def test_a_title_is_approved_with_the_comment_that_it_came_with(
    reader: Reader, context: AppContext, clock: Clock
) -> None:
    say(reader, context, "First!", "Buy pills")
    other = say(reader, context, "Held, too.", "Roses", waits=True)
    held = say(reader, context, "Held.", "On roses", waits=True)
    decided(context, clock, Status.APPROVED, other)
    assert given(context) == ("On roses", False)
    batch = decided(context, clock, Status.APPROVED, held)
    assert given(context) == ("On roses", True)
    assert "On roses" in reader.client.get(f"/page?page={ARTICLE}").text
    say(reader, context, "Later.", "Casino", waits=True)
    assert given(context) == ("On roses", True)
    context.writer.run(undo, batch, 1, clock())
    assert given(context) == ("On roses", False)


@pytest.mark.parametrize("status", [Status.SPAM, Status.TRASH])
def test_an_unchecked_title_goes_with_its_comment(
    reader: Reader, context: AppContext, clock: Clock, status: Status
) -> None:
    first = say(reader, context, "First!", "Buy pills")
    decided(context, clock, status, first)
    assert given(context) == ("", False)
    second = say(reader, context, "Second.", "Buy more")
    assert given(context) == ("Buy more", False)
    context.writer.run(delete_comment, second, 1, clock())
    assert given(context) == ("", False)


def test_what_the_page_or_its_owner_says_stays(reader: Reader, context: AppContext, clock: Clock) -> None:
    first = say(reader, context, "First!", "Buy pills")
    ref = PageRef(1, ARTICLE, page_key(ARTICLE))
    with context.engine.connect() as connection:
        place = (1, connection.execute(select(page.id)).scalar_one())
        before = read_version(connection, ref)
    assert (before.title, before.language) == ("", "")
    assert context.writer.run(set_title, place, "On roses", ARTICLE, "de-AT")
    assert not context.writer.run(set_title, place, "On roses", ARTICLE, "de-AT")
    assert not context.writer.run(set_title, place, "")
    decided(context, clock, Status.SPAM, first)
    with context.engine.connect() as connection:
        after = read_version(connection, ref)
    assert (after.title, after.language) == ("On roses", "de-AT")
    assert after.number > before.number
    assert context.writer.run(rename_page, place, "Roses", 1, clock())
    assert not context.writer.run(rename_page, place, "Roses", 1, clock())
    assert given(context) == ("Roses", True)


def test_a_title_is_hidden_while_its_comment_is_spam_and_comes_back_with_it(
    reader: Reader, context: AppContext, clock: Clock
) -> None:
    first = say(reader, context, "First!", "Roses")
    decided(context, clock, Status.PENDING, first)
    decided(context, clock, Status.APPROVED, first)
    assert given(context) == ("Roses", True)
    decided(context, clock, Status.SPAM, first)
    assert given(context) == ("Roses", False)
    decided(context, clock, Status.APPROVED, first)
    assert given(context) == ("Roses", True)
    decided(context, clock, Status.SPAM, first)
    context.writer.run(delete_comment, first, 1, clock())
    assert given(context) == ("", False)
