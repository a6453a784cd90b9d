"""The value of a YAML or JSON file, in which every scalar of YAML is text and nothing is ever constructed."""

import json
from typing import Any

import yaml

from service.importers.import_sentences import ImportSentence

_LONGEST_YAML = 1024 * 1024


class NotData(ValueError):
    """A file is not what its name says. The message is a reason for the report."""


def parsed(name: str, content: bytes) -> Any:
    """The value of a file. Raises NotData.

    YAML is read without regard to its types: ``0002`` is an id, and tags such as ``!!python/unicode`` mean nothing.
    """
    try:
        text = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", "replace")
    except UnicodeError as error:
        raise NotData(ImportSentence.FILE_NO_TEXT) from error
    if name.lower().endswith(".json"):
        try:
            return json.loads(text, parse_int=lambda digits: int(digits) if len(digits) < 60 else None)
        except (ValueError, RecursionError) as error:
            raise NotData(ImportSentence.FILE_NO_JSON) from error
    if len(text) > _LONGEST_YAML:
        raise NotData(ImportSentence.FILE_LARGE)
    try:
        return yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - it makes texts, lists and mappings only
    except (yaml.YAMLError, ValueError, RecursionError, TypeError) as error:
        raise NotData(ImportSentence.FILE_NO_YAML) from error
