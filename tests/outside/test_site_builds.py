"""Comments in template languages come out of real builds as they were typed, and run in none of them."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.outside.builds import SITE, SLUGS, documented, eleventy, fetch, jekyll, run, write
from tests.reader import Reader
from tests.seen import Thread
from tests.service_process import serving

TYPED = (
    "{{ range.constructor('return process.version')() }}",
    "{{ 6 | times: 7 }}",
    "{{ 6 * 7 }}",
    "{% raw %}",
    "{% include 'article' %} {%- assign x = 42 -%} {% endraw %}",
    "before {# gone #} after",
    "{{{ 6 }}} {{! gone }} {{> part }} {{< figure >}} {{% figure %}}",
    "<%= 6 * 7 %> <% exit %> <%# gone %>",
    "<?php echo 6 * 7; ?> <?= 6 * 7 ?>",
    '<!--#exec cmd="id" --> <esi:include src="/x"/>',
    "${6 * 7} #{6 * 7} @{6 * 7} [[6 * 7]]",
    "{: onclick=alert(1)} {::options x='y' /}",
)
"""Each as the text of a comment, as the name of its author, in the website and in the title of the page."""


@dataclass(frozen=True)
class Site:
    """A folder with the threads of its articles."""

    folder: Path
    threads: list[Path]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a service whose comments under the two articles are hostile."""
    folder = tmp_path_factory.mktemp("service")
    settings = {"REPLY_SPAM_CHECK": "false", "REPLY_MIN_FILL_SECONDS": "0", "REPLY_SITES": SITE}
    with serving(folder, **settings) as (service,), service.client() as client:
        reader = Reader(client)
        for slug in SLUGS:
            _post_all(reader, f"{SITE}/{slug}")
    with closing(sqlite3.connect(folder / "comments.db", isolation_level=None)) as store:
        store.execute("UPDATE page SET title_checked = true")  # as if a moderator had approved them
    with serving(folder, **settings) as (service,), service.client() as client:
        yield str(client.base_url).rstrip("/")


def _post_all(reader: Reader, page: str) -> None:
    for number, typed in enumerate(TYPED):
        who = {"author": typed, "email": f"w{number}@example.org", "url": f"https://w.example/{_in_address(typed)}"}
        answer = reader.post(page, json=True, comment=typed, title=typed, **who)
        assert answer.json()["status"] == "approved", answer.text
    fenced = reader.post(page, json=True, comment="```\n{{ 6 | times: 7 }}\n```\n\n`{% raw %}`", author="{% raw %}")
    assert fenced.json()["status"] == "approved"


def _in_address(typed: str) -> str:
    return "".join(letter for letter in typed if letter not in " \"'<>\\")


@pytest.fixture
def site(tmp_path: Path, service: str) -> Site:
    return Site(tmp_path, fetch(tmp_path, service))


def assert_as_typed(pages: list[str]) -> None:
    """Nothing that was typed ran, and nothing of it is lost."""
    assert len(pages) == len(SLUGS)
    for page in pages:
        thread = Thread(page)
        assert thread.texts == [*TYPED, "{{ 6 | times: 7 }}\n\n{% raw %}"]
        assert thread.names == [*TYPED, "{% raw %}"]
        assert thread.links == [f"https://w.example/{_in_address(typed)}" for typed in TYPED]
        assert thread.values["title"] == TYPED[0]
        assert thread.described[: len(TYPED)] == list(TYPED)


def test_jekyll_with_the_documented_data_file(site: Site) -> None:
    for slug in SLUGS:
        run(site.folder, "sh", "-c", documented("jq --raw-input").replace("your-article", slug))
    assert_as_typed(jekyll(site.folder, documented("site.data.threads")))


def _included(site: Site, include: Callable[[str], str], variable: str) -> str:
    """Each article's own thread, as a template."""
    for thread in site.threads:
        write(site.folder, {f"_includes/{thread.name}": thread.read_text()})
    return "".join(f'{{% if {variable} == "{slug}" %}}{include(slug)}{{% endif %}}' for slug in SLUGS)


@pytest.mark.parametrize("language", ["njk", "liquid"])
def test_eleventy_that_takes_a_thread_for_a_template(site: Site, language: str) -> None:
    include = _included(site, lambda slug: f'{{% include "{slug}.html" %}}', "page.fileSlug")
    assert_as_typed(eleventy(site.folder, include, language))


def test_jekyll_that_takes_a_thread_for_a_template(site: Site) -> None:
    assert_as_typed(jekyll(site.folder, _included(site, lambda slug: f"{{% include {slug}.html %}}", "page.slug")))


def test_ruby_that_takes_a_thread_for_a_template(site: Site) -> None:
    assert_as_typed([run(site.folder, "ruby", "-rerb", "-e", ERB, thread) for thread in site.threads])


ERB = "print ERB.new(File.read(ARGV[0])).result"
