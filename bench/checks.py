"""The spam check alone, without HTTP or a database: ``python -m bench.run checks``.

Processor time of one check in this process, as a ratio to what a bare hello costs its server; and what the classifier
takes in a fresh process. The texts are made by a seed: no two share a sentence.
"""

import random
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median

from bench import costly_texts, load_client, results_page, sample_requests
from bench.load_client import Load
from bench.ratio_to_hello import SECONDS, WARM_UP
from bench.servers import HELLO, ROOT, SITE, running
from service.spam.classifier import SiteModel, Thresholds, shipped
from service.spam.evidence import Evidence, SiteClassifier
from service.spam.look_up_and_judge import check
from service.spam.near_duplicates import Bands

NUMBER = 1000
CLIENTS = 8
_OFFERS = ("cheap {} online", "best {} for sale", "buy {} now with a discount", "my {} casino bonus", "free {} pills")
_LINK = "https://{}-{}.example/{}?ref={}"

_MEMORY = """
import time, psutil
from service.spam.classifier import features, score, prior
held, start = psutil.Process().memory_info().rss, time.perf_counter()
prior.shipped()
print((psutil.Process().memory_info().rss - held) / 1e6, time.perf_counter() - start)
"""


def advertisement(number: int) -> str:
    """What a spammer might write: offers, links and markup."""
    pick = random.Random(-number)
    words = sample_requests.text_of(number).lower().replace(".", "").split()
    lines = []
    for _ in range(pick.randint(2, 12)):
        one, other, third = pick.choices(words, k=3)
        link = _LINK.format(one, other, third, pick.randrange(10**6))
        lines.append(f"{pick.choice(_OFFERS).format(other)} [url={link}]{one} {third}[/url] <a href={link}>{other}</a>")
    return "\n".join(lines)


def essay(number: int, characters: int = 8_000) -> str:
    """Many paragraphs."""
    return "\n\n".join(sample_requests.text_of(number * 1000 + more) for more in range(300))[:characters]


def longest(number: int) -> str:
    """As long as a comment may be."""
    return essay(number, 65_000)


def costly(number: int) -> str:
    """What somebody might write who wants the check to take long. A sign may be four bytes."""
    return costly_texts.text(random.Random(number))[:16_000]


KINDS: dict[str, tuple[Callable[[int], str], int]] = {
    "a comment of 300 characters": (sample_requests.text_of, NUMBER),
    "an advertisement full of links": (advertisement, NUMBER),
    "an essay of 8,000 characters": (essay, NUMBER // 4),
    "the longest comment, 65,000 characters": (longest, NUMBER // 10),
    "a text made to cost as much as it can": (costly, NUMBER),
}


def section() -> str:
    """The tables."""
    with running(HELLO) as server:
        before = server.cpu_seconds
        wanted = Load(server.port, [sample_requests.get("/")], CLIENTS, SECONDS, WARM_UP)
        result = sample_requests.expect(load_client.run(wanted), 200)
        hello = (server.cpu_seconds - before) / (result.statuses.total() + result.warmed)
    rows = [_row(name, times(make, number), hello) for name, (make, number) in KINDS.items()]
    head = "| one check of | CPU, ms | 99 % within, ms | checks a second of CPU | to hello |\n|---|--:|--:|--:|--:|"
    return "\n".join([head, *rows, "", results_page.plain_table(("the classifier", ""), classifier())])


def _row(name: str, found: list[float], hello: float) -> str:
    usual, late = median(found), sorted(found)[int(len(found) * 0.99)]
    return f"| {name} | {usual * 1000:.2f} | {late * 1000:.2f} | {1 / usual:,.0f} | {hello / usual:.2f} |"


def times(make: Callable[[int], str], number: int) -> list[float]:
    """Processor seconds of each check, its fingerprint for near-duplicates included."""
    prior = shipped()
    model = SiteClassifier(prior, SiteModel(), Thresholds(prior.hold))
    found = []
    for each in range(1, number + 1):
        text = make(each)
        start = time.thread_time()
        Bands.of(text)
        check(_evidence(text, each, model))
        found.append(time.thread_time() - start)
    return found


def _evidence(text: str, number: int, model: SiteClassifier) -> Evidence:
    author = {"author": f"Reader {number}", "email": f"reader{number}@example.org", "url": ""}
    return Evidence(text=text, page_url=f"{SITE}/", fill_seconds=30.0, model=model, **author)


def classifier() -> dict[str, str]:
    """What it takes in a process of its own."""
    command = [sys.executable, "-c", _MEMORY]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    megabytes, seconds = map(float, done.stdout.split())
    return {"memory of its weights": f"{megabytes:.1f} MB", "time to load them": f"{seconds * 1000:.0f} ms"}
