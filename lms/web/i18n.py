"""Translation: Indonesian is the source, English the first translation; both without compiled files."""

from __future__ import annotations

import io
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import has_request_context
from flask_babel import Babel, Domain, LazyString
from flask_babel import gettext as _
from jinja2 import Template, pass_eval_context
from markupsafe import Markup

from lms.core.text import Text
from lms.web.controls import init_controls
from lms.web.filters import init_filters, shown_locale
from lms.web.frame import init_frame

if TYPE_CHECKING:
    from flask import Flask
    from jinja2.nodes import EvalContext

FOLDER = Path(__file__).resolve().parent.parent / "translations"


class _SourceDomain(Domain):
    """Translations read straight from the `.po` files, once, when a person first asks for the language.

    A `.mo` beside the `.po` is used when it is not older, so that an installation may compile beforehand.
    """

    def __init__(self) -> None:
        super().__init__(translation_directories=[str(FOLDER)])
        self._source = NullTranslations()
        self._loaded: dict[str, NullTranslations] = {"id": self._source}
        self._lock = Lock()

    def get_translations(self) -> NullTranslations:
        """Return the messages of the language in which this request is answered."""
        tongue = shown_locale() if has_request_context() else "id"
        found = self._loaded.get(tongue)
        if found is None:
            with self._lock:
                found = self._loaded.setdefault(tongue, _load(tongue))
        return found

    def gettext(self, string: str, **variables: Any) -> str:
        """Return a sentence in the language of this request; Indonesian is its own translation."""
        if has_request_context() and shown_locale() != "id":
            string = self.get_translations().gettext(string)
        return string % variables if variables else string


def _load(tongue: str) -> NullTranslations:
    source = FOLDER / tongue / "LC_MESSAGES" / "messages.po"
    compiled = source.with_suffix(".mo")
    if compiled.is_file() and compiled.stat().st_mtime >= source.stat().st_mtime:
        with compiled.open("rb") as file:
            return Translations(file)
    memory = io.BytesIO()
    with source.open("rb") as file:
        write_mo(memory, read_po(file, locale=tongue))
    memory.seek(0)
    return Translations(memory)


def _value(value: Any) -> Any:
    """Return what fills a place of a sentence: numbers stay numbers, since a place may ask for one."""
    return value if isinstance(value, (int, float)) else translate(value)


def translate(text: Any) -> str:
    """Return a sentence from below the web edge in the reader's language.

    Args:
        text: a `lms.core.text.Text` made by `N_()`, a lazy string, or plain text, which stays as it is.
    """
    if isinstance(text, Text):
        return str(_(text.source, **{name: _value(value) for name, value in text.values.items()}))
    if isinstance(text, (LazyString, str)):
        return str(text)
    return str(text)


_shown: dict[tuple[str, str], str] = {}


@pass_eval_context
def _in_template(context: EvalContext, source: str, /, **values: Any) -> str:
    """Translate in templates; sentences without values are kept, since every page shows twenty of them.

    As with Jinja's own, a per cent sign is written double and values are escaped.
    """
    if values:
        said = _(source)
        return Markup(said) % values if context.autoescape else said % values  # noqa: S704 -- our own sentence
    tongue = shown_locale()
    kept = _shown.get((tongue, source))
    if kept is None:
        kept = _(source)
        if "%" in kept:
            kept %= {}
        kept = _shown[tongue, source] = Markup(kept)  # noqa: S704 -- our own sentence
    return kept


class HouseTemplate(Template):
    """A template whose imports are made once.

    Jinja compares the names of all globals at each `import`, in case a template was loaded with globals of its
    own. None is here, and a page has six imports.
    """

    def _get_default_module(self, ctx: Any = None) -> Any:  # noqa: ARG002 -- Jinja's signature
        if self._module is None:
            self._module = self.make_module()
        return self._module


def init_app(app: Flask) -> None:
    """Install gettext for views and templates, the frame, the filters and `t`, the filter for `Text`."""
    babel = Babel()
    babel.init_app(
        app,
        default_locale="id",
        default_timezone="Asia/Makassar",
        default_translation_directories=str(FOLDER),
        locale_selector=shown_locale,
    )
    babel.domain_instance = _SourceDomain()
    app.jinja_env.template_class = HouseTemplate
    app.jinja_env.globals.update(_=_in_template, gettext=_in_template)
    init_frame(app)
    init_filters(app)
    init_controls(app)
    app.jinja_env.filters["t"] = translate
    app.jinja_env.globals["t"] = translate
