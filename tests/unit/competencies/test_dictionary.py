"""Reading of dictionaries and standards: all faults at once, nothing guessed."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lms
from lms.competencies import rules

FOLDER = Path(lms.__file__).parent / "content" / "kompetensi"


@pytest.fixture(scope="module")
def kamus():
    return json.loads((FOLDER / "kamus.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def standar():
    return json.loads((FOLDER / "standar.json").read_text("utf-8"))


def test_our_dictionary_and_standards_are_without_fault(kamus, standar):
    text, faults = rules.read_framework(kamus)
    assert faults == []
    assert text is not None
    assert len(text.competencies) == 20
    assert text.is_complete
    assert all(len(one.levels) == 5 and one.short_name for one in text.competencies)
    standards, faults = rules.read_standards(standar)
    assert faults == []
    codes = {one.code for one in text.competencies}
    assert all({code for code, _level in one.levels} <= codes for one in standards.standards)


def test_generic_levels_follow_the_kind_of_position(kamus, standar):
    # domain.md 1.3: all nine are 1 for pelaksana, 2 for pengawas, 3 for administrator, 4 for JPT pratama.
    wanted = {"pelaksana": 1, "pengawas": 2, "administrator": 3, "jpt_pratama": 4}
    generic = [one["code"] for one in kamus["competencies"] if one["group"] != "teknis"]
    assert len(generic) == 9
    for row in standar["standards"]:
        if row["position_kind"] in wanted:
            assert {row["levels"][code] for code in generic} == {wanted[row["position_kind"]]}, row["role_key"]


def test_the_shape_of_official_dictionaries_is_read():
    official = [
        {
            "kode": "M.1",
            "nama": "Integritas",
            "kelompok": "manajerial",
            "definisi": "Jujur dan taat asas.",
            "level": [
                {"level": n, "deskripsi": f"Uraian {n}", "indikator": [f"Perilaku {n}"]} for n in (1, 2, 3, 4, 5)
            ],
        }
    ]
    text, faults = rules.read_framework(official)
    assert faults == []
    assert not text.is_complete
    assert text.competencies[0].levels[4].name == "Ahli"


def test_all_faults_are_told_at_once(kamus):
    broken = copy.deepcopy(kamus)
    broken["competencies"][0]["levels"].pop(2)
    broken["competencies"][1]["group"] = "lain-lain"
    broken["competencies"][2]["definition"] = ""
    broken["competencies"][3]["code"] = "M.1"
    broken["competencies"][4]["levels"][0]["level"] = 7
    broken["competencies"][5]["levels"][0]["indicators"] = []
    text, faults = rules.read_framework(broken)
    assert text is None
    told = " | ".join(f"{f.place}: {f.reason}" for f in faults)
    for part in (
        "M.1, level 3",
        "kelompok tidak dikenal",
        "definition",
        "kode dipakai dua kali",
        "level bukan angka",
        "belum ada indikator",
    ):
        assert part in told
    assert all(fault.remedy for fault in faults)


@pytest.mark.parametrize("data", [None, 3, "x", {}, [], {"competencies": "x"}, [3, None], {"competencies": [{}]}])
def test_nonsense_is_told_and_does_not_crash(data):
    text, faults = rules.read_framework(data)
    assert text is None
    assert faults


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "kode",
                    "nama",
                    "level",
                    "levels",
                    "competencies",
                    "framework",
                    "standards",
                    "indikator",
                    "role_key",
                    "valid_from",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(json_values)
def test_reading_never_crashes_and_never_passes_faulty_text(data):
    for read in (rules.read_framework, rules.read_standards):
        found, faults = read(data)
        assert (found is None) == bool(faults)


def test_rows_of_a_spreadsheet_may_repeat_or_leave_out_the_head():
    rows = [
        (
            2,
            {
                "kode": "T.50",
                "nama": "Arsip",
                "kelompok": "Teknis",
                "definisi": "Menata arsip.",
                "level": 1.0,
                "deskripsi": "Menata",
                "indikator": "Menyusun map; Memberi label",
            },
        )
    ]
    rows += [
        (n + 1, {"kode": "T.50", "level": str(n), "deskripsi": f"Uraian {n}", "indikator": "- satu\n• dua"})
        for n in (2, 3, 4, 5)
    ]
    text, faults = rules.read_framework_rows(rows)
    assert faults == []
    assert text.competencies[0].levels[0].indicators == ("Menyusun map", "Memberi label")
    assert text.competencies[0].levels[1].indicators == ("satu", "dua")


def test_rows_that_disagree_are_named_by_their_number():
    rows = [
        (
            n + 1,
            {
                "kode": "T.50",
                "nama": "Arsip" if n < 3 else "Surat",
                "kelompok": "teknis",
                "definisi": "Menata.",
                "level": n,
                "deskripsi": "Uraian",
                "indikator": "satu",
            },
        )
        for n in (1, 2, 3, 4, 5)
    ]
    text, faults = rules.read_framework_rows(rows)
    assert text is None
    assert [f.place for f in faults] == ["baris 4, kolom nama", "baris 5, kolom nama", "baris 6, kolom nama"]


def test_standards_name_each_fault():
    _text, faults = rules.read_standards(
        {
            "valid_from": "1 Januari",
            "standards": [
                {"role_key": "Lurah!", "levels": {"M.1": 9}},
                {"role_key": "camat", "levels": {}},
                {"role_key": "camat", "levels": {"M.1": 3}},
            ],
        }
    )
    told = " ".join(f.reason for f in faults)
    for part in (
        "tanggal tidak terbaca",
        "kunci jabatan",
        "level bukan angka",
        "belum ada level",
        "jabatan ditulis dua kali",
    ):
        assert part in told
