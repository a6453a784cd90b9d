"""Each field of ``AUTHOR_FIELDS`` has a column, a type and a place in every shape of the API."""

from dataclasses import fields

from db import tables
from service.author_fields import (
    AUTHOR_FIELDS,
    AUTHOR_NAMES,
    PRIVATE_NAMES,
    PUBLIC_NAMES,
    PrivateAuthor,
    PublicAuthor,
    ShownAuthor,
)
from service.comments.validation import Draft, problems
from service.protocols.api import comment_shapes


def names(kind: type[PublicAuthor | PrivateAuthor | ShownAuthor]) -> set[str]:
    return {field.name for field in fields(kind)}


def test_each_field_has_a_type_where_it_may_be_seen() -> None:
    assert names(PublicAuthor) == names(ShownAuthor) == set(PUBLIC_NAMES)
    assert names(PrivateAuthor) == set(PRIVATE_NAMES)
    assert len(set(AUTHOR_NAMES)) == len(AUTHOR_FIELDS)


def test_each_field_has_a_column_that_takes_its_longest_value() -> None:
    columns = tables.comment.c
    assert {field.name: columns[field.name].type.length for field in AUTHOR_FIELDS} == {
        field.name: field.longest for field in AUTHOR_FIELDS
    }


def test_what_the_form_marks_as_required_is_required() -> None:
    missing = {problem.field for problem in problems(Draft.of({}))} - {"comment"}
    assert missing == {field.name for field in AUTHOR_FIELDS if field.is_required}


def test_the_shapes_of_comments_have_each_field() -> None:
    assert set(PUBLIC_NAMES) <= comment_shapes.PublicComment.model_fields.keys()
    assert not set(PRIVATE_NAMES) & comment_shapes.PublicComment.model_fields.keys()
    for shape in ("ModeratedComment", "NewComment", "NewPublicComment", "CommentChange"):
        assert set(AUTHOR_NAMES) <= getattr(comment_shapes, shape).model_fields.keys(), shape
