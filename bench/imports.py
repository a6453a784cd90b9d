"""How fast an import is, and how much memory it takes: ``python -m bench.imports [--postgres] [COMMENTS …]``.

Each number of comments is a WordPress export and one in our own format, taken in by the command into an empty store,
SQLite or a PostgreSQL of its own: pages of 100 comments, one with a fifth of all, and one chain of replies with a tenth
of all. Memory is that of the process at its highest, the interpreter and all modules included; processor time is that
of the process, so that of PostgreSQL's server is not in it. A million comments take 3 GB of disk (``TMPDIR``) and ten
minutes of processor time for the four rows; a row is printed when it is done.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path

from bench.servers import postgres

SITE = "https://site.example"
COMMENTS = (10_000, 100_000)
PER_PAGE = 100
WORDS = (
    "A comment of some twenty words, as they are, with a <em>mark</em> &amp; a link to https://example.org/page in it. "
)


def sizes(number: int) -> list[tuple[int, bool]]:
    """The pages: how many comments, and whether each answers the one before it."""
    large, chain = number // 5, number // 10
    return [(large, False), (chain, True), *[(PER_PAGE, False)] * ((number - large - chain) // PER_PAGE)]


def wordpress(number: int) -> Iterator[str]:
    """A WordPress export."""
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" xmlns:wp="http://wordpress.org/export/1.2/">'
        f"<channel><link>{SITE}</link><wp:base_blog_url>{SITE}</wp:base_blog_url>\n"
    )
    comment = 0
    for page, (count, is_chain) in enumerate(sizes(number), 1):
        yield (
            f"<item><title>Page {page}</title><link>{SITE}/{page}/</link><wp:post_id>{page}</wp:post_id>"
            "<wp:status>publish</wp:status><wp:post_type>post</wp:post_type>\n"
        )
        for place in range(count):
            comment += 1
            parent = comment - 1 if place and (is_chain or place % 3 == 2) else 0
            yield (
                f"<wp:comment><wp:comment_id>{comment}</wp:comment_id><wp:comment_author>Writer {comment % 977}"
                f"</wp:comment_author><wp:comment_author_email>w{comment}@example.org</wp:comment_author_email>"
                f"<wp:comment_date_gmt>2020-01-{comment % 28 + 1:02} 03:04:05</wp:comment_date_gmt>"
                f"<wp:comment_content><![CDATA[{WORDS * (comment % 3 + 1)}]]></wp:comment_content>"
                "<wp:comment_approved>1</wp:comment_approved><wp:comment_type>comment</wp:comment_type>"
                f"<wp:comment_parent>{parent}</wp:comment_parent></wp:comment>\n"
            )
        yield "</item>\n"
    yield "</channel></rss>\n"


@contextmanager
def store(folder: Path, *, on_postgres: bool) -> Iterator[dict[str, str]]:
    """The settings of an empty store whose files are in ``folder``."""
    folder.mkdir()
    settings = {"REPLY_DATA": str(folder), "REPLY_SITES": SITE, "PATH": os.environ["PATH"]}
    with postgres() if on_postgres else nullcontext("") as url:
        yield settings | ({"REPLY_DATABASE_URL": url} if url else {})


def run(settings: dict[str, str], *arguments: str) -> tuple[float, float, float]:
    """Seconds, seconds of processor time, and MiB at the highest, of a command."""
    folder = settings["REPLY_DATA"]
    environment = settings | {"PYTHONPATH": os.environ.get("PYTHONPATH", ""), "TMPDIR": folder}
    start = time.perf_counter()
    command = [sys.executable, "-m", "service", *arguments, "--site", SITE]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(arguments)} ended with {process.returncode}")
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def measure(number: int, *, on_postgres: bool) -> Iterator[tuple[str, float, float, float, float]]:
    """What was done, comments a second, the same of processor time, MiB, and MB of the file."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="reply-imports-")))
        total = sum(count for count, _ in sizes(number))
        old, new = (stack.enter_context(store(folder / name, on_postgres=on_postgres)) for name in ("old", "new"))
        file = folder / "export.xml"
        with file.open("w") as out:
            out.writelines(wordpress(number))
        size = file.stat().st_size / 1e6
        for what, options in (("wordpress", ()), ("wordpress, again", ()), ("wordpress, dry run", ("--dry-run",))):
            seconds, busy, memory = run(old, "import", str(file), *options)
            yield what, total / seconds, total / busy, memory, size
        lines = folder / "comments.jsonl"
        run(old, "export", "-o", str(lines), "--emails")
        seconds, busy, memory = run(new, "import", str(lines))
        yield "jsonl", total / seconds, total / busy, memory, lines.stat().st_size / 1e6


def main() -> None:
    """Print a table in Markdown."""
    on_postgres = "--postgres" in sys.argv[1:]
    numbers = [int(each) for each in sys.argv[1:] if each != "--postgres"] or COMMENTS
    print("| comments | import | a second | a second of processor time | MiB | MB of file |\n|--:|---|--:|--:|--:|--:|")
    for number in numbers:
        for what, rate, busy, memory, size in measure(number, on_postgres=on_postgres):
            print(f"| {number:,} | {what} | {rate:,.0f} | {busy:,.0f} | {memory:,.0f} | {size:,.0f} |", flush=True)


if __name__ == "__main__":
    main()
