"""Files of other systems: each construct is read, changed by name, or left out by name; and back again."""
# ruff: noqa: E501 -- a document of one line is read as one

from __future__ import annotations

import contextlib
import io
import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.assessments.rules import kind_of
from lms.assessments.services import formats
from lms.assessments.services.formats import hypertext
from lms.assessments.services.formats.common import Read
from lms.core.richtext import render_markdown
from tests.factories.assessments import BODIES

FIXTURES = Path(__file__).parent / "fixtures"
PICTURE = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000c800000078")


def only(data):
    document = formats.read(data.encode() if isinstance(data, str) else data)
    assert len(document.reads) == 1
    return document.reads[0]


def statuses(name):
    document = formats.read((FIXTURES / name).read_bytes())
    return document, [(one.status, (one.item or {}).get("kind", "")) for one in document.reads]


def test_every_construct_of_gift_is_read_or_named():
    document, found = statuses("soal.gift")
    assert document.format == "gift"
    assert found == [
        ("read", "single_choice"), ("read", "true_false"), ("read", "short_answer"), ("read", "number"),
        ("read", "number"), ("read", "number"), ("read", "matching"), ("read", "multiple_choice"), ("read", "essay"),
        ("left_out", ""), ("read", "short_answer"), ("changed", "true_false"), ("left_out", ""),
    ]  # fmt: skip
    tagged = document.reads[1].item
    assert (tagged["code"], tagged["level"], tagged["tags"]) == ("X-12", 2, ["dasar"])
    assert [one["feedback"] for one in tagged["options"]] == ["Lurah diangkat.", "Tepat."]
    assert document.reads[5].item["answers"][1] == {
        "answer": "1822", "tolerance": "2", "percent": "50", "feedback": "hampir"
    }  # fmt: skip
    assert document.reads[7].item["explanation"] == "Umum"
    assert all(one.reason for one in document.reads if one.status == "left_out")


def test_every_type_of_moodle_is_read_or_named():
    document, found = statuses("moodle.xml")
    assert document.format == "moodle"
    assert found == [
        ("read", "cloze"), ("changed", "multiple_choice"), ("read", "calculated"), ("changed", "cloze"),
        ("left_out", ""), ("read", "essay"), ("read", "true_false"), ("read", "ordering"), ("read", "number"),
        ("read", "matching"), ("left_out", ""),
    ]  # fmt: skip
    choice = document.reads[1]
    assert list(choice.files) == ["a b.png"]
    assert kind_of("multiple_choice").mark(choice.item, {"options": ["a", "b", "c"]}) == 1
    cloze = document.reads[0].item
    assert kind_of("cloze").mark(kind_of("cloze").body(cloze), {"options": ["1=makassar", "3=23,9"]}) * 4 == 2


def test_aiken_needs_its_answer():
    document = formats.read(b"Siapa?\nA. Camat\nB. Lurah\nANSWER: B\n\nTanpa kunci?\nA) satu\nB) dua\n")
    assert document.format == "aiken"
    assert [one.status for one in document.reads] == ["read", "left_out"]


def test_pasted_questions_with_stars_keys_and_a_list_of_keys():
    text = (
        "1. Siapa?\n a. Camat\n *b. Lurah\n2. Ibu kota?\nKunci: Makassar / Kota Makassar\nPembahasan: lama.\n"
        "3. Lurah dipilih warga.\nJawaban: Salah\n4. Pilih dua.\na. x\nb. y\nc. z\n\nKunci jawaban:\n4. a, c\n"
    )
    document = formats.read(text.encode())
    kinds = [one.item["kind"] for one in document.reads]
    assert kinds == ["single_choice", "short_answer", "true_false", "multiple_choice"]
    assert document.reads[1].item["explanation"] == "lama."


HEAD = '<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p2" identifier="x-1" title="T" adaptive="false">'
ONE = '<responseDeclaration identifier="RESPONSE" cardinality="{}" baseType="{}">{}</responseDeclaration>'


def item(body, key="", *, cardinality="single", base="identifier", more=""):
    return f"{HEAD}{ONE.format(cardinality, base, key)}<itemBody>{body}</itemBody>{more}</assessmentItem>"


def correct(*values):
    return "<correctResponse>" + "".join(f"<value>{value}</value>" for value in values) + "</correctResponse>"


def choices(tag, *pairs):
    return "".join(f'<{tag} identifier="{name}" matchMax="1">{text}</{tag}>' for name, text in pairs)


AB = (("A", "Camat"), ("B", "Lurah"), ("C", "Bupati"))


@pytest.mark.parametrize(
    ("document", "status", "kind", "right"),
    [
        (
            item(f'<p>Siapa?</p><choiceInteraction responseIdentifier="RESPONSE" maxChoices="1">{choices("simpleChoice", *AB)}</choiceInteraction>', correct("B")),
            "read", "single_choice", {"options": ["b"]},
        ),
        (
            item(f'<choiceInteraction responseIdentifier="RESPONSE" maxChoices="0"><prompt>Siapa?</prompt>{choices("simpleChoice", *AB)}</choiceInteraction>', correct("A", "B"), cardinality="multiple"),
            "read", "multiple_choice", {"options": ["a", "b"]},
        ),
        (
            item(f'<orderInteraction responseIdentifier="RESPONSE"><prompt>Urutkan</prompt>{choices("simpleChoice", *AB)}</orderInteraction>', correct("B", "A", "C"), cardinality="ordered"),
            "read", "ordering", None,
        ),
        (
            item(f'<matchInteraction responseIdentifier="RESPONSE"><prompt>Jodohkan</prompt><simpleMatchSet>{choices("simpleAssociableChoice", *AB)}</simpleMatchSet><simpleMatchSet>{choices("simpleAssociableChoice", ("X", "satu"), ("Y", "dua"))}</simpleMatchSet></matchInteraction>', correct("A X", "B Y", "C Y"), cardinality="multiple", base="directedPair"),
            "read", "matching", None,
        ),
        (
            item(f'<matchInteraction responseIdentifier="RESPONSE"><prompt>Centang</prompt><simpleMatchSet>{choices("simpleAssociableChoice", *AB)}</simpleMatchSet><simpleMatchSet>{choices("simpleAssociableChoice", ("X", "satu"), ("Y", "dua"))}</simpleMatchSet></matchInteraction>', correct("A X", "A Y", "B Y"), cardinality="multiple", base="directedPair"),
            "read", "categorising", None,
        ),
        (
            item(f'<associateInteraction responseIdentifier="RESPONSE"><prompt>Pasangkan</prompt>{choices("simpleAssociableChoice", *AB, ("D", "Wali kota"))}</associateInteraction>', correct("A B", "C D"), cardinality="multiple", base="pair"),
            "changed", "matching", None,
        ),
        (
            item(f'<gapMatchInteraction responseIdentifier="RESPONSE"><prompt>Isi</prompt>{choices("gapText", *AB)}<p>Kelurahan dipimpin <gap identifier="G1"/>.</p></gapMatchInteraction>', correct("B G1"), cardinality="multiple", base="directedPair"),
            "changed", "cloze", None,
        ),
        (
            item(f'<p>Dipimpin <inlineChoiceInteraction responseIdentifier="RESPONSE">{choices("inlineChoice", *AB)}</inlineChoiceInteraction>.</p>', correct("B")),
            "read", "cloze", None,
        ),
        (
            item('<p>Ibu kota: <textEntryInteraction responseIdentifier="RESPONSE"/></p>', correct("Makassar") + '<mapping defaultValue="0"><mapEntry mapKey="Makassar" mappedValue="1"/><mapEntry mapKey="makasar" mappedValue="0.5"/></mapping>', base="string"),
            "read", "short_answer", {"text": "Makassar"},
        ),
        (item('<p>Berapa? <textEntryInteraction responseIdentifier="RESPONSE"/></p>', correct("14.5"), base="float"), "read", "number", {"text": "14.5"}),
        (item('<extendedTextInteraction responseIdentifier="RESPONSE"><prompt>Ceritakan</prompt></extendedTextInteraction>', base="string"), "read", "essay", None),
        (item('<sliderInteraction responseIdentifier="RESPONSE" lowerBound="0" upperBound="10"><prompt>Berapa?</prompt></sliderInteraction>', correct("7"), base="integer"), "changed", "number", {"text": "7"}),
        (item('<hottextInteraction responseIdentifier="RESPONSE" maxChoices="1"><prompt>Mana?</prompt><p>Yang <hottext identifier="A">satu</hottext> atau <hottext identifier="B">dua</hottext></p></hottextInteraction>', correct("B")), "changed", "single_choice", {"options": ["b"]}),
        (item('<uploadInteraction responseIdentifier="RESPONSE"><prompt>Unggah</prompt></uploadInteraction>', base="file"), "left_out", None, None),
        (item('<drawingInteraction responseIdentifier="RESPONSE"/>', base="file"), "left_out", None, None),
        (item("<p>Bacaan saja.</p>"), "left_out", None, None),
        (item('<customInteraction responseIdentifier="RESPONSE"/>'), "left_out", None, None),
    ],
)  # fmt: skip
def test_every_interaction_of_qti_is_read_or_named(document, status, kind, right):
    for text in (document, as_three(document)):
        read = only(text)
        assert (read.status, (read.item or {}).get("kind")) == (status, kind), read.reason or read.notes
        if kind is None:
            assert read.reason
            continue
        body = kind_of(kind).body(read.item)
        if right is not None:
            assert kind_of(kind).mark(body, right) == 1
        if not kind_of(kind).needs_marker:
            assert kind_of(kind).mark(body, kind_of(kind).right(body)) == 1


def as_three(document):
    """Return an item in the names of QTI 3."""
    import re

    text = document.replace("imsqti_v2p2", "imsqtiasi_v3p0")
    html = {"p", "img", "object"}

    def kebab(name):
        return re.sub(r"([A-Z])", lambda found: "-" + found[1].lower(), name)

    text = re.sub(r"<(/?)([A-Za-z]+)", lambda f: f"<{f[1]}{f[2] if f[2] in html else 'qti-' + kebab(f[2])}", text)
    return re.sub(r"\s([a-z]+[A-Z]\w*)=", lambda found: f" {kebab(found[1])}=", text)


def package(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def test_a_package_is_read_by_its_manifest_with_pictures_and_names_what_is_no_item():
    spot = item(
        '<hotspotInteraction responseIdentifier="RESPONSE" maxChoices="1"><prompt>Di mana loket?</prompt>'
        '<object type="image/png" data="../img/denah.png">Denah</object>'
        '<hotspotChoice identifier="A" shape="rect" coords="0,0,50,50"/><hotspotChoice identifier="B" shape="circle" coords="90,60,20"/>'
        "</hotspotInteraction>", correct("B"),
    )  # fmt: skip
    manifest = (
        '<manifest xmlns="http://www.imsglobal.org/xsd/imscp_v1p1"><resources>'
        '<resource identifier="r1" type="imsqti_item_xmlv2p2" href="items/1.xml"><file href="items/1.xml"/></resource>'
        '<resource identifier="r2" type="imsqti_item_xmlv2p2" href="items/2.xml"/>'
        '<resource identifier="t" type="imsqti_test_xmlv2p2" href="test.xml"/></resources></manifest>'
    )
    data = package([
        ("imsmanifest.xml", manifest), ("items/1.xml", spot), ("img/denah.png", PICTURE),
        ("test.xml", "<assessmentTest identifier='t'/>"),
    ])  # fmt: skip
    document = formats.read(data)
    by_place = {one.place: one for one in document.reads}
    assert by_place["items/2.xml"].reason
    found = by_place["items/1.xml"]
    assert found.reason == ""
    assert (found.item["kind"], found.item["width"], found.item["height"]) == ("hotspot", 200, 120)
    assert found.item["alt"] == "Denah"
    assert any("susunan ujian" in note for note in document.notes)


@pytest.mark.parametrize(
    "members",
    [
        [("../x.xml", "<a/>")], [("/x.xml", "<a/>")], [("a/../../x.xml", "<a/>")], [("C:/x.xml", "<a/>")],
        [("x.xml", "<a/>"), ("X.XML", "<a/>")], [("big.xml", " " * (3 << 20))], [("readme.md", "kosong")],
    ],
)  # fmt: skip
def test_archives_that_lead_out_or_blow_up_are_refused(members):
    with pytest.raises(formats.Unreadable):
        formats.read(package(members))


@pytest.mark.parametrize(
    "data",
    [
        b"", b"   ", b"<quiz><question", b"PK\x03\x04rusak", b"<!DOCTYPE quiz [<!ENTITY a 'b'>]><quiz><question>&a;</question></quiz>",
        b"<assessmentItem>" + b"<p>" * 300 + b"</p>" * 300 + b"</assessmentItem>", b"\x00\x01\x02biner", b"surat biasa saja",
    ],
)  # fmt: skip
def test_hostile_and_foreign_files_are_refused_with_a_sentence(data):
    with pytest.raises(formats.Unreadable, match=r"\.$"):
        formats.read(data)


@settings(max_examples=60)
@given(st.text(max_size=300), st.sampled_from(["gift", "aiken", "teks", "moodle", "qti", "bina", "tabel"]))
def test_no_text_breaks_a_reader(text, form):
    with contextlib.suppress(formats.Unreadable):
        formats.read(text.encode("utf-8", "surrogatepass"), form=form)


# Words that Markdown, GIFT and XML all take for themselves.
TEXT = st.text(st.sampled_from(list("abc Ñé“1.2\\~=#{}:*_[]<>&'\"|-+!`%$/")), min_size=1, max_size=30).map(
    lambda text: " ".join(text.split())
).filter(bool)  # fmt: skip


@given(TEXT)
def test_plain_words_stay_the_same_words_through_markdown(text):
    assert render_markdown(hypertext.escape_md(text)).plain == text
    assert hypertext.unescape_md(hypertext.escape_md(text)) == text


ROUND = {
    "gift": ("single_choice", "multiple_choice", "true_false", "short_answer", "number", "matching", "essay"),
    "moodle": ("single_choice", "multiple_choice", "true_false", "short_answer", "number", "matching", "ordering",
               "calculated", "cloze", "essay"),
    "bina": tuple(BODIES),
}  # fmt: skip


def plain_body(kind):
    """Return a body without what the narrower formats cannot carry."""
    body = json.loads(json.dumps(BODIES[kind]()))
    for code, row in zip("abcd", [*body.get("pairs", ()), *body.get("elements", ())], strict=False):
        row |= {"feedback": "", "code": code}
    if kind == "number":
        body = {name: body[name] for name in ("answers", "wrong_feedback")}
    if kind == "calculated":
        body["wrong_feedback"] = ""
    if kind == "essay":
        body |= {"rubric": [], "marker_notes": "", "min_words": 0, "max_words": 0}
    return body


@pytest.mark.parametrize(("form", "kind"), [(form, kind) for form, kinds in ROUND.items() for kind in kinds])
@settings(max_examples=12)
@given(words=TEXT, feedback=TEXT)
def test_what_a_format_can_carry_comes_back_as_it_went(form, kind, words, feedback):
    body = BODIES[kind]() if form == "bina" else plain_body(kind)
    if kind in {"single_choice", "multiple_choice"}:
        body["options"][0] |= {"text": hypertext.escape_md(words), "feedback": hypertext.escape_md(feedback)}
    entry = {
        "code": "K-1", "kind": kind, "stem": hypertext.escape_md(words), "explanation": hypertext.escape_md(feedback),
        "level": 2, "tags": ["uji"], "category": "Dasar", "uses": ["exam"],
    } | body  # fmt: skip
    if kind == "cloze" and form == "moodle":
        entry["stem"] = "Lengkapi teks berikut."
    data, _ending, lost = formats.write([entry], form, files={})
    assert lost == {}
    read = formats.read(data, form=form).reads[0]
    assert (read.status, read.reason, read.notes) == ("read", "", [])
    assert kind_of(kind).body(read.item) == kind_of(kind).body(body)
    for name in ("code", "stem", "explanation", "level", "tags", "category", "uses"):
        assert read.item.get(name) == entry[name], name


def test_what_a_format_cannot_carry_is_named():
    entry = {"code": "K-9", "kind": "situational", "stem": "Apa?"} | BODIES["situational"]()
    for form in ("gift", "moodle", "aiken", "tabel"):
        _data, _ending, lost = formats.write([entry], form, files={})
        assert "situational" in lost["K-9"]


def test_a_spreadsheet_goes_out_and_comes_back():
    bodies = {kind: plain_body(kind) for kind in ("single_choice", "multiple_choice")}
    entries = [
        {"code": kind[:6], "kind": kind, "stem": "Apa?", "difficulty": "sulit"} | body for kind, body in bodies.items()
    ]
    data, _ending, lost = formats.write(entries, "tabel", files={})
    assert lost == {}
    document = formats.read(data)
    assert document.format == "tabel"
    assert [kind_of(one.item["kind"]).body(one.item) for one in document.reads] == list(bodies.values())
    assert document.reads[0].item["difficulty"] == "sulit"


def test_a_sheet_of_one_row_each_with_lettered_columns():
    text = "Soal;A;B;C;Kunci;Warna\nSiapa?;Camat;Lurah;Bupati;B;merah\nLurah dipilih.;;;;Salah;\nKosong;;;;;\n"
    document = formats.read(text.encode())
    assert [one.item["kind"] for one in document.reads] == ["single_choice", "true_false", "essay"]
    assert any("Warna" in note for note in document.notes)


@pytest.mark.parametrize(
    ("html", "markdown", "noted"),
    [
        ("<p>Satu</p><p>dua</p>", "Satu\n\ndua", False), ("<b>x </b>y", "**x** y", False),
        ("<ul><li>a</li><li>b</li></ul>", "- a\n- b", False), ("H<sub>2</sub>O", "H₂O", False),
        ("<script>x</script>a", "a", True), ("<video>x</video>", "x", True), ("<blink>x</blink>", "x", True),
        ("a &lt; b", r"a \< b", False), ("<table><tr><td>a</td></tr></table>", "| a |\n| --- |", False),
    ],
)  # fmt: skip
def test_html_becomes_markdown_and_losses_are_named(html, markdown, noted):
    read = Read("x")
    assert hypertext.from_html(html, read) == markdown
    assert bool(read.notes) is noted
