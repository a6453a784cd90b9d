"""The worst inputs of a route: long queries and headers, many fields, deep JSON, hostile texts, the largest pages."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from service.web.http.request_body import MAX_BODY

QUERY = 30_000
"""Bytes of a query; with the headers it must fit into 32 kB."""

LONGEST = 65_525
UNITS = ("a\n\n", "> - a\n", "**a ", "[a](http://b.c) ", "<", "{", "漢", "&#x1F600;")
FEW_UNITS = ("a\n\n", "[a](http://b.c) ", "漢")
FORM = "application/x-www-form-urlencoded"
HEADERS = {
    "accept-language": "en-" + ",x;q=0.1" * 400,
    "authorization": "Basic " + "QWxh" * 1000,
    "cookie": "; ".join(f"c{number}={'x' * 20}" for number in range(200)),
    "if-none-match": '"x", ' * 800,
    "origin": "https://" + "x." * 1500,
    "referer": "https://blog.example/" + "%41" * 1000,
    "user-agent": "\xff(" * 1500,
    "x-forwarded-for": "1.2.3.4, " * 400,
    "accept-encoding": "gzip;q=0.1, " * 300,
}


MANY_FIELDS = "&".join(f"f{number}=" for number in range(30_000))
MANY_NAMES = ", ".join(f'"f{number}": 1' for number in range(15_000)) + "}"
MANY_NUMBERS = str([*range(40_000)])
MANY_TEXTS = json.dumps(["https://blog.example/" + "%41" * 1000] * 80)


@dataclass(frozen=True, slots=True)
class Inputs:
    """The parameters of a route, by name: in the query, and in the body of a POST. ``known`` ones must be right for the
    handler to begin its work. ``largest``: queries that ask for as much as there is."""

    query: str = ""
    body: str = ""
    known: str = ""
    largest: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sent:
    """A request, but for its path."""

    name: str
    method: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


def long(unit: str, length: int) -> str:
    """Units up to so many characters."""
    return (unit * length)[:length]


def requests(inputs: Inputs, known: Mapping[str, str], methods: set[str]) -> Iterator[Sent]:
    """The worst requests with these methods. ``known``: parameter → a value that is right."""
    if "GET" in methods:
        yield from _gets(inputs, known)
    for method in sorted(methods - {"GET", "HEAD"}):
        if method in ("POST", "PUT", "PATCH"):
            yield from _forms(inputs, known, method)
            yield from _objects(inputs, known, method)
            yield from _multipart(method)
        else:
            yield Sent(method, method)


def _gets(inputs: Inputs, known: Mapping[str, str]) -> Iterator[Sent]:
    names = inputs.query.split()
    right = urlencode({name: known[name] for name in names if name in inputs.known.split()})
    others = [name for name in names if name not in inputs.known.split()]

    def filled(value: str) -> str:
        room = (QUERY - len(right)) // max(1, len(others))
        return "&".join([right, *(f"{name}={long(value, room - len(name))}" for name in others)])

    yield Sent("only what is needed", "GET", right)
    yield Sent("long values", "GET", filled("a"))
    yield Sent("long numbers", "GET", filled("9"))
    yield Sent("long values of ideographs", "GET", filled("%E6%BC%A2"))
    yield Sent("lists", "GET", "&".join([right, *(f"{name}[]=1" for name in others * 100)])[:QUERY])
    yield Sent("many parameters", "GET", right + "&x=1" * 7000)
    yield Sent("nothing right", "GET", "&".join(f"{name}=https://{'x.' * 400}" for name in names)[:QUERY])
    yield Sent("long headers", "GET", right, HEADERS)
    for query in inputs.largest:
        yield Sent(f"as much as there is: {query[:30]}", "GET", f"{right}&{query}")


def _right_and_others(inputs: Inputs, known: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    right = {name: known[name] for name in inputs.known.split()}
    return right, [name for name in inputs.body.split() if name not in right] or ["a"]


def _forms(inputs: Inputs, known: Mapping[str, str], method: str) -> Iterator[Sent]:
    right, others = _right_and_others(inputs, known)
    before = urlencode(right)

    def form(name: str, *pairs: str, **headers: str) -> Sent:
        body = "&".join([before, *pairs]).encode()
        return Sent(name, method, "", {"content-type": FORM, **headers}, body[:MAX_BODY])

    for unit in UNITS:
        yield form(f"a long field of {unit!r}", f"{others[0]}={quote(unit, safe='') * 20_000}")
    for unit in FEW_UNITS:
        encoded = quote(unit, safe="")
        each = min(LONGEST // len(unit), 200_000 // len(others) // len(encoded))
        yield form(f"fields of {unit!r}", *(f"{name}={encoded * each}" for name in others))
    yield form("a long field, answered as JSON", f"{others[0]}={'%25' * LONGEST}", accept="application/json")
    yield form("100 fields", *(f"f{number}={'x' * 2400}" for number in range(100 - len(right))))
    yield form("too many fields", MANY_FIELDS)
    wrong = "&".join(f"{name}={'a' * 60_000}" for name in right).encode()
    yield Sent("no right field", method, "", {"content-type": FORM}, wrong)
    yield Sent("another type", method, "", {"content-type": "text/plain"}, b"x" * MAX_BODY)
    yield Sent("too long", method, "", {"content-type": FORM}, b"x" * (MAX_BODY + 1))


def _objects(inputs: Inputs, known: Mapping[str, str], method: str) -> Iterator[Sent]:
    right, others = _right_and_others(inputs, known)
    before = json.dumps(right)[:-1] + (", " if right else "")
    bodies = {f"a long field of {unit!r}": f'"{others[0]}": {json.dumps(long(unit, LONGEST))}}}' for unit in FEW_UNITS}
    each = json.dumps(long("a ", 200_000 // len(others)))
    bodies |= {
        "long fields": ", ".join(f'"{name}": {each}' for name in others) + "}",
        "deep objects": '"a": {' * 40_000,
        "deep lists": f'"{others[0]}": ' + "[" * 200_000,
        "many names": MANY_NAMES,
        "a list of numbers": f'"{others[0]}": {MANY_NUMBERS}}}',
        "a list of texts": f'"{others[0]}": {MANY_TEXTS}}}',
    }
    for name, body in bodies.items():
        sent = (before + body).encode()[:MAX_BODY]
        yield Sent(f"JSON: {name}", method, "", {"content-type": "application/json"}, sent)


def _multipart(method: str) -> Iterator[Sent]:
    head = b'--x\r\ncontent-disposition: form-data; name="a"\r\n'
    bodies = {
        "many parts": (head + b"\r\n\r\n") * 5000,
        "almost boundaries": head + b"\r\n" + b"\r\n-" * 80_000,
        "many headers": head + b"a: b\r\n" * 40_000,
        "a long name": b'--x\r\ncontent-disposition: form-data; name="' + b'\\"' * 120_000,
    }
    for name, body in bodies.items():
        headers = {"content-type": "multipart/form-data; boundary=x"}
        yield Sent(name, method, "", headers, (body + b"\r\n--x--\r\n")[:MAX_BODY])
