"""The courses that come with the product keep the measure of the house: length, plain sentences, fair banks."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from statistics import mean

import pytest

import lms

CONTENT = Path(lms.__file__).parent / "content"
NAMES = sorted(path.parent.name for path in CONTENT.glob("*/course.json"))
MIN_WORDS, MAX_SENTENCE, MEAN_SENTENCE = 600, 20, 12
VERDICT = re.compile(r"^(benar|salah|tepat|keliru)\b[^\w]*$", re.IGNORECASE)
# Where the kinds of items keep what may be answered, each with its feedback.
PARTS = ("options", "accepted", "answers", "elements", "pairs", "formulas")
EVASION = re.compile(r"semua (jawaban )?(benar|salah)|tidak ada yang benar", re.IGNORECASE)


def read(name, file):
    return json.loads((CONTENT / name / file).read_text(encoding="utf-8"))


def lessons_of(name):
    files = [lesson["file"] for module in read(name, "course.json")["modules"] for lesson in module["lessons"]]
    return {file: (CONTENT / name / file).read_text(encoding="utf-8") for file in files}


def sentences(text):
    """Return the running sentences of a text: no figures, tables, headings or marks."""
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    lines = [re.sub(r"^>\s?", "", line) for line in text.split("\n")]
    lines = [re.sub(r"^(\d+\.|-)\s+|\*\*", "", line) for line in lines if not line.startswith(("|", "#"))]
    running = re.sub(r"(Rp\d+|\d)\.(\d)", r"\1\2", "\n".join(lines))
    return [one for one in re.split(r"[.!?:][\"”]?\s+|\n+", running) if one.split()]


@pytest.mark.parametrize("name", NAMES)
def test_lessons_are_long_enough_plain_and_end_with_a_task(name):
    texts = lessons_of(name)
    assert len(texts) >= 8
    lengths = []
    for file, text in texts.items():
        assert not text.startswith("#"), file
        assert "<" not in text, file
        assert len(re.findall(r"\w+", text)) >= MIN_WORDS, file
        assert "**Contoh dari kelurahan.**" in text, file
        assert "**Coba sendiri.**" in text.split("**Ingat.**")[-1], file
        for one in sentences(text):
            lengths.append(len(one.split()))
            assert lengths[-1] <= MAX_SENTENCE, f"{file}: {one}"
    assert mean(lengths) <= MEAN_SENTENCE
    assert len(list((CONTENT / name / "lessons").glob("*.md"))) == len(texts), "a lesson file that no module lists"


@pytest.mark.parametrize("name", NAMES)
def test_every_lesson_is_asked_about_and_every_option_explains(name):
    course, bank = read(name, "course.json"), read(name, "bank.json")["items"]
    lessons = {lesson["code"] for module in course["modules"] for lesson in module["lessons"]}
    assert len(bank) >= 30
    assert {item["lesson"] for item in bank} == lessons
    assert {item["competency"] for item in bank} == {outcome["competency"] for outcome in course["outcomes"]}
    assert len({item["stem"] for item in bank}) == len(bank)
    for item in bank:
        answers = [one for part in PARTS for one in item.get(part, [])]
        told = [item["explanation"], *(one["feedback"] for one in answers)]
        told += [item["wrong_feedback"]] if "wrong_feedback" in item else []
        for text in told:
            assert len(text.split()) >= 4, f"{item['code']}: {text}"
            assert not VERDICT.match(text), f"{item['code']}: {text}"
        for text in [item["stem"], *told]:
            assert all(len(one.split()) <= MAX_SENTENCE for one in sentences(text)), f"{item['code']}: {text}"
        assert not any(EVASION.search(one.get("text", "")) for one in answers), item["code"]


@pytest.mark.parametrize("name", NAMES)
def test_the_right_option_shows_neither_by_its_place_nor_by_its_length(name):
    single = [item for item in read(name, "bank.json")["items"] if item["kind"] == "single_choice"]
    places, longest, shortest = Counter(), 0, 0
    for item in single:
        sizes = [len(option["text"]) for option in item["options"]]
        [place] = [index for index, option in enumerate(item["options"]) if option["correct"]]
        places[place] += 1
        longest += sizes[place] > max(sizes[:place] + sizes[place + 1 :])
        shortest += sizes[place] < min(sizes[:place] + sizes[place + 1 :])
    assert len(places) == 4
    assert max(places.values()) <= 0.4 * len(single)
    assert max(longest, shortest) <= 0.5 * len(single), "a guess by length would pass too often"
