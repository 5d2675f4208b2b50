"""Short answer: a word or a few, with the variants that mean the same, patterns and slips of typing."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar

from lms.assessments.rules.kinds.base import (
    MAX_ROWS,
    N_,
    BadResponse,
    Field,
    Keep,
    Kind,
    Payload,
    Question,
    Rows,
    Verdict,
    percent_fault,
    plain_words,
    register,
    rows_of,
    share,
)
from lms.assessments.rules.kinds.typed import MAX_CHARACTERS, canonical, clean, matches_pattern, nearly

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from random import Random


class ShortAnswer(Kind):
    """A typed word, a few words or a number.

    Rule: the first accepted answer that fits counts. With `wildcard`, `*` in it stands for anything; with
        `typos`, one slip of typing is forgiven from 5 letters on and two from 9 on, but never in a figure.
    """

    name = "short_answer"
    label = N_("Isian singkat")
    form: ClassVar[tuple[Field | Rows | Keep, ...]] = (
        Rows(
            "accepted",
            N_("Jawaban yang diterima"),
            (
                Field("text", N_("Jawaban")),
                Field("percent", N_("Nilai (%)"), "number", hint=N_("Kosong berarti 100.")),
                Field("feedback", N_("Umpan balik")),
            ),
            coded=False,
        ),
        Field("case_sensitive", N_("Huruf besar dan kecil dibedakan"), "tick", usual=False),
        Field("wildcard", N_("Tanda * berarti teks apa pun"), "tick", usual=False),
        Field(
            "typos",
            N_("Salah ketik yang dimaafkan"),
            "select",
            usual=0,
            options=(("0", N_("Tidak ada")), ("1", N_("Satu huruf")), ("2", N_("Dua huruf"))),
        ),
        Field("wrong_feedback", N_("Umpan balik bila salah"), "area"),
    )

    def faults(self, item: Mapping[str, Any]) -> list[str]:
        """Return what is wrong with the accepted answers."""
        accepted = rows_of(item, "accepted")
        if not accepted:
            return [f"`accepted` harus memuat 1 sampai {MAX_ROWS} jawaban"]
        found = []
        if any(not 0 < len(str(one.get("text", "")).strip()) <= MAX_CHARACTERS for one in accepted):
            found.append(f"jawaban yang diterima harus 1 sampai {MAX_CHARACTERS} huruf")
        if any(percent_fault(one.get("percent", 100)) for one in accepted):
            found.append("`percent` harus angka 0 sampai 100")
        elif not any(share(one.get("percent", 100)) > 0 for one in accepted):
            found.append("paling sedikit satu jawaban harus bernilai lebih dari nol")
        if not isinstance(item.get("case_sensitive", False), bool) or not isinstance(item.get("wildcard", False), bool):
            found.append("`case_sensitive` dan `wildcard` harus true atau false")
        if str(item.get("typos", 0)) not in {"0", "1", "2"}:
            found.append("`typos` harus 0, 1, atau 2")
        return found

    def lacks(self, item: Mapping[str, Any]) -> list[str]:
        """Return what feedback lacks."""
        found = []
        if any(not plain_words(one.get("feedback")) for one in rows_of(item, "accepted") or ()):
            found.append("setiap jawaban yang diterima memerlukan `feedback`")
        if not plain_words(item.get("wrong_feedback")):
            found.append("`wrong_feedback` belum diisi")
        return found

    def body(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """Return accepted answers and feedback."""
        accepted = []
        for one in item["accepted"]:
            kept = {"text": one["text"].strip(), "feedback": plain_words(one.get("feedback"))}
            if share(one.get("percent", 100)) != 1:
                kept["percent"] = str(one["percent"]).strip()
            accepted.append(kept)
        body = {
            "accepted": accepted,
            "wrong_feedback": plain_words(item.get("wrong_feedback")),
            "case_sensitive": item.get("case_sensitive", False),
        }
        if item.get("wildcard"):
            body["wildcard"] = True
        if int(item.get("typos", 0)):
            body["typos"] = int(item["typos"])
        return body

    def question(self, body: Mapping[str, Any], order: Sequence[str]) -> Question:
        """Return a text control."""
        del order
        hint = N_("Tulis jawaban singkat. Huruf besar, spasi, dan tanda baca tidak dinilai.")
        if body.get("case_sensitive"):
            hint = N_("Tulis jawaban singkat. Huruf besar dan kecil dibedakan.")
        return Question("text", hint=hint)

    def read(self, body: Mapping[str, Any], codes: Sequence[str], text: str) -> Payload | None:
        """Return the text without needless spaces; what was typed is kept as it was otherwise."""
        del body
        plain = clean(text)
        if codes or len(plain) > MAX_CHARACTERS:
            raise BadResponse
        return {"text": plain} if plain else None

    def _match(self, body: Mapping[str, Any], payload: Payload | None) -> dict[str, Any] | None:
        given = (payload or {}).get("text", "")
        strict = bool(body.get("case_sensitive"))
        wanted = canonical(given, case_sensitive=strict)
        if not wanted:
            return None
        for one in body["accepted"]:
            fits = canonical(one["text"], case_sensitive=strict) == wanted
            if fits or (body.get("wildcard") and matches_pattern(one["text"], given, case_sensitive=strict)):
                return dict(one)
        return next(
            (
                dict(one)
                for one in body["accepted"]
                if nearly(one["text"], given, typos=body.get("typos", 0), case_sensitive=strict)
            ),
            None,
        )

    def mark(self, body: Mapping[str, Any], payload: Payload | None, order: Sequence[str] = ()) -> Fraction:
        """Return what the fitting answer is worth, 0 when none fits."""
        del order
        found = self._match(body, payload)
        return Fraction(0) if found is None else share(found.get("percent", 100))

    def review(self, body: Mapping[str, Any], payload: Payload | None, order: Sequence[str]) -> list[Verdict]:
        """Return what was typed with its feedback, and the right answer when it was not given."""
        del order
        found = self._match(body, payload)
        given = (payload or {}).get("text", "")
        if found is not None and share(found.get("percent", 100)) == 1:
            return [Verdict(given, "", chosen=True, correct=True, feedback=found["feedback"], plain=True)]
        best = self._best(body)
        wrong = found["feedback"] if found is not None else body["wrong_feedback"]
        verdicts = [Verdict(given, "", chosen=True, correct=False, feedback=wrong, plain=True)] if given else []
        return [
            *verdicts,
            Verdict(best["text"], "", chosen=False, correct=True, feedback=best["feedback"], plain=True),
        ]

    def _best(self, body: Mapping[str, Any]) -> dict[str, Any]:
        best: dict[str, Any] = max(body["accepted"], key=lambda one: share(one.get("percent", 100)))
        return best

    def right(self, body: Mapping[str, Any], order: Sequence[str] = ()) -> Payload | None:
        """Return the best answer; the wildcard of a pattern is left out."""
        del order
        text = self._best(body)["text"]
        return (
            {"text": clean(text.replace("\\*", "\0").replace("*", " ").replace("\0", "*")) or "x"}
            if body.get("wildcard")
            else {"text": clean(text)}
        )

    def wrong(self, body: Mapping[str, Any], random: Random, order: Sequence[str] = ()) -> Payload | None:
        """Return what a person types who does not know."""
        del body, random, order
        return {"text": "tidak tahu"}


register(ShortAnswer())
