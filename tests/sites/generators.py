"""A site of two pages for each generator, as its own tutorial would have it, before any comments."""

from dataclasses import dataclass

from tests.sites.recipes import PLACE, ROOT, TOP

TOOLS = ROOT / ".tools/sites"
PYTHON = str(TOOLS / "venv/bin/python")
NPM = TOOLS / "node_modules/.bin"
WORDS = {"one": "One", "two": "Two"}


@dataclass(frozen=True)
class Generator:
    """``files`` of a site at https://example.com, built by ``command`` into the folder ``output``. ``path``
    is where the page ``{}`` is."""

    files: dict[str, str]
    command: tuple[str, ...]
    output: str
    path: str = "/{}/"


def _pages(name: str, text: str) -> dict[str, str]:
    """Both pages; ``{}`` and ``{title}`` stand for name and title."""
    return {name.format(each): text.format(each, title=title) for each, title in WORDS.items()}


def _navigation(path: str = "/{}/") -> str:
    return "<nav>" + " ".join(f'<a href="{path.format(each)}">{title}</a>' for each, title in WORDS.items()) + "</nav>"


def _html(title: str, content: str) -> str:
    head = f'<head><meta charset="utf-8"><title>{title}</title></head>'
    return (
        f'<!doctype html>\n<html lang="en">{head}\n<body>{_navigation()}<main>{content}\n{PLACE}</main></body></html>\n'
    )


HUGO = Generator(
    {
        "hugo.toml": 'baseURL = "https://example.com/"\ntitle = "Example"\ndisableKinds = ["taxonomy", "term"]\n',
        "layouts/_default/single.html": _html("{{ .Title }}", "<h1>{{ .Title }}</h1>{{ .Content }}"),
        "layouts/index.html": _html("{{ .Title }}", "").replace(PLACE, ""),
        **_pages("content/{}.md", '+++\ntitle = "{title}"\n+++\nWords.\n'),
    },
    ("hugo", "--quiet"),
    "public",
)
JEKYLL = Generator(
    {
        "_config.yml": "url: https://example.com\npermalink: /:title/\n",
        "_layouts/post.html": _html("{{ page.title }}", "<h1>{{ page.title }}</h1>{{ content }}"),
        **_pages("_posts/2026-11-24-{}.md", "---\nlayout: post\ntitle: {title}\n---\nWords.\n"),
    },
    ("jekyll", "build", "--quiet", "--disable-disk-cache"),
    "_site",
)
ELEVENTY = Generator(
    {
        "package.json": '{"type": "module"}',
        "eleventy.config.js": f"export default (config) => {{\n{PLACE}}};\n",
        "_includes/post.njk": _html("{{ title }}", "<h1>{{ title }}</h1>{{ content | safe }}"),
        **_pages("{}.md", "---\nlayout: post.njk\ntitle: {title}\n---\nWords.\n"),
    },
    (str(NPM / "eleventy"), "--quiet"),
    "_site",
)
MKDOCS = Generator(
    {
        "mkdocs.yml": "site_name: Example\nsite_url: https://example.com/\nplugins: []\ntheme:\n  name: material\n"
        f"  font: false\n  features: [navigation.instant]\n{PLACE}",
        "docs/index.md": "# Example\n",
        **_pages("docs/{}.md", "# {title}\n\nWords.\n"),
    },
    (PYTHON, "-m", "mkdocs", "build", "--quiet"),
    "site",
)
SPHINX = Generator(
    {
        "conf.py": 'project = "Example"\nextensions = []\n',
        "index.rst": "Example\n=======\n\n.. toctree::\n\n   one\n   two\n",
        **_pages("{}.rst", "{title}\n=======\n\nWords.\n"),
    },
    (PYTHON, "-m", "sphinx", "-q", "-b", "html", ".", "_build"),
    "_build",
    "/{}.html",
)

ASTRO = Generator(
    {
        "astro.config.mjs": 'export default { site: "https://example.com" };\n',
        "src/layouts/Post.astro": f"""---
import {{ ClientRouter }} from "astro:transitions";
{TOP}const {{ title }} = Astro.props.frontmatter;
---
<html lang="en"><head><meta charset="utf-8"><title>{{title}}</title><ClientRouter /></head>
<body>{_navigation()}<main><h1>{{title}}</h1><slot />
{PLACE}</main></body></html>
""",
        **_pages("src/pages/{}.md", "---\nlayout: ../layouts/Post.astro\ntitle: {title}\n---\nWords.\n"),
    },
    (str(NPM / "astro"), "build", "--silent"),
    "dist",
)
VITEPRESS = Generator(
    {
        ".vitepress/config.mjs": 'import { defineConfig } from "vitepress";\nexport default defineConfig({\n'
        '  themeConfig: { sidebar: [{ text: "One", link: "/one" }, { text: "Two", link: "/two" }] },\n'
        f"{PLACE}}});\n",
        "index.md": "# Example\n",
        **_pages("{}.md", "# {title}\n\nWords.\n"),
    },
    (str(NPM / "vitepress"), "build"),
    ".vitepress/dist",
    "/{}.html",
)
DOCUSAURUS = Generator(
    {
        "package.json": '{"private": true}',
        "docusaurus.config.js": """const config = {
  title: "Example",
  url: "https://example.com",
  baseUrl: "/",
  trailingSlash: true,
  onBrokenLinks: "ignore",
  presets: [["classic", { blog: false }]],
"""
        f"{PLACE}}};\nmodule.exports = config;\n",
        **_pages("docs/{}.md", "# {title}\n\nWords.\n"),
    },
    (str(NPM / "docusaurus"), "build"),
    "build",
    "/docs/{}/",
)
NEXTJS = Generator(
    {
        "package.json": '{"private": true}',
        # Turbopack looks for packages below its root only; an owner's are beside the site.
        "next.config.mjs": 'export default { output: "export", trailingSlash: true, '
        f'turbopack: {{ root: "{TOOLS}" }} }};\n',
        "app/layout.js": """import Link from "next/link";

export default function Layout({ children }) {
  const links = <nav><Link href="/one/">One</Link> <Link href="/two/">Two</Link></nav>;
  return <html lang="en"><body>{links}{children}</body></html>;
}
""",
        "app/[slug]/page.js": f"""{TOP}
const titles = {{ one: "One", two: "Two" }};
export const generateStaticParams = () => Object.keys(titles).map((slug) => ({{ slug }}));
export const generateMetadata = async ({{ params }}) => ({{ title: titles[(await params).slug] }});

export default async function Article({{ params }}) {{
  const {{ slug }} = await params;
  return (
    <main>
      <h1>{{titles[slug]}}</h1>
{PLACE}    </main>
  );
}}
""",
    },
    (str(NPM / "next"), "build"),
    "out",
)

GENERATORS = {
    "hugo": HUGO,
    "jekyll": JEKYLL,
    "eleventy": ELEVENTY,
    "mkdocs": MKDOCS,
    "sphinx": SPHINX,
    "astro": ASTRO,
    "vitepress": VITEPRESS,
    "docusaurus": DOCUSAURUS,
    "nextjs": NEXTJS,
}
