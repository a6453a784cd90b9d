"""Static sites of two articles, built by real generators, with threads that were fetched as docs/embedding.md says; and
scripts that are bundled from packages of npm.

Needs curl, jq and jekyll of Debian, and what ``package.json`` names, as ``.ci/outside`` installs it.
"""

import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PACKAGES = ROOT / ".tools/npm/node_modules"
SLUGS = ("first-article", "second-article")
SITE = "https://blog.example"
PATIENCE = 120
"""Seconds that a command may take before it counts as stuck."""

_MANUAL = "".join((ROOT / f"docs/{name}.md").read_text() for name in ("embedding", "sites/jekyll"))


def documented(word: str) -> str:
    """The one code block of docs/embedding.md or docs/sites/jekyll.md that holds ``word``."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", _MANUAL, re.DOTALL | re.MULTILINE)
    (found,) = (block for block in blocks if word in block)
    return str(found)


def run(folder: Path, *command: str | Path) -> str:
    """What a command prints. Raises AssertionError with all it said if it fails."""
    known = os.environ | {"NODE_PATH": str(PACKAGES)}
    done = subprocess.run(command, cwd=folder, env=known, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def fetch(folder: Path, service: str) -> list[Path]:
    """Both threads, by the documented command. Returns the files."""
    for slug in SLUGS:
        command = documented("-d captcha=lazy").replace("https://example.com/your-article", f"{SITE}/{slug}")
        command = command.replace("https://comments.example.com", service).replace("your-article", slug)
        run(folder, "sh", "-c", command)
    return [folder / f"threads/{slug}.html" for slug in SLUGS]


def write(folder: Path, files: dict[str, str]) -> None:
    """Files of a site, by their names."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def bundle(folder: Path, source: str, *options: str) -> str:
    """A script in JSX with all that it imports from packages, for a browser, or by ``--platform=node`` for Node.js."""
    write(folder, {"source.jsx": source})
    words = ["--bundle", "--jsx=automatic", '--define:process.env.NODE_ENV="production"', *options]
    return run(folder, PACKAGES / ".bin/esbuild", "source.jsx", *words)


def eleventy(folder: Path, include: str, ending: str = "njk") -> list[str]:
    """The two articles, built by Eleventy, with ``include`` in their layout."""
    layout = f"<!doctype html><title>{{{{ title }}}}</title>{{{{ content | safe }}}}\n{include}\n"
    if ending == "liquid":
        layout = layout.replace(" | safe", "")
    pages = {f"{slug}.md": f"---\nlayout: article.{ending}\ntitle: {slug}\n---\nWords.\n" for slug in SLUGS}
    write(folder, pages | {f"_includes/article.{ending}": layout})
    run(folder, PACKAGES / ".bin/eleventy")
    return [(folder / f"_site/{slug}/index.html").read_text() for slug in SLUGS]


def jekyll(folder: Path, include: str) -> list[str]:
    """The two articles, built by Jekyll, with ``include`` in their layout."""
    layout = f"<!doctype html><title>{{{{ page.title }}}}</title>{{{{ content }}}}\n{include}\n"
    pages = {f"_posts/2026-11-24-{slug}.md": f"---\nlayout: article\ntitle: {slug}\n---\nWords.\n" for slug in SLUGS}
    settings = "permalink: /:title/\n"
    write(folder, pages | {"_layouts/article.html": layout, "_config.yml": settings})
    run(folder, "jekyll", "build", "--quiet", "--disable-disk-cache")
    return [(folder / f"_site/{slug}/index.html").read_text() for slug in SLUGS]
