# ruff: noqa: E501 -- tables of cases read better in one line each
"""Rich text: whatever is written, only allowed markup comes out."""

from __future__ import annotations

import html5lib
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.core.richtext import render_inline, render_markdown, slug

ALLOWED = {
    "p", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "strong", "em", "b", "span", "code", "pre", "blockquote",
    "hr", "br", "a", "img", "table", "thead", "tbody", "tr", "th", "td", "div", "figure", "figcaption", "s",
}  # fmt: skip
ATTRIBUTES = {
    "id",
    "href",
    "rel",
    "src",
    "alt",
    "loading",
    "start",
    "scope",
    "role",
    "tabindex",
    "aria-label",
    "class",
}
PIECES = st.sampled_from(
    [
        "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[x](javascript:alert(1))", "[x](JaVaScRiPt:1)",
        "![x](https://a.example/p.png)", '![x](/gambar.png "judul")', "[x](data:text/html,1)", "<style>p{}</style>",
        "```alur\nA | <b>b</b>\nC\n```", '```alur" onclick=x\nA|B\n```', "> **Ingat.**\n> teks\n", "> <iframe>\n",
        "| a | b |\n|---|--:|\n| 1 | <svg onload=x> |\n", '# Judul " onclick="x', "## Judul", "&lt;script&gt;", "\u202e",
        "<!-- -->", '<a href="vbscript:x">', "[a]: javascript:1\n\n[a]", "\n\n", " ", "`<x>`", "[o](//evil.example)",
        "1. satu\n2. dua\n", "***", "\x00", "<svg><script>x</script></svg>", "![a](javascript:x)", "<javascript:alert(1)>",
    ]
)  # fmt: skip


def check(html):
    tree = html5lib.parseFragment(html, namespaceHTMLElements=False)
    ids = []
    for element in tree.iter():
        if not isinstance(element.tag, str) or element.tag == "DOCUMENT_FRAGMENT":
            continue
        assert element.tag in ALLOWED
        for name, value in element.attrib.items():
            assert name in ATTRIBUTES
            if name == "href":
                assert (
                    value.split(":")[0].lower() in {"", "http", "https", "mailto", "tel"}
                    or ":" not in value.split("/")[0]
                )
                if "//" in value:
                    assert "noopener" in element.attrib["rel"]
            if name == "src":
                assert not value.lower().startswith(("http", "//", "data:", "javascript:"))
            if name == "class":
                assert set(value.split()) <= {"aside", "flow", "scroll", "table", "dense", "num"}
            if name == "id":
                ids.append(value)
    assert len(ids) == len(set(ids))


@settings(max_examples=400)
@given(st.lists(st.one_of(PIECES, st.text(max_size=30)), max_size=8).map("".join))
def test_only_allowed_markup_comes_out(text):
    rendered = render_markdown(text)
    check(rendered.html)
    check(render_inline(text))
    assert "\u202e" not in rendered.html


@given(st.lists(PIECES, max_size=6).map("\n".join))
def test_the_same_source_gives_the_same_html(text):
    assert render_markdown(text) == render_markdown(text)


def test_a_call_out_is_an_aside():
    html = render_markdown("> **Contoh dari kelurahan.** Pak Lurah datang.\n").html
    assert html.startswith('<blockquote class="aside">')
    assert 'class="aside"' in render_markdown("> **Ingat.**\n> Catat.\n").html
    assert 'class="aside"' not in render_markdown("> **Lain.**\n> Catat.\n").html
    assert 'class="aside"' not in render_markdown("> Ingat.\n").html


def test_a_flow_is_a_list_of_steps():
    html = render_markdown("```alur\nDicatat | hari itu\nDitangani\n```\n").html
    assert html == (
        '<figure><ol class="flow"><li><b>Dicatat</b><span>hari itu</span></li><li><b>Ditangani</b></li></ol></figure>'
    )


def test_a_table_can_be_scrolled_and_has_the_name_of_its_heading():
    html = render_markdown("## Dua “catatan”\n\n| Kolom | Nilai |\n|---|--:|\n| a | 1 |\n").html
    assert (
        '<div class="scroll" role="group" tabindex="0" aria-label="Dua “catatan”"><table class="table dense">' in html
    )
    assert '<th scope="col">Kolom</th>' in html
    assert '<td class="num">1</td>' in html
    assert "style" not in html
    assert html.endswith("</table></div>")


def test_headings_get_ids_and_never_the_first_level():
    rendered = render_markdown("# Satu\n\n## Satu\n\n### 2026: éa\n")
    assert [(one.level, one.id) for one in rendered.headings] == [
        (2, "satu"),
        (2, "satu-2"),
        (3, "b-2026-ea"),
    ]
    assert "<h1" not in rendered.html
    assert slug("…") == "bagian"


def test_plain_text_reads_without_marks():
    rendered = render_markdown("Satu **dua**\n\n- tiga & empat\n\n```alur\nA | B\n```\n")
    assert rendered.plain == "Satu dua\ntiga & empat\nA\nB"
    assert rendered.words == 6


def test_code_is_shown_as_written():
    assert render_markdown("```\n<b>\n```").html == "<pre><code>&lt;b&gt;\n</code></pre>"


def test_every_lesson_renders(project_root):
    for path in (project_root / "lms" / "content").glob("*/lessons/*.md"):
        rendered = render_markdown(path.read_text(encoding="utf-8"))
        check(rendered.html)
        assert rendered.words > 100
