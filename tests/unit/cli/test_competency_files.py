"""The competency dictionary and the standards that come with the product."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

import lms
from lms.cli.demo import build_region

FOLDER = Path(lms.__file__).parent / "content" / "kompetensi"
OFFICIAL = Path(__file__).parents[2] / "data" / "kompetensi_skj_45.json"
GENERIC = [*(f"M.{number}" for number in range(1, 9)), "SK.1"]
TECHNICAL = [f"T.{number:02}" for number in range(1, 12)]
LEVEL_NAMES = ["Paham / dalam pengembangan", "Dasar", "Menengah", "Mumpuni", "Ahli"]
KINDS = {"jpt_pratama": 4, "administrator": 3, "pengawas": 2, "pelaksana": 1}


def read(name: str) -> dict:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def dictionary() -> dict:
    return read("kamus.json")


@pytest.fixture(scope="module")
def standards() -> list[dict]:
    return read("standar.json")["standards"]


def sentences(text: str) -> int:
    return len(re.findall(r"\.(?:\s|$)", text))


def all_texts(competency: dict) -> list[str]:
    texts = [competency["definition"]]
    for level in competency["levels"]:
        texts += [level["description"], *level["indicators"]]
    return texts


def test_twenty_competencies_have_five_levels_of_three_indicators(dictionary):
    competencies = dictionary["competencies"]
    assert [one["code"] for one in competencies] == GENERIC + TECHNICAL
    groups = {group["code"] for group in dictionary["groups"]}
    for competency in competencies:
        assert competency["group"] in groups
        assert competency["legal_basis"]
        assert competency["mark"] == ("P" if competency["group"] == "teknis" else "F")
        assert 2 <= sentences(competency["definition"]) <= 3
        assert [level["level"] for level in competency["levels"]] == [1, 2, 3, 4, 5]
        assert [level["name"] for level in competency["levels"]] == LEVEL_NAMES
        for level in competency["levels"]:
            assert sentences(level["description"]) == 2
            assert len(level["indicators"]) == 3


def test_no_indicator_is_used_twice(dictionary):
    texts = Counter(text for one in dictionary["competencies"] for text in all_texts(one))
    assert [text for text, count in texts.items() if count > 1] == []


def test_texts_are_short_finished_sentences(dictionary):
    for competency in dictionary["competencies"]:
        for text in all_texts(competency):
            assert text[0].isupper()
            assert text.endswith(".")
            assert "  " not in text
            assert all(len(sentence.split()) <= 25 for sentence in text.split(". "))


def test_no_run_of_six_words_is_taken_from_the_official_text(dictionary):
    def runs(text: str) -> set[tuple[str, ...]]:
        words = re.findall(r"[a-z]+", text.lower())
        return {tuple(words[start : start + 6]) for start in range(len(words) - 5)}

    official: set[tuple[str, ...]] = set()
    for row in json.loads(OFFICIAL.read_text(encoding="utf-8")):
        for text in (
            row["definisi"],
            *(x for lv in row["level"] for x in (lv["deskripsi"], *lv["indikator"])),
        ):
            official |= runs(text)
    ours = {run for one in dictionary["competencies"] for text in all_texts(one) for run in runs(text)}
    assert ours & official == set()


def test_every_standard_refers_to_known_competencies_and_levels(dictionary, standards):
    codes = [one["code"] for one in dictionary["competencies"]]
    keys = [row["role_key"] for row in standards]
    assert len(keys) == len(set(keys))
    for row in standards:
        assert [code for code in codes if code in row["levels"]] == list(row["levels"])
        assert set(row["levels"].values()) <= {1, 2, 3, 4, 5}
        assert set(GENERIC) <= set(row["levels"])
        assert row["legal_basis"]
        assert (row["mark"], row["technical_mark"]) == ("F", "P")


def test_generic_levels_are_those_of_the_kind_of_job(standards):
    for row in standards:
        levels = {row["levels"][code] for code in GENERIC}
        expected = KINDS.get(row["position_kind"])
        assert len(levels) == 1
        assert expected is None or levels == {expected}


@pytest.mark.parametrize(
    ("role_key", "levels"),
    [
        ("camat", [4, 3, 3, 3, 4, 2, 3, 2, 3, 2, 3]),
        ("sekcam", [3, 3, 2, 2, 3, 2, 4, 3, 3, 2, 2]),
        ("lurah", [3, 3, 2, 3, 2, 2, 2, 2, 3, 2, 2]),
    ],
)
def test_heads_need_all_technical_competencies(standards, role_key, levels):
    row = next(one for one in standards if one["role_key"] == role_key)
    assert [row["levels"][code] for code in TECHNICAL] == levels


@pytest.mark.parametrize(
    ("prefix", "levels"),
    [("kasi-", [2, 3, 3, 3, 3, 2, 2, 2, 3, 2, 1]), ("pelaksana-", [1, 2, 1, 1, 1, 2, 1, 2, 2, 2, 1])],
)
def test_sections_and_staff_take_the_levels_of_their_column(standards, prefix, levels):
    column = dict(zip(TECHNICAL, levels, strict=True))
    for row in (one for one in standards if one["role_key"].startswith(prefix)):
        technical = {code: level for code, level in row["levels"].items() if code in column}
        assert technical.items() <= column.items()
        assert len(technical) >= 6


def test_every_position_of_the_demonstration_region_has_a_standard_of_its_kind(standards):
    known = {(row["role_key"], row["position_kind"]) for row in standards}
    used = {(one.role_key, one.kind) for one in build_region().positions}
    assert used <= known
    assert {role for role, _ in known} == {role for role, _ in used}
