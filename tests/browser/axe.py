"""axe on a page as it is shown."""

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import Page


def found(page: Page, context: str | None = None, **options: Any) -> str:
    """What axe finds on the page, or below ``context``, with these options; an empty text is nothing."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    given = [context or "html", {"resultTypes": ["violations"], **options}]
    results = AxeResults(page.evaluate("given => axe.run(...given)", given))
    return f"{page.url}\n{results.generate_report()}" if results.violations_count else ""
