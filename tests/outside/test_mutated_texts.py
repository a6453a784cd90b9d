"""Attacks cut up and put together again by chance, rendered, and parsed by a real Chromium: nothing runs, and nothing
comes out but harmless elements. ``TEXTS=92000`` asks for more of them than there is time for each day."""

import os
import random

import pytest
from playwright.sync_api import Browser

from service.safe_html import render
from tests.browser.launch import chromium as chromium
from tests.browser.payloads import payloads

TEXTS = int(os.environ.get("TEXTS", "12000"))
OF_A_TEST, AT_ONCE = 4000, 400
SIGNS = (
    "<",
    ">",
    '"',
    "'",
    "&",
    "`",
    "*",
    "_",
    "[",
    "](",
    ")",
    "\\",
    "\n",
    "\n\n",
    "> ",
    "- ",
    "1. ",
    "```\n",
    "&#x3c;",
    "<!--",
)
ELEMENTS = "a abbr b blockquote br cite code del em i li ol p pre q s strong ul"
ATTRIBUTES = "class href rel title cite start datetime value translate dir"
READ = """([parts, elements, attributes]) => {
  const found = [];
  for (const [number, html] of parts.entries()) {
    document.body.innerHTML = html;
    for (const element of document.body.querySelectorAll('*')) {
      const names = [...element.attributes].map(({ name }) => name);
      const wrong = names.filter((name) => !attributes.split(' ').includes(name));
      if (!elements.split(' ').includes(element.localName)) wrong.push('<' + element.localName + '>');
      const { localName, protocol } = element;
      if (localName === 'a' && !['https:', 'http:', 'mailto:', ':'].includes(protocol)) wrong.push(element.href);
      if (wrong.length) found.push([number, wrong.join(' ')]);
      element.dispatchEvent(new MouseEvent('mouseover', { bubbles: true }));
    }
  }
  return found;
}"""


def mutated(chance: random.Random, sources: list[str]) -> str:
    """A few pieces of attacks, with signs between them, some characters twice and some left out."""
    pieces = []
    for _ in range(chance.randint(1, 4)):
        source = chance.choice(sources)
        begin = chance.randrange(len(source))
        pieces.append(source[begin : begin + chance.randint(1, len(source))] if chance.random() < 0.6 else source)
        pieces.append(chance.choice(SIGNS) if chance.random() < 0.5 else "")
    text = list("".join(pieces))
    for _ in range(chance.randint(0, 3)):
        place = chance.randrange(len(text))
        text[place] = chance.choice((text[place] * 2, "", chance.choice(SIGNS), text[place].swapcase(), "\x00"))
    return "".join(text)


@pytest.mark.parametrize("seed", range(TEXTS // OF_A_TEST))
def test_nothing_runs_and_only_harmless_elements_come_out(chromium: Browser, seed: int) -> None:
    chance, sources = random.Random(seed), payloads(1)
    context = chromium.new_context()
    page = context.new_page()
    ran: list[object] = []
    page.expose_function("pwned", lambda *given: ran.append(given))
    page.on("dialog", lambda dialog: ran.append(dialog.message))
    page.set_content("<!doctype html><body></body>")
    for _ in range(OF_A_TEST // AT_ONCE):
        texts = [mutated(chance, sources) for _ in range(AT_ONCE)]
        parts = [render(text, form) for text in texts for form in ("markdown", "html")]
        found = page.evaluate(READ, [parts, ELEMENTS, ATTRIBUTES])
        assert not found, [(texts[number // 2], parts[number], what) for number, what in found[:3]]
    page.evaluate("new Promise((then) => setTimeout(then, 0))")
    context.close()
    assert ran == []
