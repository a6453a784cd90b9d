"""What the check may look at."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Evidence:
    """A comment and how it came. ``fill_seconds`` is the age of its question, None where there was none."""

    text: str
    author: str
    email: str
    url: str
    page_url: str
    fill_seconds: float | None = None
    honeypot_filled: bool = False
    min_fill_seconds: float = 3.0
    max_links: int = 2
