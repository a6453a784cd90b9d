"""What the classifier is shown of a comment: four strings, as typed."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sample:
    """A comment to be judged or learned from. Any str will do, lone surrogates, NULs and a megabyte included."""

    text: str
    author: str = ""
    email: str = ""
    url: str = ""
