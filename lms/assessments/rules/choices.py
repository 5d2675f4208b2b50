"""What the kinds with options share: checks of the file, order, letters, review."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lms.assessments.rules.kinds import BadResponse, Choice, Payload, Question, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from random import Random

MAX_OPTIONS = 10
_LETTERS = "ABCDEFGHIJ"


def correct_codes(body: Mapping[str, Any]) -> frozenset[str]:
    """Return the codes of the right options."""
    return frozenset(option["code"] for option in body["options"] if option["correct"])


def chosen_codes(payload: Payload | None) -> frozenset[str]:
    """Return the codes of a response; none for an empty one."""
    return frozenset((payload or {}).get("options", ()))


class OptionKind:
    """Base of the kinds with options; the modules beside this say how many are right and how they count."""

    name = ""
    shuffles = True
    control = "radio"
    hint = ""
    least_options = 2
    with_letters = True

    def faults(self, item: Mapping[str, Any]) -> list[str]:
        """Return what is wrong with the options of a bank file's item."""
        options = item.get("options")
        if not isinstance(options, list) or not all(isinstance(option, dict) for option in options):
            return ["`options` harus berupa daftar pilihan"]
        found = []
        if not self.least_options <= len(options) <= MAX_OPTIONS:
            found.append(f"jumlah pilihan harus {self.least_options} sampai {MAX_OPTIONS}, bukan {len(options)}")
        codes = [option.get("code") for option in options]
        if any(not isinstance(code, str) or not code or len(code) > 10 for code in codes):
            found.append("setiap pilihan memerlukan `code` 1 sampai 10 huruf")
        elif len(set(codes)) < len(codes):
            found.append("kode pilihan ada yang sama")
        texts = [str(option.get("text", "")).strip() for option in options]
        if not all(texts):
            found.append("ada pilihan tanpa `text`")
        elif len({text.casefold() for text in texts}) < len(texts):
            found.append("ada dua pilihan yang bunyinya sama")
        if any(not isinstance(option.get("correct"), bool) for option in options):
            found.append("setiap pilihan memerlukan `correct` true atau false")
        else:
            found += self._count_faults(sum(bool(option["correct"]) for option in options))
        if any(not str(option.get("feedback", "")).strip() for option in options):
            found.append("setiap pilihan memerlukan `feedback`")
        return found

    def _count_faults(self, correct: int) -> list[str]:
        return [] if correct == 1 else [f"harus tepat satu pilihan yang benar, bukan {correct}"]

    def body(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """Return the options with key and feedback."""
        return {
            "options": [
                {
                    "code": option["code"], "text": option["text"].strip(), "correct": option["correct"],
                    "feedback": option["feedback"].strip(),
                }
                for option in item["options"]
            ]
        }  # fmt: skip

    def order(self, body: Mapping[str, Any], random: Random) -> list[str]:
        """Return the codes, shuffled where the kind allows it."""
        codes = [option["code"] for option in body["options"]]
        if self.shuffles:
            random.shuffle(codes)
        return codes

    def _in_order(self, body: Mapping[str, Any], order: Sequence[str]) -> list[dict[str, Any]]:
        by_code = {option["code"]: option for option in body["options"]}
        known = [code for code in order if code in by_code]
        return [by_code[code] for code in (known if len(known) == len(by_code) else by_code)]

    def question(self, body: Mapping[str, Any], order: Sequence[str]) -> Question:
        """Return the options in the order of the attempt, without key and feedback."""
        return Question(
            self.control,
            tuple(
                Choice(option["code"], _LETTERS[index] if self.with_letters else "", option["text"])
                for index, option in enumerate(self._in_order(body, order))
            ),
            self.hint,
        )

    def read(self, body: Mapping[str, Any], codes: Sequence[str], text: str) -> Payload | None:
        """Return the chosen codes in the order of the item."""
        wanted = set(codes)
        if text or not wanted <= {option["code"] for option in body["options"]}:
            raise BadResponse
        if self.control == "radio" and len(wanted) > 1:
            raise BadResponse
        return {"options": [o["code"] for o in body["options"] if o["code"] in wanted]} if wanted else None

    def review(self, body: Mapping[str, Any], payload: Payload | None, order: Sequence[str]) -> list[Verdict]:
        """Return every option with its feedback."""
        chosen = chosen_codes(payload)
        return [
            Verdict(
                option["text"], _LETTERS[index] if self.with_letters else "", option["code"] in chosen,
                option["correct"], option["feedback"],
            )
            for index, option in enumerate(self._in_order(body, order))
        ]  # fmt: skip
