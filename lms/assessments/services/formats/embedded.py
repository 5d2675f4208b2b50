"""Embedded answers (Cloze) of Moodle: `{1:SHORTANSWER:=Makassar~%50%Ujung Pandang#Nama lama}` inside a text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from lms.assessments.services.formats.hypertext import words_of

if TYPE_CHECKING:
    from lms.assessments.services.formats.common import Read

_HEAD = re.compile(
    r"\{(\d*):(SHORTANSWER_C|SHORTANSWER|SAC|SA|MWC|MW|NUMERICAL|NM|MULTICHOICE_[A-Z]+|MULTICHOICE|MC[A-Z]*|"
    r"MULTIRESPONSE_[A-Z]+|MULTIRESPONSE|MR[A-Z]*):"
)
_CASE = {"SHORTANSWER_C", "SAC", "MWC"}


def read_embedded(html: str, found: Read) -> tuple[str, dict[str, Any]] | None:
    """Return the text with `[[1]]` at the gaps, and the gaps with their answers; None with a reason in `found`."""
    gaps: list[dict[str, Any]] = []
    answers: list[dict[str, Any]] = []
    out, place = [], 0
    while head := _HEAD.search(html, place):
        end = _end(html, head.end())
        if end < 0:
            found.reason = f"Isian “{html[head.start() : head.start() + 40]}” belum ditutup."
            return None
        kind = head[2]
        if kind.startswith(("MULTIRESPONSE", "MR")):
            found.reason = "Isian dengan beberapa jawaban sekaligus belum punya bentuk di sini."
            return None
        code = str(len(gaps) + 1)
        name = (
            "number"
            if kind in {"NUMERICAL", "NM"}
            else "choice"
            if kind.startswith("M") and kind[:2] != "MW"
            else "text"
        )
        if re.fullmatch(r"(?:MULTICHOICE_\w*|MC\w*)[HV]\w*", kind):
            found.note("Pilihan yang dijajarkan menjadi daftar di dalam teks.")
        gaps.append({"code": code, "kind": name, "weight": head[1] or "1", "case_sensitive": kind in _CASE})
        answers += _answers(html[head.end() : end], code, name, found)
        out.append(html[place : head.start()] + f"[[{code}]]")
        place = end + 1
    if not gaps:
        found.reason = "Teks tidak memuat isian."
        return None
    if any(gap["weight"] == "0" for gap in gaps):
        found.note("Isian berbobot nol menjadi berbobot satu.")
        for gap in gaps:
            gap["weight"] = "1" if gap["weight"] == "0" else gap["weight"]
    return "".join(out) + html[place:], {"kind": "cloze", "gaps": gaps, "answers": answers}


def _end(text: str, start: int) -> int:
    for place in range(start, len(text)):
        if text[place] == "}" and text[place - 1] != "\\":
            return place
    return -1


def _answers(text: str, code: str, kind: str, found: Read) -> list[dict[str, Any]]:
    made = []
    for part in re.split(r"(?<!\\)~", text):
        if not part.strip():
            continue
        weight, rest = "0", part.strip()
        if marked := re.match(r"%(-?\d{1,3}(?:\.\d+)?)%=?", rest):
            weight, rest = marked[1], rest[marked.end() :]
        elif rest.startswith("="):
            weight, rest = "100", rest[1:]
        answer, *feedback = re.split(r"(?<!\\)#", rest, maxsplit=1)
        width = ""
        if kind == "number" and (cut := re.fullmatch(r"(.*?):([\d.,eE+-]+)\s*", answer)):
            answer, width = cut[1], cut[2]
        row = {
            "gap": code, "text": words_of(_show(answer)), "percent": weight, "tolerance": width,
            "feedback": words_of(_show(feedback[0])) if feedback else "",
        }  # fmt: skip
        if not row["text"]:
            found.note("Jawaban kosong pada isian tidak ikut.")
            continue
        made.append(row)
    # A star that earns nothing only carries the feedback of wrong answers; it stays last and fits anything.
    return [one for one in made if one["text"] != "*" or kind != "choice"]


def _show(text: str) -> str:
    return re.sub(r"\\([\\~=#{}\"/:])", r"\1", text)
