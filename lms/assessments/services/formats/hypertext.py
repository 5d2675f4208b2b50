"""HTML of other systems into Markdown and plain words; what does not come along is named."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from lms.assessments.services.formats.common import FILE_MARK

if TYPE_CHECKING:
    from lms.assessments.services.formats.common import Read

_SUP = str.maketrans("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ")
_SUB = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")
_BLOCKS = frozenset(
    {
        "p",
        "div",
        "section",
        "article",
        "header",
        "footer",
        "center",
        "dl",
        "dt",
        "dd",
        "figure",
        "figcaption",
        "itembody",
        "prompt",
        "form",
        "fieldset",
        "address",
        "details",
        "summary",
    }
)
_PLAIN = frozenset(
    {
        "span",
        "font",
        "html",
        "body",
        "head",
        "a",
        "label",
        "tbody",
        "thead",
        "tfoot",
        "colgroup",
        "col",
        "u",
        "big",
        "small",
        "q",
        "cite",
        "abbr",
        "dfn",
        "acronym",
        "bdi",
        "bdo",
        "time",
        "wbr",
        "ins",
        "mark",
        "caption",
        "source",
        "track",
        "param",
        "nobr",
        "title",
        "meta",
        "link",
        "base",
    }
)
_LOST = {
    "video": "video",
    "audio": "suara",
    "iframe": "bingkai sisipan",
    "object": "objek sisipan",
    "embed": "objek sisipan",
    "script": "program",
    "applet": "program",
    "canvas": "gambar program",
    "input": "isian formulir",
    "select": "isian formulir",
    "textarea": "isian formulir",
    "svg": "gambar SVG di dalam teks",
}
_SWALLOW = frozenset({"script", "style", "svg", "iframe", "object", "applet", "select", "annotation"})
_SHOWN = frozenset({"u", "font", "big", "small", "mark", "ins", "center"})
_ESCAPE = re.compile(r"([\\`*_\[\]<>#|~])")


def escape_md(text: str) -> str:
    """Return plain words as Markdown that shows just them."""
    plain = _ESCAPE.sub(r"\\\1", text)
    plain = re.sub(r"&(?=#?\w+;)", r"\\&", plain)
    plain = re.sub(r"!(?=\\\[)", r"\\!", plain)
    return re.sub(
        r"(?m)^(\s*)([-+=])(?=\s|$|[-+=])", r"\1\\\2", re.sub(r"(?m)^(\s*\d{1,9})([.)])(?=\s|$)", r"\1\\\2", plain)
    )


def unescape_md(text: str) -> str:
    """Return words of one line of Markdown that was made by `escape_md`."""
    return re.sub(r"\\([\\`*_\[\]<>#|~&!\-+=.)])", r"\1", text)


class _Writer(HTMLParser):
    def __init__(self, read: Read, *, inline: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.read, self.inline = read, inline
        self.out: list[str] = []
        self.lists: list[list[object]] = []
        self.swallowed = 0
        self.links: list[str] = []
        self.script = ""
        self.table: list[list[str]] | None = None
        self.cell: list[str] | None = None
        self.pre = False

    def _put(self, text: str) -> None:
        (self.cell if self.cell is not None else self.out).append(text)

    def _break(self) -> None:
        if self.inline or self.cell is not None:
            self._put(" ")
        else:
            self._put("\n\n")

    def handle_starttag(  # noqa: C901, PLR0912 -- one line for each tag
        self, tag: str, attrs: list[tuple[str, str | None]]
    ) -> None:
        values = {name: value or "" for name, value in attrs}
        if re.search(r"(?:^|;)\s*(?:color|background|font-size|font-family|text-decoration)", values.get("style", "")):
            self.read.note("Warna dan ukuran huruf tidak ikut.")
        if tag in _LOST:
            self.read.note(f"Isi sisipan tidak ikut: {_LOST[tag]}.")
        if tag in _SWALLOW:
            self.swallowed += 1
        if self.swallowed:
            return
        if tag in {"b", "strong"}:
            self._put("**")
        elif tag in {"i", "em", "var"}:
            self._put("*")
        elif tag in {"s", "strike", "del"}:
            self._put("~~")
        elif tag in {"code", "kbd", "samp", "tt"} and not self.pre:
            self._put("`")
        elif tag == "pre":
            self.pre = True
            self._put("\n\n```\n" if not self.inline else "`")
        elif tag == "br":
            self._put(" " if self.inline or self.cell is not None else "  \n")
        elif tag == "hr":
            self._put("\n\n---\n\n" if not self.inline else " ")
        elif re.fullmatch(r"h[1-6]", tag):
            self._break()
            self._put("" if self.inline else "#" * max(2, int(tag[1])) + " ")
        elif tag in {"ul", "ol"}:
            if not self.lists:
                self._break()
            self.lists.append([tag, 0])
        elif tag == "li":
            self._item()
        elif tag == "blockquote":
            self._break()
            self._put("" if self.inline else "> ")
        elif tag in {"sup", "sub"}:
            self.script = tag
        elif tag == "img":
            self._image(values)
        elif tag == "a":
            address = values.get("href", "")
            self.links.append(address if re.match(r"(?:https?:|mailto:)", address) else "")
            self._put("[" if self.links[-1] else "")
        elif tag == "math":
            self.read.note("Rumus MathML menjadi teks biasa.")
        else:
            self._structure(tag)

    def _structure(self, tag: str) -> None:
        if tag == "table" and not self.inline:
            self.table = []
        elif tag == "tr" and self.table is not None:
            self.table.append([])
        elif tag in {"td", "th"} and self.table:
            self.cell = []
        elif tag in _BLOCKS:
            self._break()
        elif tag in _SHOWN:
            self.read.note(f"Tampilan <{tag}> tidak ikut; teksnya tetap.")
        elif tag not in _PLAIN and tag not in _LOST and not tag.startswith("m"):
            self.read.note(f"Tanda <{tag[:30]}> tidak dikenal; teksnya tetap.")

    def _item(self) -> None:
        if not self.lists or self.inline:
            self._put(" ")
            return
        self.lists[-1][1] = int(str(self.lists[-1][1])) + 1
        mark = "-" if self.lists[-1][0] == "ul" else f"{self.lists[-1][1]}."
        self._put("\n" + "   " * (len(self.lists) - 1) + f"{mark} ")

    def _image(self, values: dict[str, str]) -> None:
        source, words = values.get("src", ""), values.get("alt", "").strip()
        name = source.split("@@PLUGINFILE@@/")[-1].split("?")[0]
        if "@@PLUGINFILE@@" not in source and re.match(r"(?:[a-z]+:|//)", source):
            self.read.note("Gambar dari alamat luar tidak ikut; kata gantinya tetap.")
            self._put(escape_md(words or "gambar"))
            return
        self._put(f"![{escape_md(words)}]({FILE_MARK}{name.replace(' ', '%20').replace(')', '%29')})")
        if not words:
            self.read.note("Gambar belum punya kata ganti bagi yang tidak melihatnya.")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in {
            "img",
            "br",
            "hr",
            "input",
            "col",
            "wbr",
            "embed",
            "source",
            "track",
            "param",
            "meta",
            "link",
            "base",
        }:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:  # noqa: C901, PLR0912 -- likewise
        if tag in _SWALLOW and self.swallowed:
            self.swallowed -= 1
            return
        if self.swallowed:
            return
        if tag in {"b", "strong"}:
            self._put("**")
        elif tag in {"i", "em", "var"}:
            self._put("*")
        elif tag in {"s", "strike", "del"}:
            self._put("~~")
        elif tag in {"code", "kbd", "samp", "tt"} and not self.pre:
            self._put("`")
        elif tag == "pre":
            self.pre = False
            self._put("\n```\n\n" if not self.inline else "`")
        elif tag in {"sup", "sub"}:
            self.script = ""
        elif tag in {"ul", "ol"} and self.lists:
            self.lists.pop()
            if not self.lists:
                self._break()
        elif tag == "a" and self.links:
            address = self.links.pop()
            self._put(f"]({address})" if address else "")
        elif tag in {"td", "th"} and self.cell is not None and self.table:
            self.table[-1].append(" ".join("".join(self.cell).split()).replace("|", "\\|") or " ")
            self.cell = None
        elif tag == "table" and self.table is not None:
            self._table()
        elif tag in _BLOCKS or tag == "blockquote" or re.fullmatch(r"h[1-6]", tag):
            self._break()

    def _table(self) -> None:
        rows = [row for row in self.table or [] if row]
        self.table = None
        if not rows:
            return
        width = max(len(row) for row in rows)
        lines = ["| " + " | ".join(row + [" "] * (width - len(row))) + " |" for row in rows]
        self.out.append("\n\n" + "\n".join([lines[0], "|" + " --- |" * width, *lines[1:]]) + "\n\n")

    def handle_data(self, data: str) -> None:
        if self.swallowed:
            return
        if self.pre and not self.inline:
            self._put(data)
            return
        text = re.sub(r"\s+", " ", data)
        if self.script:
            table = _SUP if self.script == "sup" else _SUB
            if all(sign.translate(table) != sign or sign == " " for sign in text):
                self._put(text.translate(table))
                return
            self.read.note("Huruf naik atau turun menjadi huruf biasa.")
        self._put(escape_md(text))


def from_html(html: str, read: Read, *, inline: bool = False) -> str:
    """Return HTML as Markdown; tags that Markdown lacks are named in the notes.

    Args:
        inline: one line, for options and feedback.
    """
    writer = _Writer(read, inline=inline)
    writer.feed(html)
    writer.close()
    text = "".join(writer.out).replace("\u00a0", " ")
    if re.search(r"\\\\\(|\\\\\[|\$\$", text):
        read.note("Rumus TeX tetap sebagai teks.")
    # Emphasis must hug its words, else the signs would show.
    text = re.sub(r"(\*\*|~~|(?<!\*)\*(?!\*))([ \t]*)(.+?)([ \t]*)\1", _hug, text, flags=re.DOTALL)
    if inline:
        return " ".join(text.split())
    text = re.sub(r"[ \t]+\n", lambda found: "  \n" if found.group().startswith("  ") else "\n", text)
    text = re.sub(r"(?m)^[ \t]+(?=\S)(?![-\d])", "", text)
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"(?:  )?\n\n", "\n\n", text)).strip()


def _hug(found: re.Match[str]) -> str:
    sign, before, inner, after = found.group(1, 2, 3, 4)
    return f"{before}{sign}{inner}{sign}{after}" if inner.strip() else before + inner + after


def words_of(html: str) -> str:
    """Return HTML as plain words of one line, for answers that are compared."""
    if "<" not in html and "&" not in html:
        return " ".join(html.split())
    from_tags = re.sub(r"<[^>]*>", " ", html)
    parser = _Words()
    parser.feed(from_tags)
    parser.close()
    return " ".join("".join(parser.found).split())


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self.found.append(data)


def from_format(text: str, name: str, read: Read, *, inline: bool = False) -> str:
    """Return a text of a named format (html, markdown, plain_text, moodle_auto_format) as Markdown."""
    if name == "markdown":
        return " ".join(text.split()) if inline else text.strip()
    is_html = name == "html" or (name in {"moodle_auto_format", "moodle"} and re.search(r"<[a-zA-Z/!]|&\w+;", text))
    if is_html:
        return from_html(text.replace("\n", "<br>") if name != "html" else text, read, inline=inline)
    escaped = escape_md(text.strip())
    return " ".join(escaped.split()) if inline else re.sub(r"(?<!\n)\n(?!\n)", "  \n", escaped)
