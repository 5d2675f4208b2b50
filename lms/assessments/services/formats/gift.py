"""GIFT: the plain text format of Moodle; all its kinds, weights, feedback, categories and escapes."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from lms.assessments.rules.kinds.figures import figure
from lms.assessments.services.formats.common import (
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
from lms.assessments.services.formats.hypertext import escape_md, from_format, unescape_md

_SIGNS = "\\~=#{}:"
_HIDDEN = {sign: chr(0xE100 + number) for number, sign in enumerate(_SIGNS)}
_FORMATS = {"html": "html", "markdown": "markdown", "plain": "plain_text", "moodle": "moodle_auto_format"}
_FORMAT = re.compile(r"\s*\[(html|markdown|plain|moodle)\]", re.IGNORECASE)
_WEIGHT = re.compile(r"\s*%(-?\d{1,3}(?:[.,]\d+)?)%")
_TRUE, _FALSE = {"T", "TRUE"}, {"F", "FALSE"}


def _hide(text: str) -> str:
    return re.sub(r"\\([\\~=#{}:])", lambda found: _HIDDEN[found[1]], text)


def _show(text: str) -> str:
    for sign, hidden in _HIDDEN.items():
        text = text.replace(hidden, sign)
    return text


def _newlines(text: str) -> str:
    return text.replace("\\n", "\n")


def looks_like(text: str) -> bool:
    """Return whether a text has the marks of GIFT."""
    hidden = _hide(text)
    return bool(
        re.search(r"(?m)^\s*(?:::|\$CATEGORY:)", hidden)
        or re.search(r"\{[^{}]*[=~][^{}]*\}|\{\s*(?:T|F|TRUE|FALSE)?\s*(?:#[^}]*)?\}", hidden)
    )


def _blocks(text: str) -> list[tuple[int, list[str]]]:
    """Return the paragraphs with their first line; one goes on over empty lines while its brace is open."""
    found: list[tuple[int, list[str]]] = []
    current: list[str] = []
    start, depth = 0, 0
    for number, line in enumerate([*text.split("\n"), ""], 1):
        if line.strip():
            if not current:
                start = number
            elif depth > 0 and line.lstrip().startswith("::"):
                found.append((start, current))  # the brace before was never closed
                current, start, depth = [], number, 0
            current.append(line)
            if not line.lstrip().startswith("//"):
                depth += line.count("{") - line.count("}")
        elif current and depth <= 0:
            found.append((start, current))
            current, depth = [], 0
    if current:
        found.append((start, current))
    return found


def read(text: str) -> Document:
    """Return the questions of a GIFT text."""
    document = Document("gift")
    category = ""
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    for line, block in _blocks(_hide(plain)):
        comments = [one.strip()[2:] for one in block if one.lstrip().startswith("//")]
        rest = [one for one in block if not one.lstrip().startswith("//")]
        lines = []
        for one in rest:
            if one.strip().startswith("$CATEGORY:"):
                category = _show(one.strip()[len("$CATEGORY:") :].strip())
            elif one.strip().startswith("$"):
                document.note(f"Baris {line}: perintah {one.strip().split()[0][:30]} tidak dikenal.")
            else:
                lines.append(one)
        body = "\n".join(lines).strip()
        if body:
            document.reads.append(_question(body, line, comments, category))
    return document


def _question(body: str, line: int, comments: list[str], category: str) -> Read:
    found = Read(f"baris {line}")
    named = re.match(r"::(.*?)::", body, re.DOTALL)
    if named:
        found.name = _show(" ".join(named[1].split()))
        body = body[named.end() :].lstrip()
    told = " ".join(_show(one) for one in comments)
    marks = {key: value.strip() for key, value in re.findall(r"\[(id):((?:\\\]|[^\]])+)\]", told)}
    tags = [value.replace("\\]", "]") for value in re.findall(r"\[tag:((?:\\\]|[^\]])+)\]", told)]
    start = body.find("{")
    end = body.rfind("}")
    if start < 0:
        found.reason = "Keterangan tanpa pertanyaan; bank hanya menyimpan soal."
        if not named and not body:
            found.reason = "Kosong."
        return found
    if end < start:
        found.reason = "Kurung { belum ditutup."
        return found
    if "{" in body[start + 1 : end]:
        found.reason = "Ada dua blok jawaban atau kurung di dalam kurung."
        return found
    before, answers, after = body[:start], body[start + 1 : end], body[end + 1 :]
    form = _FORMAT.match(before)
    name = _FORMATS[form[1].lower()] if form else "moodle_auto_format"
    before = before[form.end() :] if form else before
    missing = bool(after.strip())
    joined = f"{before.rstrip()} \ue200 {after.strip()}" if missing else before
    stem = from_format(_newlines(_show(joined)), name, found).replace("\ue200", "\\_\\_\\_\\_\\_")
    general = ""
    parts = re.split(r"####", answers, maxsplit=1)
    if len(parts) == 2:
        answers, general = parts[0], _text(parts[1], name, found)
    item = _answers(answers, name, found)
    if item is None:
        return found
    item |= {
        "stem": stem or escape_md(found.name),
        "explanation": general,
        "category": category,
        "code": code_of(marks.get("id", "")),
        **from_tags(tags),
    }
    return finish(found, item)


def _text(text: str, name: str, found: Read, *, inline: bool = True) -> str:
    """Return a text of an answer as Markdown; it may name a format of its own."""
    form = _FORMAT.match(text)
    if form:
        text, name = text[form.end() :], _FORMATS[form[1].lower()]
    return from_format(_newlines(_show(text.strip())), name, found, inline=inline)


def _answers(answers: str, name: str, found: Read) -> dict[str, Any] | None:  # noqa: PLR0911 -- one form for each kind
    plain = answers.strip()
    if not plain:
        return {"kind": "essay"}
    if plain.startswith("#"):
        return _numerical(plain[1:], name, found)
    if "~" in plain:
        return _choice(plain, name, found)
    if "=" in plain and "->" in plain:
        return _matching(plain, name, found)
    word, *feedback = plain.split("#")
    if word.strip().upper() in _TRUE | _FALSE:
        right = word.strip().upper() in _TRUE
        wrong, good = ([_text(one, name, found) for one in feedback] + ["", ""])[:2]
        return true_false_item(
            right=right, feedback_true=good if right else wrong, feedback_false=wrong if right else good
        )
    if "=" in plain:
        return _short(plain, name, found)
    found.reason = f"Jawaban “{_show(plain)[:60]}” tidak dikenali."
    return None


def _entries(text: str, signs: str) -> list[tuple[str, str]]:
    """Return each answer with the sign that opens it."""
    found = re.findall(rf"([{signs}])([^{signs}]*)", text)
    lead = re.match(rf"\s*([^{signs}\s][^{signs}]*)", text)
    return ([("", lead[1])] if lead else []) + found


def _weighted(text: str) -> tuple[str | None, str, str]:
    """Return weight, answer and feedback of one entry."""
    weight = _WEIGHT.match(text)
    rest = text[weight.end() :] if weight else text
    answer, _, feedback = rest.partition("#")
    return (weight[1].replace(",", ".") if weight else None), answer.strip(), feedback.strip()


def _choice(text: str, name: str, found: Read) -> dict[str, Any] | None:
    many = "=" not in text
    options = []
    for sign, entry in _entries(text, "=~"):
        weight, answer, feedback = _weighted(entry)
        if not sign:
            found.note(f"Teks sebelum pilihan pertama tidak ikut: “{_show(entry).strip()[:40]}”.")
            continue
        options.append(
            {
                "text": _text(answer, name, found),
                "weight": weight or ("100" if sign == "=" else "0"),
                "feedback": _text(feedback, name, found),
            }
        )
    if many and not any(float(option["weight"]) > 0 for option in options):
        found.reason = "Tidak ada pilihan yang benar."
        return None
    return choice_item(found, options, many=many)


def _short(text: str, name: str, found: Read) -> dict[str, Any]:
    accepted = []
    for _sign, entry in _entries(text, "="):
        weight, answer, feedback = _weighted(entry)
        form = _FORMAT.match(answer)
        plain = " ".join(_newlines(_show(answer[form.end() :] if form else answer)).split())
        accepted.append({"text": plain, "percent": weight or "100", "feedback": _text(feedback, name, found)})
    wrong = ""
    if len(accepted) > 1 and accepted[-1]["text"] == "*":
        wrong = accepted.pop()["feedback"]
    item: dict[str, Any] = {"kind": "short_answer", "accepted": accepted, "wrong_feedback": wrong}
    if any("*" in one["text"] for one in accepted):
        item["wildcard"] = True
    return item


def _matching(text: str, name: str, found: Read) -> dict[str, Any]:
    pairs, extra = [], []
    for _sign, entry in _entries(text, "="):
        prompt, arrow, answer = entry.partition("->")
        if not arrow:
            found.note(f"Baris tanpa -> tidak ikut: “{_show(entry).strip()[:40]}”.")
        elif prompt.strip() and not _FORMAT.fullmatch(prompt):
            pairs.append({"prompt": _text(prompt, name, found), "answer": escape_md(" ".join(_show(answer).split()))})
        else:
            extra.append(escape_md(" ".join(_show(answer).split())))
    for code, pair in zip(codes(len(pairs)), pairs, strict=True):
        pair["code"] = code
    return {"kind": "matching", "pairs": pairs, "distractors": extra}


def _numerical(text: str, name: str, found: Read) -> dict[str, Any] | None:
    answers, wrong = [], ""
    entries = _entries(text, "=~") if re.search(r"[=~]", text) else [("=", text)]
    for sign, entry in entries:
        weight, answer, feedback = _weighted(entry)
        if sign == "~" or (not answer and feedback):
            wrong = _text(feedback, name, found)
            continue
        plain = _show(answer).replace(" ", "")
        ends, middle = plain.split(".."), re.split(r":", plain, maxsplit=1)
        value: str | None
        if plain == "*":
            value, width = "*", "0"
        elif len(ends) == 2:
            low, high = figure(ends[0]), figure(ends[1])
            if low is None or high is None:
                value, width = None, "0"
            else:
                value, width = _decimal((low + high) / 2), _decimal(abs(high - low) / 2)
        else:
            value, width = middle[0], middle[1] if len(middle) == 2 and middle[1] else "0"
        if value is None or (value != "*" and figure(value) is None) or figure(width) is None:
            found.reason = f"Angka “{_show(answer)[:40]}” tidak terbaca."
            return None
        answers.append(
            {
                "answer": value,
                "tolerance": width,
                "percent": weight or "100",
                "feedback": _text(feedback, name, found),
            }
        )
    return {"kind": "number", "answers": answers, "wrong_feedback": wrong}


def _decimal(value: Fraction) -> str:
    whole = f"{float(value):.12f}".rstrip("0").rstrip(".")
    return whole or "0"


# Writing ---------------------------------------------------------------------------------------


def _put(text: str) -> str:
    """Return a text with the signs of GIFT escaped; a line break is written as a sign."""
    return re.sub(r"([\\~=#{}:])", r"\\\1", text).replace("\n", "\\n")


def write(items: list[dict[str, Any]]) -> tuple[str, dict[str, str]]:
    """Return items as GIFT, and by code what could not be written and why."""
    out, lost, category = [], {}, ""
    for item in items:
        body = _body(item)
        if body is None:
            lost[item["code"]] = f"GIFT tidak mengenal jenis {item['kind']}."
            continue
        if item.get("category", "") != category:
            category = item.get("category", "")
            out.append(f"$CATEGORY: {category or '$course$'}\n")
        tags = "".join(f" [tag:{tag.replace(']', '')}]" for tag in to_tags(item))
        general = f"####[markdown]{_put(item['explanation'])}" if item.get("explanation") else ""
        head = f"// [id:{item['code']}]{tags}\n::{_put(item['code'])}::[markdown]{_put(item['stem'])}"
        out.append(f"{head}{{{body}{general}\n}}\n")
    return "\n".join(out), lost


def _feedback(text: str) -> str:
    return f"#[markdown]{_put(text)}" if text else ""


def _body(item: dict[str, Any]) -> str | None:  # noqa: PLR0911 -- one form for each kind
    kind = item["kind"]
    if kind == "essay":
        return None if item.get("rubric") or item.get("template") or item.get("marker_notes") else ""
    if kind == "true_false":
        right = item["options"][0]["correct"]
        good, bad = [one["feedback"] for one in item["options"]][:: 1 if right else -1]
        return ("TRUE" if right else "FALSE") + f"#[markdown]{_put(bad)}#[markdown]{_put(good)}"
    if kind in {"single_choice", "multiple_choice"}:
        return _write_choice(item)
    if kind == "short_answer":
        if item.get("case_sensitive") or item.get("typos"):
            return None
        lines = [f"\n={_percent(one)}{_put(one['text'])}{_feedback(one['feedback'])}" for one in item["accepted"]]
        return "".join(lines) + (f"\n=%0%*{_feedback(item['wrong_feedback'])}" if item.get("wrong_feedback") else "")
    if kind == "number":
        if item.get("units") or any(one["tolerance"].endswith("%") for one in item["answers"]):
            return None
        lines = [
            f"\n={_percent(one)}{one['answer']}:{one['tolerance']}".replace(",", ".") + _feedback(one["feedback"])
            for one in item["answers"]
        ]
        return "#" + "".join(lines) + (f"\n~{_feedback(item['wrong_feedback'])}" if item.get("wrong_feedback") else "")
    if kind == "matching":
        if any(one["feedback"] for one in item["pairs"]) or item.get("scoring") == "all":
            return None
        lines = [f"\n=[markdown]{_put(one['prompt'])} -> {_put(unescape_md(one['answer']))}" for one in item["pairs"]]
        return "".join(lines + [f"\n= -> {_put(unescape_md(one))}" for one in item.get("distractors", ())])
    return None


def _percent(one: dict[str, Any]) -> str:
    return f"%{one['percent']}%" if "percent" in one else ""


def _write_choice(item: dict[str, Any]) -> str | None:
    many, options = item["kind"] == "multiple_choice", item["options"]
    if item.get("scoring") == "all":
        return None
    rights = sum(bool(one["correct"]) for one in options)
    lines = []
    for one in options:
        if many:
            even = f"{100 / rights:.5f}" if one["correct"] else f"{-100 / rights:.5f}"
            weight = f"~%{one.get('weight', even)}%"
        elif one["correct"] and one.get("weight", "100") == "100":
            weight = "="
        else:
            weight = f"~%{one['weight']}%" if one.get("weight", "0") != "0" else "~"
        lines.append(f"\n{weight}[markdown]{_put(one['text'])}{_feedback(one['feedback'])}")
    if not many and not any(line.startswith("\n=") for line in lines):
        return None
    return "".join(lines)
