"""Rich text: Markdown without raw HTML, then an allow-list; lessons, stems and descriptions."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from html import escape, unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import nh3
from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token

VERSION = "1"  # changes when the same source would give other HTML; kept beside stored HTML
CALL_OUTS = ("Contoh dari kelurahan.", "Ingat.", "Coba sendiri.")
_TAGS = {
    "p", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "strong", "em", "b", "span", "code", "pre",
    "blockquote", "hr", "br", "a", "img", "table", "thead", "tbody", "tr", "th", "td", "div", "figure",
    "figcaption", "s",
}  # fmt: skip
_ATTRIBUTES: dict[str, set[str]] = {
    "*": set(),  # the sanitiser would else let `title` and `lang` through everywhere
    "h2": {"id"}, "h3": {"id"}, "h4": {"id"}, "h5": {"id"}, "h6": {"id"},
    "a": {"href", "rel"}, "img": {"src", "alt", "loading"}, "ol": {"start"}, "th": {"scope"},
    "div": {"role", "tabindex", "aria-label"},
}  # fmt: skip
_CLASSES = {
    "blockquote": {"aside"}, "ol": {"flow"}, "div": {"scroll"}, "table": {"table", "dense"},
    "td": {"num"}, "th": {"num"},
}  # fmt: skip
_INVISIBLE = re.compile("[\u202a-\u202e\u2066-\u2069\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_WORD = re.compile(r"\w+(?:[-'’]\w+)*")
_TAG = re.compile(r"<[^>]*>")
_BLOCK_END = re.compile(r"</(?:p|h\d|li|td|th|tr|b|pre|blockquote|figcaption|div)>|<br>|<hr>")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the text, for the table of contents."""

    level: int
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """Safe HTML, the same as plain text, its headings, and how many words a person reads."""

    html: str
    plain: str
    headings: tuple[Heading, ...]
    words: int


def slug(text: str, *, taken: set[str] | None = None) -> str:
    """Return an id for a heading: lower-case ASCII words with dashes, unique among `taken`."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    base = "-".join(re.findall(r"[a-z0-9]+", plain))[:60].strip("-") or "bagian"
    if base[0].isdigit():
        base = f"b-{base}"
    taken = set() if taken is None else taken
    name, count = base, 1
    while name in taken:
        count += 1
        name = f"{base}-{count}"
    taken.add(name)
    return name


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(["table", "strikethrough"])
    parser.add_render_rule("fence", _render_fence)
    return parser


def _render_fence(_self: Any, tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
    token = tokens[index]
    kind, _, caption = token.info.strip().partition(" ")
    if kind != "alur":
        return f"<pre><code>{escape(token.content)}</code></pre>\n"
    steps = []
    for line in token.content.splitlines():
        title, _, note = (part.strip() for part in line.partition("|"))
        if title:
            about = f"<span>{escape(note)}</span>" if note else ""
            steps.append(f"<li><b>{escape(title)}</b>{about}</li>")
    under = f"<figcaption>{escape(caption.strip())}</figcaption>" if caption.strip() else ""
    return f'<figure><ol class="flow">{"".join(steps)}</ol>{under}</figure>\n' if steps else ""


_PARSER = _parser()


def render_markdown(text: str, *, heading_shift: int = 0, id_prefix: str = "") -> Rendered:
    """Return the text as safe HTML; the same source always gives the same HTML.

    Args:
        heading_shift: how many levels headings sink; a first-level one sinks to 2 at least.
        id_prefix: put before heading ids when several texts share a page.
    """
    tokens = _PARSER.parse(_INVISIBLE.sub("", text))
    headings = _mark_headings(tokens, heading_shift, id_prefix)
    _mark_call_outs(tokens)
    _mark_links(tokens)
    _wrap_tables(tokens, headings)
    raw = _PARSER.renderer.render(tokens, _PARSER.options, {})
    html = nh3.clean(
        raw, tags=_TAGS, attributes=_ATTRIBUTES, allowed_classes=_CLASSES, link_rel=None,
        url_schemes={"http", "https", "mailto", "tel"}, strip_comments=True,
    ).strip()  # fmt: skip
    plain = unescape(_TAG.sub("", _BLOCK_END.sub("\n", html)))
    plain = re.sub(r"[ \t]*\n\s*", "\n", plain).strip()
    return Rendered(html, plain, tuple(headings), len(_WORD.findall(plain)))


def render_inline(text: str) -> str:
    """Return one line of Markdown as safe inline HTML: emphasis, code and links only."""
    tokens = _PARSER.parseInline(_INVISIBLE.sub("", text))
    _mark_links(tokens)
    raw = _PARSER.renderer.render(tokens, _PARSER.options, {})
    return nh3.clean(
        raw, tags={"strong", "em", "code", "a", "s", "br"}, attributes={"*": set(), "a": {"href", "rel"}},
        link_rel=None, url_schemes={"http", "https", "mailto", "tel"},
    )  # fmt: skip


def _mark_headings(tokens: list[Token], shift: int, prefix: str) -> list[Heading]:
    found: list[Heading] = []
    taken: set[str] = set()
    for index, token in enumerate(tokens):
        if token.type != "heading_open":
            continue
        level = min(6, max(2, int(token.tag[1]) + shift))
        text = _words_of(tokens[index + 1])
        name = prefix + slug(text, taken=taken)
        token.tag = f"h{level}"
        token.attrSet("id", name)
        tokens[index + 2].tag = token.tag
        found.append(Heading(level, name, text))
    return found


def _words_of(inline: Token) -> str:
    return "".join(
        " " if child.type in {"softbreak", "hardbreak"} else child.content for child in inline.children or ()
    ).strip()


def _mark_call_outs(tokens: list[Token]) -> None:
    for index, token in enumerate(tokens[:-2]):
        if token.type != "blockquote_open" or tokens[index + 2].type != "inline":
            continue
        children = tokens[index + 2].children or []
        kinds = [child.type for child in children[:3]]
        # An empty text token may stand before the first emphasis.
        start = 1 if kinds[:1] == ["text"] and not children[0].content else 0
        if kinds[start : start + 1] == ["strong_open"] and children[start + 1].content in CALL_OUTS:
            token.attrSet("class", "aside")


def _mark_links(tokens: Sequence[Token]) -> None:
    for token in tokens:
        for child in token.children or ():
            if child.type == "link_open" and urlsplit(str(child.attrGet("href") or "")).netloc:
                child.attrSet("rel", "noopener noreferrer external")
            elif child.type == "image":
                parts = urlsplit(str(child.attrGet("src") or ""))
                child.attrs.pop("title", None)
                if parts.scheme or parts.netloc:
                    # Pages load nothing from elsewhere, so only the words for the picture remain.
                    child.type, child.tag, child.attrs = "text", "", {}
                else:
                    child.attrSet("loading", "lazy")


def _wrap_tables(tokens: list[Token], headings: Sequence[Heading]) -> None:
    names = iter(headings)
    near = ""
    for token in tokens:
        if token.type == "heading_open":
            near = next(names).text
        elif token.type == "table_open":
            label = escape(near or "Tabel", quote=True)
            token.attrSet("class", "table dense")
            token.meta["before"] = f'<div class="scroll" role="group" tabindex="0" aria-label="{label}">'
        elif token.type in {"th_open", "td_open"}:
            right = "right" in str(token.attrs.pop("style", ""))
            if right:
                token.attrSet("class", "num")
            if token.type == "th_open":
                token.attrSet("scope", "col")


def _render_table_open(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    opened: str = self.renderToken(tokens, index, options, env)
    return str(tokens[index].meta.get("before", "")) + opened


def _render_table_close(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    closed: str = self.renderToken(tokens, index, options, env)
    return f"{closed.rstrip()}</div>\n"


_PARSER.add_render_rule("table_open", _render_table_open)
_PARSER.add_render_rule("table_close", _render_table_close)
