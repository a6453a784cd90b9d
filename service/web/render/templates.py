"""Finds and renders templates and assets, in the owner's folder first and then in ours."""

import hashlib
import json
from collections.abc import Mapping
from functools import cache, lru_cache
from gettext import NullTranslations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rjsmin
from jinja2 import (
    BytecodeCache,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    TemplateSyntaxError,
)
from jinja2.bccache import Bucket
from markupsafe import Markup

from service.author_fields import AUTHOR_FIELDS, AUTHOR_NAMES
from service.comments.validation import FIELDS, LONGEST
from service.escape_braces import escape_braces, json_in_html
from service.language import Language
from service.web.render.style_sheets import small_styles, with_styles

if TYPE_CHECKING:
    from types import CodeType

_SERVICE = Path(__file__).parents[2]


def template_folder() -> Path:
    """Our templates: inside the installed package, or next to it in a checkout."""
    installed = _SERVICE / "templates"
    return installed if installed.is_dir() else _SERVICE.parent / "templates"


def _minified(name: str, text: str) -> str:
    """Without comments and superfluous space. Done when an asset is first read, so there is no build step."""
    shrink = {"css": small_styles, "js": rjsmin.jsmin}.get(name.rpartition(".")[2], str)
    return str(shrink(text))


class _CompiledOnce(BytecodeCache):
    """Compiled templates, for the environments of all languages. To compile those of a thread takes 80 milliseconds."""

    def __init__(self) -> None:
        self._compiled: dict[str, tuple[str, CodeType | None]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give the code to the bucket, if the template has not changed since."""
        checksum, code = self._compiled.get(bucket.key, ("", None))
        if checksum == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the bucket's code."""
        self._compiled[bucket.key] = bucket.checksum, bucket.code


_COMPILED = _CompiledOnce()


class Templates:
    """The templates of one service. An owner's may extend ours by ``{% extends "ours/form.html" %}``."""

    def __init__(self, public_url: str, owner_folder: Path | None = None) -> None:
        ours = FileSystemLoader(template_folder())
        owners = [FileSystemLoader(owner_folder)] if owner_folder else []
        self._loader = ChoiceLoader([*owners, ours, PrefixLoader({"ours": ours})])
        self._folders = [*([owner_folder] if owner_folder else []), template_folder()]
        self._public_url = public_url
        self._environment = cache(self._make_environment)  # one per catalog of translations
        self.asset = cache(self._read_asset)

    def render(self, template: str, language: Language, values: Mapping[str, Any]) -> Markup:
        """The template in a language, with all braces escaped."""
        environment = self._environment(language.translations)
        language_values = {"lang": language.code, "dir": language.dir}
        # The whole output, since typed text also arrives through filters, translations and joined strings.
        markup = escape_braces(environment.get_template(template).render(language_values, **values))
        return Markup(markup)  # noqa: S704 - autoescape is on

    def compile(self, language: Language) -> None:
        """Compile the readers' templates, for all languages: else the first form that is given back would do so on the
        event loop."""
        environment = self._environment(language.translations)
        for path in template_folder().glob("*.html"):
            environment.get_template(path.name)

    def check_owner_files(self, folder: Path) -> None:
        """Compile what the owner has changed. Raises ValueError with file and line of a mistake, which would otherwise
        be an error for each reader."""
        environment = self._environment(NullTranslations())
        for name in sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.html")):
            try:
                environment.get_template(name)
            except TemplateSyntaxError as error:
                raise ValueError(f"REPLY_TEMPLATES: {name}, line {error.lineno}: {error.message}") from error
            except UnicodeDecodeError as error:
                raise ValueError(f"REPLY_TEMPLATES: {name} is not UTF-8 text.") from error

    def asset_url(self, name: str) -> str:
        """The address of a style sheet or script. It changes with the content, so browsers may keep it for ever."""
        _, digest = self.asset(name)
        return f"{self._public_url}/{name}?v={digest}"

    def _make_environment(self, translations: NullTranslations) -> Environment:
        environment = Environment(
            loader=self._loader,
            autoescape=True,
            undefined=StrictUndefined,
            extensions=["jinja2.ext.i18n"],
            auto_reload=len(self._folders) > 1,
            bytecode_cache=_COMPILED,
        )
        environment.policies["json.dumps_function"] = json_in_html
        environment.globals |= {"base": self._public_url, "asset": self.asset_url}
        environment.globals |= {"longest": LONGEST, "form_fields": FIELDS, "author_fields": AUTHOR_FIELDS}
        environment.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined]  # the extension adds it
        return environment

    def _read_asset(self, name: str) -> tuple[bytes, str]:
        """(content, digest). ``enhance.js`` is ``embed.js`` without the styles, and ``captcha-services.js`` brings
        ``captcha.js`` along. Raises FileNotFoundError."""
        text = self._read_minified("embed.js" if name == "enhance.js" else name)
        if name == "captcha-services.js":
            text = self._read_minified("captcha.js") + "\n" + text
        if name == "embed.js":
            styles, digest = self.asset("embed.css")
            text = with_styles(text, styles.decode(), digest)
        # Modules are not told where they are from.
        text = text.replace("'service-address'", json.dumps(self._public_url))
        text = text.replace("'author-fields'", ",".join(f"'{name}'" for name in AUTHOR_NAMES))
        content = text.encode()
        return content, hashlib.sha256(content).hexdigest()[:10]

    def _read_minified(self, name: str) -> str:
        for folder in self._folders:
            path = folder / "assets" / name
            if path.is_file():
                return _minified(name, path.read_text(encoding="utf-8"))
        raise FileNotFoundError(name)


def open_templates(public_url: str, owner_folder: Path | None = None) -> Templates:
    """The templates of a service. Ours do not change, so services at one address share them. Raises ValueError for a
    mistake in the owner's."""
    if owner_folder is None:
        return _ours(public_url)
    templates = Templates(public_url, owner_folder)
    templates.check_owner_files(owner_folder)
    return templates


@lru_cache(maxsize=4)
def _ours(public_url: str) -> Templates:
    return Templates(public_url)
