"""Aiken, and questions as people paste them from a letter or a book."""

from __future__ import annotations

import re
from typing import Any

from lms.assessments.services.formats.common import Document, Read, codes, finish, true_false_item
from lms.assessments.services.formats.hypertext import escape_md, unescape_md

_OPTION = re.compile(r"\s*(\*?)\s*([A-Za-z])\s*[.)]\s*(\*?)\s*(.*\S)\s*")
_AIKEN_OPTION = re.compile(r"([A-Z])[.)]\s+(.*\S)\s*")
_AIKEN_ANSWER = re.compile(r"ANSWER:\s*(.*?)\s*", re.IGNORECASE)
_NUMBER = re.compile(r"\s*(?:soal\s+)?(\d{1,4})\s*[.)]\s*(.*\S)?\s*", re.IGNORECASE)
_KEY = re.compile(r"\s*(?:kunci(?:\s+jawaban)?|jawaban|jawab|answer)\s*[:=]\s*(.*\S)\s*", re.IGNORECASE)
_WHY = re.compile(r"\s*(?:pembahasan|penjelasan|alasan|explanation)\s*[:=]\s*(.*\S)\s*", re.IGNORECASE)
_MORE = re.compile(r"\s*(kompetensi|level|kesulitan|tag|rujukan|kode)\s*[:=]\s*(.*\S)\s*", re.IGNORECASE)
_KEYS = re.compile(r"\s*(?:daftar\s+)?kunci(?:\s+jawaban)?\s*[:=]?\s*", re.IGNORECASE)


def looks_like_aiken(text: str) -> bool:
    """Return whether a text has lettered options and ANSWER lines."""
    return bool(re.search(r"(?m)^ANSWER:\s*[A-Z]", text) and re.search(r"(?m)^[A-Z][.)]\s+\S", text))


def _lines(text: str) -> list[str]:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _choice(found: Read, stem: list[str], options: list[tuple[str, str]], rights: set[str]) -> dict[str, Any] | None:
    letters = [letter for letter, _text in options]
    if not rights or not rights <= set(letters):
        found.reason = "Kunci jawaban tidak ada atau tidak cocok dengan pilihan."
        return None
    if len(options) < 2:
        found.reason = "Pilihan jawaban kurang dari dua."
        return None
    if len(set(letters)) < len(letters):
        found.reason = "Ada huruf pilihan yang dipakai dua kali."
        return None
    made = [
        {"code": code, "text": escape_md(text), "correct": letter in rights, "feedback": ""}
        for code, (letter, text) in zip(codes(len(options)), options, strict=True)
    ]
    words = escape_md("\n".join(stem).strip()).replace("\n", "  \n")
    if len(rights) == 1:
        return {"kind": "single_choice", "stem": words, "options": made}
    return {"kind": "multiple_choice", "stem": words, "options": made, "scoring": "partial"}


def read_aiken(text: str) -> Document:
    """Return the questions of an Aiken text: stem, lettered options, ANSWER."""
    document = Document("aiken")
    stem: list[str] = []
    options: list[tuple[str, str]] = []
    start = 0
    for number, line in enumerate(_lines(text), 1):
        option, answer = _AIKEN_OPTION.fullmatch(line.strip()), _AIKEN_ANSWER.fullmatch(line.strip())
        if answer and (stem or options):
            found = Read(f"baris {start}", name=stem[0][:60] if stem else "")
            letters = {one for one in re.split(r"[\s,;]+", answer[1].upper()) if one}
            if len(letters) > 1:
                found.note("Beberapa kunci: soal menjadi pilihan dengan beberapa jawaban.")
            document.reads.append(finish(found, _choice(found, stem, options, letters)))
            stem, options = [], []
        elif option and stem:
            options.append((option[1], option[2]))
        elif line.strip():
            if options:
                found = Read(f"baris {start}", name=stem[0][:60], reason="Baris ANSWER tidak ada sesudah pilihan.")
                document.reads.append(found)
                stem, options = [], []
            if not stem:
                start = number
            stem.append(line.strip())
    if stem or options:
        document.reads.append(Read(f"baris {start}", name=(stem or [""])[0][:60], reason="Baris ANSWER tidak ada."))
    return document


def write_aiken(items: list[dict[str, Any]]) -> tuple[str, dict[str, str]]:
    """Return items as Aiken, and by code what it cannot carry."""
    out, lost = [], {}
    for item in items:
        options = item.get("options", [])
        if item["kind"] not in {"single_choice", "true_false"} or any("weight" in one for one in options):
            lost[item["code"]] = f"Aiken tidak mengenal jenis {item['kind']} atau bobot pilihan."
            continue
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
        lines = [" ".join(unescape_md(item["stem"]).split())]
        lines += [f"{letters[n]}) {unescape_md(one['text'])}" for n, one in enumerate(options)]
        lines.append(f"ANSWER: {letters[next(n for n, one in enumerate(options) if one['correct'])]}")
        out.append("\n".join(lines) + "\n")
    return "\n".join(out), lost


def read_pasted(text: str) -> Document:
    """Return the questions of a pasted text.

    Rule: a number opens a question; lettered lines are its options; a star, or a line *Kunci:*, tells the right
        ones; *Pembahasan:* explains. `Benar` or `Salah` as key makes a true-or-false item, other words a short
        answer. A list of keys at the end (`1. B`) serves questions without a key of their own.
    """
    document = Document("teks")
    lines = _lines(text)
    keys, lines = _key_list(lines)
    blocks: list[tuple[str, int, list[str]]] = []
    for place, line in enumerate(lines, 1):
        number = _NUMBER.fullmatch(line)
        if number and number[2]:
            blocks.append((number[1], place, [number[2]]))
        elif number:
            blocks.append((number[1], place, []))
        elif line.strip():
            if not blocks:
                blocks.append(("", place, []))
            blocks[-1][2].append(line)
    for number_text, place, held in blocks:
        document.reads.append(_pasted(number_text, place, held, keys))
    return document


def _key_list(lines: list[str]) -> tuple[dict[str, str], list[str]]:
    """Return the list of keys at the end, and the lines before it."""
    for place in range(len(lines) - 1, -1, -1):
        if _KEYS.fullmatch(lines[place]):
            found = dict(
                re.findall(r"(\d{1,4})\s*[.):=-]?\s*([A-Za-z](?:\s*,\s*[A-Za-z])*)\b", "\n".join(lines[place + 1 :]))
            )
            if found:
                return found, lines[:place]
    return {}, lines


def _pasted(  # noqa: C901, PLR0912 -- one branch for each kind of line
    number: str, place: int, held: list[str], keys: dict[str, str]
) -> Read:
    found = Read(f"soal {number}" if number else f"baris {place}")
    stem: list[str] = []
    options: list[tuple[str, str]] = []
    rights: set[str] = set()
    key, more = keys.get(number, ""), dict[str, Any]()
    for line in held:
        option = _OPTION.fullmatch(line)
        if told := _KEY.fullmatch(line):
            key = told[1]
        elif told := _WHY.fullmatch(line):
            more["explanation"] = escape_md(told[1])
        elif told := _MORE.fullmatch(line):
            _extra(more, told[1].lower(), told[2], found)
        elif option and stem:
            options.append((option[2].upper(), option[4]))
            if option[1] or option[3]:
                rights.add(option[2].upper())
        elif "explanation" in more:
            more["explanation"] += " " + escape_md(line.strip())
        elif options:
            options[-1] = (options[-1][0], f"{options[-1][1]} {line.strip()}")
        else:
            stem.append(line.strip())
    found.name = stem[0][:60] if stem else ""
    words = escape_md("\n".join(stem).strip()).replace("\n", "  \n")
    if options:
        letters = {one.upper() for one in re.findall(r"\b[A-Za-z]\b", key)} | rights
        item = _choice(found, stem, options, letters)
    elif key.strip().rstrip(".").casefold() in {"benar", "salah", "b", "s", "true", "false"}:
        right = key.strip().casefold().startswith(("b", "t"))
        item = true_false_item(right=right) | {"stem": words}
    elif key.strip():
        accepted = [
            {"text": one.strip(), "feedback": ""} for one in re.split(r"\s*(?:/|;|\batau\b)\s*", key) if one.strip()
        ]
        item = {"kind": "short_answer", "stem": words, "accepted": accepted, "wrong_feedback": ""}
    else:
        found.reason = "Tidak ada pilihan dan tidak ada kunci."
        item = None
    return finish(found, item | more if item is not None else None)


def _extra(more: dict[str, Any], name: str, value: str, found: Read) -> None:
    if name == "level":
        if value.strip().isdigit() and 1 <= int(value) <= 5:
            more["level"] = int(value)
        else:
            found.note(f"Level “{value[:20]}” tidak dikenal.")
    elif name == "tag":
        more["tags"] = [one.strip()[:60] for one in value.split(",") if one.strip()]
    else:
        key = {"kompetensi": "competency", "kesulitan": "difficulty", "rujukan": "reference", "kode": "code"}[name]
        more[key] = value.strip().lower() if key == "difficulty" else value.strip()
