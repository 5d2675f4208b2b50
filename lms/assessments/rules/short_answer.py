"""Short answer: a word or a number, with the variants that mean the same."""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from lms.assessments.rules.kinds import BadResponse, Payload, Question, Verdict, register

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from random import Random

MAX_CHARACTERS = 200
_UNSEEN = re.compile("[\x00-\x1f\x7f\u200b\u202a-\u202e\u2066-\u2069\ufeff]+")


def canonical(text: str, *, case_sensitive: bool = False) -> str:
    """Return the form in which answers are compared.

    Capitals, spaces, accents and punctuation do not count, save where they part two digits:
    `e-KTP` is `ektp`, but `1,5` (the same as `1.5`) is not `15`, and `1 2` is not `12`. A sign
    before a number counts.
    """
    plain = unicodedata.normalize("NFKD", _UNSEEN.sub(" ", text))
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign)).strip()
    plain = plain if case_sensitive else plain.casefold()
    kept: list[str] = []
    for run in re.finditer(r"[^\W_]+|[\W_]+", plain):
        part = run.group()
        if part[0].isalnum():
            kept.append(part)
            continue
        before = plain[run.start() - 1] if run.start() else ""
        after = plain[run.end()] if run.end() < len(plain) else ""
        if before.isdigit() and after.isdigit():
            squeezed = "".join(part.split()) or " "
            kept.append("." if squeezed == "," else squeezed)
        elif after.isdigit() and not before.isalnum() and part.strip()[-1:] in {"-", "−"}:
            kept.append("-")
    # A lone accent or sign is all that its author wrote, so it is compared as it stands.
    return "".join(kept) or plain or text.strip()


class ShortAnswer:
    """A typed word, a few words or a number."""

    name = "short_answer"
    shuffles = False

    def faults(self, item: Mapping[str, Any]) -> list[str]:
        """Return what is wrong with the accepted answers."""
        accepted = item.get("accepted")
        if not isinstance(accepted, list) or not accepted or not all(isinstance(one, dict) for one in accepted):
            return ["`accepted` harus memuat paling sedikit satu jawaban"]
        found = []
        if any(not 0 < len(str(one.get("text", "")).strip()) <= MAX_CHARACTERS for one in accepted):
            found.append(f"jawaban yang diterima harus 1 sampai {MAX_CHARACTERS} huruf")
        if any(not str(one.get("feedback", "")).strip() for one in accepted):
            found.append("setiap jawaban yang diterima memerlukan `feedback`")
        if not str(item.get("wrong_feedback", "")).strip():
            found.append("`wrong_feedback` belum diisi")
        if not isinstance(item.get("case_sensitive", False), bool):
            found.append("`case_sensitive` harus true atau false")
        return found

    def body(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """Return accepted answers and feedback."""
        return {
            "accepted": [
                {"text": one["text"].strip(), "feedback": one["feedback"].strip()} for one in item["accepted"]
            ],
            "wrong_feedback": item["wrong_feedback"].strip(),
            "case_sensitive": item.get("case_sensitive", False),
        }

    def order(self, body: Mapping[str, Any], random: Random) -> list[str]:
        """Return nothing: there are no options."""
        del body, random
        return []

    def question(self, body: Mapping[str, Any], order: Sequence[str]) -> Question:
        """Return a text control."""
        del body, order
        return Question("text")

    def read(self, body: Mapping[str, Any], codes: Sequence[str], text: str) -> Payload | None:
        """Return the text without needless spaces; what was typed is kept as it was otherwise."""
        del body
        clean = " ".join(_UNSEEN.sub(" ", text).split())
        if codes or len(clean) > MAX_CHARACTERS:
            raise BadResponse
        return {"text": clean} if clean else None

    def _match(self, body: Mapping[str, Any], payload: Payload | None) -> dict[str, Any] | None:
        given = (payload or {}).get("text", "")
        strict = bool(body.get("case_sensitive"))
        wanted = canonical(given, case_sensitive=strict)
        return next(
            (one for one in body["accepted"] if wanted and canonical(one["text"], case_sensitive=strict) == wanted),
            None,
        )

    def mark(self, body: Mapping[str, Any], payload: Payload | None) -> Fraction:
        """Return 1 for an accepted answer, else 0."""
        return Fraction(int(self._match(body, payload) is not None))

    def review(self, body: Mapping[str, Any], payload: Payload | None, order: Sequence[str]) -> list[Verdict]:
        """Return what was typed with its feedback, and the right answer when it was not given."""
        del order
        found = self._match(body, payload)
        given = (payload or {}).get("text", "")
        if found is not None:
            return [Verdict(given, "", chosen=True, correct=True, feedback=found["feedback"])]
        right = body["accepted"][0]
        verdicts = [Verdict(given, "", chosen=True, correct=False, feedback=body["wrong_feedback"])] if given else []
        return [*verdicts, Verdict(right["text"], "", chosen=False, correct=True, feedback=right["feedback"])]


register(ShortAnswer())
