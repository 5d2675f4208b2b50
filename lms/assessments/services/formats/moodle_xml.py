"""Moodle XML: all question types of Moodle, read as far as they have a home here, and written."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

from lms.assessments.rules.kinds.expressions import names_of
from lms.assessments.rules.kinds.figures import figure
from lms.assessments.services.formats.common import (
    MAX_ITEMS,
    Document,
    Read,
    choice_item,
    code_of,
    codes,
    finish,
    from_tags,
    to_tags,
    true_false_item,
)
from lms.assessments.services.formats.embedded import read_embedded
from lms.assessments.services.formats.guarded import read_xml
from lms.assessments.services.formats.hypertext import escape_md, from_format, unescape_md, words_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from xml.etree.ElementTree import Element

_FORMAT_NAMES = {"0": "moodle_auto_format", "1": "html", "2": "plain_text", "4": "markdown"}
_LEFT_OUT = {
    "description": "Keterangan tanpa pertanyaan; bank hanya menyimpan soal.",
    "randomsamatch": "Menjodohkan acak dari soal lain; soal-soal itu sendiri dapat diimpor.",
    "random": "Soal acak; penarikan acak diatur pada asesmen.",
    "ddimageortext": "Gambar dengan teks yang diseret belum punya bentuk di sini.",
    "calculatedmulti": "Pilihan berisi hitungan belum punya bentuk di sini.",
}


def looks_like(data: bytes) -> bool:
    """Return whether bytes are a Moodle quiz."""
    return bool(re.search(rb"<quiz[\s>]", data[:4000])) and b"<question" in data


def read(data: bytes) -> Document:
    """Return the questions of a Moodle XML file.

    Raises: Unreadable: no XML, or not a quiz.
    """
    root = read_xml(data, ("quiz",))
    document, category = Document("moodle"), ""
    for number, node in enumerate(root, 1):
        if node.tag != "question":
            document.note(f"Bagian <{str(node.tag)[:40]}> bukan soal dan tidak ikut.")
            continue
        if number > MAX_ITEMS:
            document.note(f"Hanya {MAX_ITEMS} soal pertama yang dibaca.")
            break
        if node.get("type") == "category":
            category = _plain(node.find("category"))
            if _plain(node.find("info")).strip():
                document.note(f"Keterangan kategori “{category[:60]}” tidak ikut.")
            continue
        document.reads.append(_question(node, number, category))
    return document


def _plain(node: Element | None) -> str:
    if node is None:
        return ""
    text = node.find("text")
    return ((text.text if text is not None else node.text) or "").strip()


def _text(node: Element | None, found: Read, *, inline: bool = False) -> str:
    if node is None:
        return ""
    for file in node.findall("file"):
        try:
            data = base64.b64decode("".join((file.text or "").split()), validate=True)
        except (binascii.Error, ValueError):
            found.note(f"Berkas “{(file.get('name') or '')[:60]}” rusak dan tidak ikut.")
            continue
        found.files[f"{(file.get('path') or '/').lstrip('/')}{file.get('name') or 'berkas'}"] = data
    name = node.get("format") or "moodle_auto_format"
    return from_format(_plain(node), _FORMAT_NAMES.get(name, name), found, inline=inline)


def _question(node: Element, number: int, category: str) -> Read:
    kind = node.get("type") or ""
    found = Read(f"soal {number}", name=_plain(node.find("name")) or "")
    reader = _READERS.get(kind)
    if kind in _LEFT_OUT or reader is None:
        found.reason = _LEFT_OUT.get(kind, f"Jenis soal Moodle “{kind[:40]}” belum punya bentuk di sini.")
        return found
    item = reader(node, found)
    if item is None:
        return finish(found, None)
    more = {
        "stem": _text(node.find("questiontext"), found),
        "explanation": _text(node.find("generalfeedback"), found),
        "code": code_of(_plain(node.find("idnumber"))),
        "category": category,
        **from_tags(_plain(tag) for tag in node.findall("tags/tag")),
    }
    _settings(node, found, more)
    return finish(found, more | item)


def _settings(node: Element, found: Read, more: dict[str, Any]) -> None:
    """Name the settings that live in assessments here, and keep hints as part of the explanation."""
    grade = figure(_plain(node.find("defaultgrade")) or "1")
    if grade is not None and grade != 1:
        found.note(f"Nilai bawaan {_plain(node.find('defaultgrade'))} tidak ikut; semua butir bernilai penuh 1.")
    hints = [text for one in node.findall("hint") if (text := _text(one, found))]
    if hints:
        found.note("Petunjuk bertahap menjadi bagian pembahasan.")
        more["explanation"] = "\n\n".join([more["explanation"], *hints]).strip()
    for name, words in (
        ("correctfeedback", "Umpan balik bila semua benar"),
        ("partiallycorrectfeedback", "Umpan balik bila sebagian benar"),
        ("incorrectfeedback", "Umpan balik bila salah"),
    ):
        text = _plain(node.find(name))
        usual = {"Your answer is correct.", "Your answer is partially correct.", "Your answer is incorrect."}
        if words_of(text) and words_of(text) not in usual:
            found.note(f"{words} untuk seluruh soal tidak ikut.")
    if _plain(node.find("hidden")) == "1":
        found.note("Soal ini disembunyikan di Moodle.")


def _answers(node: Element, found: Read, *, words: bool = False) -> list[dict[str, str]]:
    made = []
    for one in node.findall("answer"):
        text = " ".join(_plain(one).split()) if words else _text(one, found, inline=True)
        made.append(
            {
                "text": text,
                "weight": (one.get("fraction") or "0").strip(),
                "feedback": _text(one.find("feedback"), found, inline=True),
            }
        )
    return made


def _multichoice(node: Element, found: Read) -> dict[str, Any] | None:
    many = _plain(node.find("single")).lower() in {"false", "0"}
    options = _answers(node, found)
    if not any(_value(one["weight"]) > 0 for one in options):
        found.reason = "Tidak ada pilihan yang benar."
        return None
    if _plain(node.find("shuffleanswers")) in {"0", "false"}:
        found.note("Pilihan yang tidak diacak: pengacakan diatur pada asesmen.")
    return choice_item(found, options, many=many)


def _value(text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return 0.0


def _all_or_nothing(node: Element, found: Read) -> dict[str, Any] | None:
    options = _answers(node, found)
    return choice_item(found, options, many=True, scoring="all")


def _truefalse(node: Element, found: Read) -> dict[str, Any] | None:
    by_word = {one["text"].strip().lower(): one for one in _answers(node, found)}
    if not {"true", "false"} <= set(by_word):
        found.reason = "Pilihan benar-salah tidak lengkap."
        return None
    right = _value(by_word["true"]["weight"]) > _value(by_word["false"]["weight"])
    return true_false_item(
        right=right, feedback_true=by_word["true"]["feedback"], feedback_false=by_word["false"]["feedback"]
    )


def _shortanswer(node: Element, found: Read) -> dict[str, Any] | None:
    accepted = [
        {"text": one["text"], "percent": one["weight"], "feedback": one["feedback"]}
        for one in _answers(node, found, words=True)
    ]
    wrong = ""
    if len(accepted) > 1 and accepted[-1]["text"] == "*" and _value(accepted[-1]["percent"]) <= 0:
        wrong = accepted.pop()["feedback"]
    item: dict[str, Any] = {"kind": "short_answer", "accepted": accepted, "wrong_feedback": wrong}
    if _plain(node.find("usecase")) == "1":
        item["case_sensitive"] = True
    if any("*" in one["text"] for one in accepted):
        item["wildcard"] = True
    return item


def _numerical(node: Element, found: Read) -> dict[str, Any] | None:
    answers, wrong = [], ""
    for one in node.findall("answer"):
        weight, value = (one.get("fraction") or "0").strip(), _plain(one)
        feedback = _text(one.find("feedback"), found, inline=True)
        width = _plain(one.find("tolerance")) or "0"
        if value == "*" and _value(weight) <= 0:
            wrong = feedback
            continue
        if _value(weight) < 0:
            found.note("Nilai negatif pada angka menjadi nol.")
            weight = "0"
        answers.append({"answer": value, "tolerance": width, "percent": weight, "feedback": feedback})
    return {"kind": "number", "answers": answers, "wrong_feedback": wrong, **_units(node, found)}


def _units(node: Element, found: Read) -> dict[str, Any]:
    units = []
    for one in node.findall("units/unit"):
        multiplier = figure(_plain(one.find("multiplier")) or "1")
        name = _plain(one.find("unit_name"))
        if name and multiplier:
            # Moodle multiplies the key by this; here the typed figure is brought to the key's unit.
            factor = 1 / multiplier
            units.append({"name": name, "factor": f"{float(factor):.12g}"})
    if not units:
        return {}
    shown, grading = _plain(node.find("showunits")), _plain(node.find("unitgradingtype"))
    item: dict[str, Any] = {"units": units, "unit_rule": "optional"}
    if grading in {"1", "2"}:
        item["unit_rule"] = "required"
        item["unit_penalty"] = f"{_value(_plain(node.find('unitpenalty')) or '0.1') * 100:g}"
        if grading == "1":
            found.note("Potongan satuan dihitung dari nilai soal.")
    elif shown in {"1", "2"}:
        found.note("Satuan yang dipilih dari daftar menjadi satuan yang ditulis.")
    return item


def _matching(node: Element, found: Read) -> dict[str, Any] | None:
    pairs, extra = [], []
    for one in node.findall("subquestion"):
        prompt, answer = _text(one, found, inline=True), escape_md(words_of(_plain(one.find("answer"))))
        if prompt:
            pairs.append({"prompt": prompt, "answer": answer})
        elif answer:
            extra.append(answer)
    for code, pair in zip(codes(len(pairs)), pairs, strict=True):
        pair["code"] = code
    return {"kind": "matching", "pairs": pairs, "distractors": extra}


def _essay(node: Element, found: Read) -> dict[str, Any] | None:
    form = _plain(node.find("responseformat"))
    if form == "noinline" or (
        _value(_plain(node.find("attachments"))) and _plain(node.find("attachmentsrequired")) not in {"", "0"}
    ):
        found.reason = "Jawaban berupa berkas belum punya bentuk di sini."
        return None
    if form not in {"", "plain", "editor"}:
        found.note("Kotak jawaban menjadi teks biasa.")
    if _value(_plain(node.find("attachments"))):
        found.note("Lampiran pada jawaban tidak ikut.")
    return {
        "kind": "essay",
        "lines": int(_value(_plain(node.find("responsefieldlines"))) or 8),
        "min_words": int(_value(_plain(node.find("minwordlimit")))),
        "max_words": int(_value(_plain(node.find("maxwordlimit")))),
        "template": words_of(_plain(node.find("responsetemplate"))),
        "marker_notes": _text(node.find("graderinfo"), found),
    }


def _embedded(node: Element, found: Read) -> dict[str, Any] | None:
    # The marks of the gaps have signs that HTML and Markdown would change, so they are taken out first.
    question = node.find("questiontext")
    raw = _plain(question)
    gaps = read_embedded(raw, found)
    if gaps is None:
        return None
    html, item = gaps
    assert question is not None
    node_text = question.find("text")
    if node_text is not None:
        node_text.text = html
    text = _text(question, found)
    item["text"] = re.sub(r"\\\[\\\[(\w+)\\\]\\\]", r"[[\1]]", text)
    return item | {"stem": "Lengkapi teks berikut."}


def _gap_groups(node: Element, found: Read, tag: str) -> dict[str, Any] | None:
    """Gaps that are filled from a common list: gapselect and ddwtos."""
    choices = [(_text(one, found, inline=True), _plain(one.find("group")) or "1") for one in node.findall(tag)]
    text = _text(node.find("questiontext"), found)
    gaps: list[dict[str, Any]] = []
    answers: list[dict[str, Any]] = []
    seen = 0

    def place(match: re.Match[str]) -> str:
        nonlocal seen
        index = int(match[1]) - 1
        if not 0 <= index < len(choices):
            return str(match[0])
        seen += 1
        code, (right, group) = str(seen), choices[index]
        gaps.append({"code": code, "kind": "choice"})
        answers.extend(
            {"gap": code, "text": unescape_md(words), "percent": "100" if words == right else "0"}
            for words in dict.fromkeys(words for words, other in choices if other == group)
        )
        return f"[[{code}]]"

    filled = re.sub(r"\\\[\\\[(\d+)\\\]\\\]", place, text)
    if not gaps:
        found.reason = "Teks tidak memuat tempat isian."
        return None
    if tag == "dragbox":
        found.note("Kata yang diseret menjadi daftar pilihan di tempatnya.")
    return {"kind": "cloze", "text": filled, "gaps": gaps, "answers": answers, "stem": "Lengkapi teks berikut."}


def _ordering(node: Element, found: Read) -> dict[str, Any] | None:
    answers = sorted(node.findall("answer"), key=lambda one: _value(one.get("fraction") or "0"))
    grading = _plain(node.find("gradingtype")) or "0"
    scoring = {
        "-1": "all",
        "ALL_OR_NOTHING": "all",
        "0": "position",
        "ABSOLUTE_POSITION": "position",
        "1": "neighbours",
        "RELATIVE_NEXT_EXCLUDE_LAST": "neighbours",
        "5": "longest",
        "LONGEST_ORDERED_SUBSET": "longest",
    }
    if grading not in scoring:
        found.note("Cara menilai urutan diganti: setiap langkah pada tempatnya.")
    if _plain(node.find("selecttype")) in {"1", "2", "RANDOM", "CONTIGUOUS"}:
        found.note("Semua langkah ditampilkan; pengambilan sebagian langkah tidak ikut.")
    return {
        "kind": "ordering",
        "elements": [
            {"code": code, "text": _text(one, found, inline=True)}
            for code, one in zip(codes(len(answers)), answers, strict=True)
        ],
        "scoring": scoring.get(grading, "position"),
    }


def _calculated(  # noqa: C901 -- formulas, ranges and their rows
    node: Element, found: Read
) -> dict[str, Any] | None:
    formulas, decimals = [], 2
    for one in node.findall("answer"):
        width, kind = _plain(one.find("tolerance")) or "0", _plain(one.find("tolerancetype")) or "1"
        decimals = int(_value(_plain(one.find("correctanswerlength")) or "2"))
        if _plain(one.find("correctanswerformat")) == "2":
            found.note("Jumlah angka penting menjadi jumlah desimal.")
        if kind == "3":
            found.note("Toleransi geometris menjadi toleransi relatif.")
        formulas.append(
            {
                "formula": _plain(one),
                "percent": (one.get("fraction") or "100").strip(),
                "tolerance": width if kind == "2" else f"{_value(width) * 100:.10g}%",
                "feedback": _text(one.find("feedback"), found, inline=True),
            }
        )
    variables: list[dict[str, str]] = []
    sets: list[dict[str, str]] = []
    for one in node.findall("dataset_definitions/dataset_definition"):
        places = int(_value(_plain(one.find("decimals")) or "0"))
        name = _plain(one.find("name"))
        variables.append(
            {
                "name": name,
                "min": _plain(one.find("minimum")) or "0",
                "max": _plain(one.find("maximum")) or "0",
                "decimals": str(min(6, max(0, places))),
            }
        )
        for row in one.findall("dataset_items/dataset_item"):
            index = int(_value(_plain(row.find("number")) or (row.findtext("number") or "0")))
            value = _plain(row.find("value")) or row.findtext("value") or ""
            if 1 <= index <= 200:
                while len(sets) < index:
                    sets.append({})
                sets[index - 1][name] = value
    known = {one["name"] for one in variables}
    wanted = {name for one in formulas for name in names_of(one["formula"])}
    if wanted - known:
        found.reason = f"Angka {{{min(wanted - known)}}} dalam rumus tidak punya daftar nilai."
        return None
    whole = [one for one in sets if set(one) == known and all(figure(value) is not None for value in one.values())]
    if len(whole) < len(sets):
        found.note("Baris angka yang tidak lengkap tidak ikut.")
    item: dict[str, Any] = {
        "kind": "calculated",
        "variables": variables,
        "formulas": formulas,
        "decimals": min(10, max(0, decimals)),
        **_units(node, found),
    }
    if whole and variables:
        item["sets"] = whole
    return item


def _markers(node: Element, found: Read) -> dict[str, Any] | None:
    """Markers that are put on a picture: with one marker its places are options; with more they cannot be."""
    image = node.find("file")
    drags = node.findall("drag")
    if image is None or len(drags) != 1:
        found.reason = "Beberapa penanda yang diseret ke gambar belum punya bentuk di sini."
        return None
    found.reason = "Satu tempat pada gambar saja tidak menjadi pilihan; butuh dua tempat atau lebih."
    return None


_READERS: dict[str, Callable[[Element, Read], dict[str, Any] | None]] = {
    "multichoice": _multichoice,
    "multichoiceset": _all_or_nothing,
    "oumultiresponse": _all_or_nothing,
    "truefalse": _truefalse,
    "shortanswer": _shortanswer,
    "numerical": _numerical,
    "matching": _matching,
    "match": _matching,
    "ddmatch": _matching,
    "essay": _essay,
    "cloze": _embedded,
    "multianswer": _embedded,
    "gapselect": lambda node, found: _gap_groups(node, found, "selectoption"),
    "ddwtos": lambda node, found: _gap_groups(node, found, "dragbox"),
    "ordering": _ordering,
    "calculated": _calculated,
    "calculatedsimple": _calculated,
    "ddmarker": _markers,
}


# Writing ---------------------------------------------------------------------------------------


def write(items: list[dict[str, Any]], files: dict[str, bytes]) -> tuple[bytes, dict[str, str]]:
    """Return items as Moodle XML, and by code what could not be written and why.

    Args:
        files: pictures by the name that texts give after `berkas:`.
    """
    out = ['<?xml version="1.0" encoding="UTF-8"?>', "<quiz>"]
    lost: dict[str, str] = {}
    category = ""
    for item in items:
        body = _body(item)
        if body is None:
            lost[item["code"]] = f"Moodle XML tidak mengenal jenis {item['kind']} dengan pengaturan ini."
            continue
        if item.get("category", "") != category:
            category = item.get("category", "")
            out.append(
                f'<question type="category"><category><text>{escape(category or "top")}</text></category></question>'
            )
        kind, inside = body
        tags = "".join(f"<tag><text>{escape(tag)}</text></tag>" for tag in to_tags(item))
        stem = item["text"] if item["kind"] == "cloze" else item["stem"]
        if item["kind"] == "cloze":
            stem = _cloze_text(item)
        out.append(
            f'<question type="{kind}"><name><text>{escape(item["code"])}</text></name>'
            + _md("questiontext", stem, files)
            + _md("generalfeedback", item.get("explanation", ""), files)
            + "<defaultgrade>1</defaultgrade><penalty>0</penalty><hidden>0</hidden>"
            + f"<idnumber>{escape(item['code'])}</idnumber>"
            + inside
            + (f"<tags>{tags}</tags>" if tags else "")
            + "</question>"
        )
    return "\n".join([*out, "</quiz>", ""]).encode(), lost


def _md(tag: str, text: str, files: dict[str, bytes] | None = None) -> str:
    named = [name for name in files or {} if f"berkas:{name}" in text]
    shown = text.replace("berkas:", "@@PLUGINFILE@@/") if named else text
    inner = "".join(
        f'<file name={quoteattr(name)} path="/" encoding="base64">'
        f"{base64.b64encode((files or {})[name]).decode()}</file>"
        for name in named
    )
    return f'<{tag} format="markdown"><text>{escape(shown)}</text>{inner}</{tag}>'


def _answer(text: str, weight: object, feedback: str, more: str = "", *, markdown: bool = True) -> str:
    form = ' format="markdown"' if markdown else ' format="plain_text"'
    return f'<answer fraction="{weight}"{form}><text>{escape(text)}</text>{_md("feedback", feedback)}{more}</answer>'


def _body(item: dict[str, Any]) -> tuple[str, str] | None:
    writer = _WRITERS.get(item["kind"])
    inside = writer(item) if writer is not None else None
    if inside is None:
        return None
    names = {"true_false": "truefalse", "short_answer": "shortanswer", "number": "numerical"}
    return names.get(
        item["kind"], item["kind"].replace("single_choice", "multichoice").replace("multiple_choice", "multichoice")
    ), inside


def _write_choice(item: dict[str, Any]) -> str | None:
    many, options = item["kind"] == "multiple_choice", item["options"]
    if item.get("scoring") == "all":
        return None
    rights = sum(bool(one["correct"]) for one in options)
    answers = []
    for one in options:
        even = f"{100 / rights:.5f}" if one["correct"] else (f"{-100 / rights:.5f}" if many else "0")
        usual = even if many else ("100" if one["correct"] else "0")
        answers.append(_answer(one["text"], one.get("weight", usual), one["feedback"]))
    single = "false" if many else "true"
    return (
        f"<single>{single}</single><shuffleanswers>true</shuffleanswers><answernumbering>abc</answernumbering>"
        + "".join(answers)
    )


def _write_true_false(item: dict[str, Any]) -> str:
    return "".join(
        _answer(word, 100 if one["correct"] else 0, one["feedback"], markdown=False)
        for word, one in zip(("true", "false"), item["options"], strict=True)
    )


def _write_short(item: dict[str, Any]) -> str | None:
    if item.get("typos"):
        return None
    answers = [
        _answer(one["text"], one.get("percent", 100), one["feedback"], markdown=False) for one in item["accepted"]
    ]
    if item.get("wrong_feedback"):
        answers.append(_answer("*", 0, item["wrong_feedback"], markdown=False))
    return f"<usecase>{int(bool(item.get('case_sensitive')))}</usecase>" + "".join(answers)


def _write_number(item: dict[str, Any]) -> str | None:
    if any(one["tolerance"].endswith("%") for one in item["answers"]):
        return None
    answers = [
        _answer(
            one["answer"].replace(",", "."),
            one.get("percent", 100),
            one["feedback"],
            f"<tolerance>{one['tolerance'].replace(',', '.')}</tolerance>",
            markdown=False,
        )
        for one in item["answers"]
    ]
    if item.get("wrong_feedback"):
        answers.append(_answer("*", 0, item["wrong_feedback"], "<tolerance>0</tolerance>", markdown=False))
    return "".join(answers) + _write_units(item)


def _write_units(item: dict[str, Any]) -> str:
    if not item.get("units"):
        return ""
    units = "".join(
        f"<unit><multiplier>{float(1 / (figure(one['factor']) or 1)):.12g}</multiplier>"
        f"<unit_name>{escape(one['name'])}</unit_name></unit>"
        for one in item["units"]
    )
    grading = "2" if item.get("unit_rule") == "required" else "0"
    penalty = (_value(str(item.get("unit_penalty", "100")))) / 100
    return (
        f"<unitgradingtype>{grading}</unitgradingtype><unitpenalty>{penalty:g}</unitpenalty>"
        f"<showunits>0</showunits><units>{units}</units>"
    )


def _write_matching(item: dict[str, Any]) -> str | None:
    if any(one["feedback"] for one in item["pairs"]) or item.get("scoring") == "all":
        return None
    rows = [(one["prompt"], one["answer"]) for one in item["pairs"]] + [
        ("", one) for one in item.get("distractors", ())
    ]
    return "<shuffleanswers>true</shuffleanswers>" + "".join(
        f'<subquestion format="markdown"><text>{escape(prompt)}</text>'
        f"<answer><text>{escape(unescape_md(answer))}</text></answer></subquestion>"
        for prompt, answer in rows
    )


def _write_ordering(item: dict[str, Any]) -> str | None:
    if any(one["feedback"] for one in item["elements"]):
        return None
    grading = {"all": "-1", "position": "0", "neighbours": "1", "longest": "5"}[item.get("scoring", "position")]
    answers = [_answer(one["text"], f"{number}.0000000", "") for number, one in enumerate(item["elements"], 1)]
    return (
        f"<layouttype>VERTICAL</layouttype><selecttype>ALL</selecttype><gradingtype>{grading}</gradingtype>"
        + "".join(answers)
    )


def _write_essay(item: dict[str, Any]) -> str | None:
    if item.get("rubric"):
        return None
    return (
        f"<responseformat>plain</responseformat><responsefieldlines>{item['lines']}</responsefieldlines>"
        f"<minwordlimit>{item['min_words'] or ''}</minwordlimit><maxwordlimit>{item['max_words'] or ''}</maxwordlimit>"
        f"<attachments>0</attachments>{_md('graderinfo', item['marker_notes'])}"
        f"{_md('responsetemplate', item['template'])}"
    )


def _write_calculated(item: dict[str, Any]) -> str | None:
    answers = []
    for one in item["formulas"]:
        relative = one["tolerance"].endswith("%")
        width = (
            f"{_value(one['tolerance'].rstrip('% ')) / 100:.12g}" if relative else one["tolerance"].replace(",", ".")
        )
        answers.append(
            _answer(
                one["formula"],
                one.get("percent", 100),
                one["feedback"],
                f"<tolerance>{width}</tolerance><tolerancetype>{1 if relative else 2}</tolerancetype>"
                f"<correctanswerformat>1</correctanswerformat><correctanswerlength>{item['decimals']}</correctanswerlength>",
                markdown=False,
            )
        )
    if item.get("wrong_feedback"):
        return None
    sets = []
    for one in item["variables"]:
        rows = "".join(
            f"<dataset_item><number>{number}</number><value>{row[one['name']]}</value></dataset_item>"
            for number, row in enumerate(item.get("sets", ()), 1)
        )
        sets.append(
            f"<dataset_definition><status><text>private</text></status><name><text>{one['name']}</text></name>"
            f"<type>calculated</type><distribution><text>uniform</text></distribution>"
            f"<minimum><text>{one['min']}</text></minimum><maximum><text>{one['max']}</text></maximum>"
            f"<decimals><text>{one['decimals']}</text></decimals><itemcount>{len(item.get('sets', ()))}</itemcount>"
            f"<dataset_items>{rows}</dataset_items></dataset_definition>"
        )
    return "".join(answers) + _write_units(item) + f"<dataset_definitions>{''.join(sets)}</dataset_definitions>"


def _cloze_text(item: dict[str, Any]) -> str:
    def sign(text: str) -> str:
        return re.sub(r"([\\~=#{}\"/])", r"\\\1", text)

    def gap(match: re.Match[str]) -> str:
        one = next(gap for gap in item["gaps"] if gap["code"] == match[1])
        names = {
            "text": "SHORTANSWER_C" if one["case_sensitive"] else "SHORTANSWER",
            "choice": "MULTICHOICE",
            "number": "NUMERICAL",
        }
        rows = []
        for answer in item["answers"]:
            if answer["gap"] != one["code"]:
                continue
            width = f":{answer['tolerance'] or '0'}" if one["kind"] == "number" else ""
            feedback = f"#{sign(answer['feedback'])}" if answer["feedback"] else ""
            rows.append(f"%{answer['percent']}%{sign(answer['text'])}{width}{feedback}")
        weight = one["weight"] if one["weight"].isdigit() else "1"
        return "{" + f"{weight}:{names[one['kind']]}:" + "~".join(rows) + "}"

    return re.sub(r"\[\[([0-9A-Za-z-]{1,10})\]\]", gap, item["text"])


_WRITERS: dict[str, Callable[[dict[str, Any]], str | None]] = {
    "single_choice": _write_choice,
    "multiple_choice": _write_choice,
    "true_false": _write_true_false,
    "short_answer": _write_short,
    "number": _write_number,
    "matching": _write_matching,
    "ordering": _write_ordering,
    "essay": _write_essay,
    "calculated": _write_calculated,
    "cloze": lambda _item: "",
}
