"""Debian's Firefox: the journey, what it puts back into forms, and the tests in which browsers may differ."""

from collections.abc import Iterator
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import test_journey, test_odd_pages, test_single_page_apps, test_times
from tests.browser.host import Host, fill, post
from tests.browser.server import Server
from tests.browser.test_embedding import host as host
from tests.browser.test_embedding import server as server
from tests.browser.test_single_page_apps import ANY
from tests.browser.test_single_page_apps import articles as articles
from tests.browser.test_single_page_apps import asked as asked
from tests.browser.test_single_page_apps import commented as commented
from tests.outside.firefox import open_firefox

test_base = test_odd_pages.test_links_within_the_thread_stay_on_a_page_with_a_base
test_ids = test_odd_pages.test_labels_lead_to_our_fields_where_the_page_has_the_same_ids
test_typed = test_odd_pages.test_what_the_service_takes_is_sent
test_trusted_types = test_odd_pages.test_under_a_policy_of_trusted_types
test_module = test_odd_pages.test_as_a_module
test_tracing = test_odd_pages.test_where_tracing_adds_a_header_to_every_request
test_dark_frame = test_odd_pages.test_a_frame_on_a_dark_page_without_a_color_scheme_can_be_read
test_frame_height = test_odd_pages.test_a_frame_with_a_border_is_as_high_as_what_is_in_it
test_sticky_header = test_odd_pages.test_a_link_to_a_comment_marks_it_below_a_sticky_header
test_shadow_root = test_odd_pages.test_in_a_shadow_root_it_is_styled_and_its_trap_is_hidden
test_another_page = test_single_page_apps.test_another_page_on_the_element_is_another_thread
test_canonical = test_single_page_apps.test_another_canonical_changes_the_thread
test_navigations = test_single_page_apps.test_ten_navigations_leave_nothing_behind
test_fragments = test_single_page_apps.test_a_fragment_that_comes_later_is_made_live
test_counts = test_single_page_apps.test_counts_that_come_later_are_filled_and_follow_what_is_posted
test_local_times = test_times.test_by_script_they_are_local_in_threads_and_lists


@pytest.fixture(scope="module")
def firefox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with open_firefox(tmp_path_factory.mktemp("firefox")) as browser:
        yield browser


@pytest.fixture
def page(firefox: Browser) -> Iterator[Page]:
    context = firefox.new_context(timezone_id="Asia/Tokyo")
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("with_javascript", [True, False])
def test_the_journey(firefox: Browser, tmp_path_factory: pytest.TempPathFactory, with_javascript: bool) -> None:
    context = firefox.new_context(java_script_enabled=with_javascript)
    with Server(tmp_path_factory.mktemp("journey"), REPLY_FLOOD_SECONDS="0") as server:
        test_journey.test_from_a_missing_name_to_a_comment_marked_as_spam_and_back(context.new_page(), server)
    context.close()


@pytest.mark.parametrize("way", ["location.reload()", "history.back()"])
@pytest.mark.parametrize("query", ["", "&captcha=lazy"], ids=["included", "built"])
def test_what_a_script_has_changed_is_not_put_back(
    page: Page, host: Host, server: Server, query: str, way: str
) -> None:
    """Firefox writes into the fields of a page that comes again what they held, also into those that nobody sees."""
    name = f"again{len(query)}{len(way)}"
    page.goto(f"{server.url}/page?page={host.address(name)}")
    post(page, "To be answered.")
    expect(page.locator(".comment-content")).to_be_visible()
    with urlopen(f"{server.url}/thread?page={host.address(name)}{query}") as answer:
        fragment = answer.read().decode()
    no_cache = "<script>addEventListener('unload', () => {})</script>"  # else Back shows the page as it was left
    script = f'<script src="{server.url}/embed.js"></script>'
    page.goto(host.write(server.url, no_cache + fragment + script, ANY, name))
    page.locator(".comment-reply-link").click()
    expect(page.locator("#reply-title")).to_contain_text("Leave a Reply to Ingrid")
    expect(page.locator("#captcha")).to_be_editable()
    token = page.locator("[name=captcha_token]")
    before = token.input_value()
    page.get_by_role("button", name="Another question").click()
    expect(token).not_to_have_value(before)
    if way == "history.back()":
        page.goto(host.write(server.url, "Elsewhere.", ANY, "elsewhere"))
    page.evaluate(way)
    expect(page.locator(".reply-title-text")).to_have_text("Leave a Reply")
    expect(page.locator(".leave-a-reply.is-live")).to_be_visible()
    fill(page, "No answer to anybody.")
    page.locator("#submit").click()
    expect(page.locator(".comment-list > .comment > .comment-body .comment-content")).to_have_text(
        ["To be answered.", "No answer to anybody."]
    )
