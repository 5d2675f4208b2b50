"""Spreadsheets: one row is one question; the template that the pages hand out, and CSV alike."""

from __future__ import annotations

import re
from typing import Any

from lms.assessments.rules import kind_names
from lms.assessments.services.formats.common import Document, Read, codes, finish, true_false_item
from lms.assessments.services.formats.hypertext import escape_md, unescape_md
from lms.core.sheets import Sheet, Table, read_table, write_xlsx

COLUMNS = (
    "Kode",
    "Jenis",
    "Pertanyaan",
    "Pilihan",
    "Kunci",
    "Umpan balik",
    "Pembahasan",
    "Kompetensi",
    "Level",
    "Kesulitan",
    "Rujukan",
    "Tag",
    "Kategori",
)
_KINDS = {
    "satu jawaban": "single_choice",
    "pilihan ganda": "single_choice",
    "single choice": "single_choice",
    "pg": "single_choice",
    "beberapa jawaban": "multiple_choice",
    "pilihan ganda kompleks": "multiple_choice",
    "multiple choice": "multiple_choice",
    "benar atau salah": "true_false",
    "benar-salah": "true_false",
    "benar salah": "true_false",
    "bs": "true_false",
    "isian singkat": "short_answer",
    "isian": "short_answer",
    "angka": "number",
    "menjodohkan": "matching",
    "mengurutkan": "ordering",
    "uraian": "essay",
    "esai": "essay",
}
_SAME = {
    "soal": "Pertanyaan",
    "stem": "Pertanyaan",
    "kunci jawaban": "Kunci",
    "jawaban": "Kunci",
    "jawaban benar": "Kunci",
    "penjelasan": "Pembahasan",
    "tingkat kesulitan": "Kesulitan",
    "tags": "Tag",
    "opsi": "Pilihan",
    "nomor": "Kode",
    "no": "Kode",
}


def read(data: bytes) -> Document:
    """Return the questions of a spreadsheet.

    Raises: Invalid: no spreadsheet.
    """
    table = read_table(data, "soal", expect=COLUMNS)
    document = Document("tabel")
    places = _places(table, document)
    if "Pertanyaan" not in places.values():
        document.note("Kolom Pertanyaan tidak ada.")
    for row in table.rows:
        values: dict[str, str] = {}
        options: list[tuple[str, str]] = []
        for index, cell in enumerate(row.cells):
            name, text = places.get(index, ""), _cell(cell)
            if re.fullmatch(r"[A-J]", name):
                if text:
                    options.append((name, text))
            elif name and text:
                values[name] = text
        document.reads.append(_row(row.number, values, options))
    return document


def _cell(cell: object) -> str:
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else str(cell).replace(".", ",")
    return "" if cell is None else str(cell).strip()


def _places(table: Table, document: Document) -> dict[int, str]:
    found = {}
    known = {name.casefold(): name for name in COLUMNS} | _SAME
    for index, title in enumerate(table.header):
        plain = " ".join(title.split())
        letter = re.fullmatch(r"(?:pilihan|opsi)?\s*([A-Ja-j])", plain, re.IGNORECASE)
        if plain.casefold() in known:
            found[index] = known[plain.casefold()]
        elif letter:
            found[index] = letter[1].upper()
        elif plain:
            document.note(f"Kolom “{plain[:40]}” tidak dikenal dan tidak ikut.")
    return found


def _options(text: str) -> list[tuple[str, str]]:
    parts = [one.strip() for one in re.split(r"\s*\n\s*|\s+\|\s+", text) if one.strip()]
    made = []
    for number, part in enumerate(parts):
        letter = re.match(r"([A-Za-z])\s*[.)]\s+", part)
        made.append((letter[1].upper() if letter else chr(65 + number), part[letter.end() :] if letter else part))
    return made


def _row(number: int, values: dict[str, str], options: list[tuple[str, str]]) -> Read:
    stem = values.get("Pertanyaan", "")
    found = Read(f"baris {number}", name=values.get("Kode") or stem[:60])
    options = options or _options(values.get("Pilihan", ""))
    key = values.get("Kunci", "")
    kind = values.get("Jenis", "").casefold()
    kind = kind if kind in kind_names() else _KINDS.get(kind, "" if not kind else "?")
    if kind == "?":
        found.reason = f"Jenis “{values['Jenis'][:40]}” tidak dikenal dalam tabel."
        return found
    letters = [one.upper() for one in re.findall(r"\b[A-Za-z]\b", key)]
    if not kind:
        kind = _guess(options, key, letters)
    item = _item(kind, options, key, letters, values, found)
    if item is None:
        return finish(found, None)
    more: dict[str, Any] = {
        "code": re.sub(r"[^0-9A-Za-z._-]+", "-", values.get("Kode", ""))[:60].strip("-"),
        "stem": escape_md(stem),
        "explanation": escape_md(values.get("Pembahasan", "")),
        "reference": values.get("Rujukan", "")[:300],
        "competency": values.get("Kompetensi", ""),
        "category": values.get("Kategori", ""),
        "difficulty": values.get("Kesulitan", "").lower(),
        "tags": [one.strip()[:60] for one in values.get("Tag", "").split(",") if one.strip()],
    }
    level = values.get("Level", "")
    if level.isdigit() and 1 <= int(level) <= 5:
        more["level"] = int(level)
    elif level:
        found.note(f"Level “{level[:20]}” tidak dikenal.")
    return finish(found, {name: value for name, value in more.items() if value} | item)


def _guess(options: list[tuple[str, str]], key: str, letters: list[str]) -> str:
    if options:
        return "multiple_choice" if len(letters) > 1 else "single_choice"
    if key.casefold() in {"benar", "salah", "true", "false"}:
        return "true_false"
    return "short_answer" if key else "essay"


def _item(  # noqa: PLR0911, PLR0917 -- one form for each kind
    kind: str, options: list[tuple[str, str]], key: str, letters: list[str], values: dict[str, str], found: Read
) -> dict[str, Any] | None:
    feedback = dict(_options(values.get("Umpan balik", "")))
    if kind in {"single_choice", "multiple_choice"}:
        known = [letter for letter, _text in options]
        if not letters or not set(letters) <= set(known):
            found.reason = "Kunci tidak cocok dengan pilihan."
            return None
        made = [
            {
                "code": code,
                "text": escape_md(text),
                "correct": letter in letters,
                "feedback": escape_md(feedback.get(letter, "")),
            }
            for code, (letter, text) in zip(codes(len(options)), options, strict=True)
        ]
        return {"kind": kind, "options": made} | ({"scoring": "partial"} if kind == "multiple_choice" else {})
    if kind == "true_false":
        return true_false_item(right=key.casefold() in {"benar", "true", "b"}) if key else None
    if kind == "short_answer":
        texts = [one.strip() for one in re.split(r"\s*[;|]\s*|\n", key) if one.strip()]
        return {"kind": kind, "accepted": [{"text": one, "feedback": ""} for one in texts]}
    if kind == "number":
        value, _, width = key.partition("±")
        return {"kind": kind, "answers": [{"answer": value.strip(), "tolerance": width.strip() or "0"}]}
    if kind == "matching":
        pairs = [one.partition("->") for one in re.split(r"\n|\s+\|\s+", key) if "->" in one]
        return {
            "kind": kind,
            "pairs": [
                {"code": code, "prompt": escape_md(a.strip()), "answer": escape_md(b.strip())}
                for code, (a, _sign, b) in zip(codes(len(pairs)), pairs, strict=True)
            ],
        }
    if kind == "ordering":
        steps = [text for _letter, text in _options(key)]
        return {
            "kind": kind,
            "elements": [{"code": c, "text": escape_md(t)} for c, t in zip(codes(len(steps)), steps, strict=True)],
        }
    if kind == "essay":
        return {"kind": kind}
    found.reason = f"Jenis {kind} tidak dapat ditulis dalam satu baris tabel."
    return None


def write(items: list[dict[str, Any]]) -> tuple[bytes, dict[str, str]]:
    """Return items as a spreadsheet that `read` takes, and by code what a row cannot hold."""
    rows, lost = [], {}
    for item in items:
        cells = _cells(item)
        if cells is None:
            lost[item["code"]] = f"Tabel tidak memuat jenis {item['kind']} dengan pengaturan ini."
            continue
        rows.append(
            (
                item["code"],
                item["kind"],
                unescape_md(item["stem"]),
                *cells,
                unescape_md(item.get("explanation", "")),
                item.get("competency", ""),
                item.get("level"),
                item.get("difficulty", "sedang"),
                item.get("reference", ""),
                ", ".join(item.get("tags", ())),
                item.get("category", ""),
            )
        )
    widths = (14, 16, 60, 50, 30, 50, 50, 14, 7, 10, 30, 20, 20)
    return write_xlsx([Sheet("Soal", COLUMNS, rows, widths=widths)]), lost


def _cells(item: dict[str, Any]) -> tuple[str, str, str] | None:
    kind = item["kind"]
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    if kind in {"single_choice", "multiple_choice"}:
        options = item["options"]
        if any("weight" in one for one in options) or item.get("scoring", "partial") != "partial":
            return None
        return (
            "\n".join(f"{letters[n]}. {unescape_md(one['text'])}" for n, one in enumerate(options)),
            ", ".join(letters[n] for n, one in enumerate(options) if one["correct"]),
            "\n".join(
                f"{letters[n]}. {unescape_md(one['feedback'])}" for n, one in enumerate(options) if one["feedback"]
            ),
        )
    if kind == "true_false" and not any(one["feedback"] for one in item["options"]):
        return "", "Benar" if item["options"][0]["correct"] else "Salah", ""
    if kind == "short_answer" and not any(
        item.get(name) for name in ("case_sensitive", "wildcard", "typos", "wrong_feedback")
    ):
        if any(one["feedback"] or "percent" in one for one in item["accepted"]):
            return None
        return "", "; ".join(one["text"] for one in item["accepted"]), ""
    return None
