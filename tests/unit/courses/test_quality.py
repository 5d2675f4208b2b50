"""The content checker: what it tells, and that its score only falls with more to tell."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.courses.rules import FileContent, Finding, LessonContent, check_quality, quality_score, sentences
from tests.unit.courses.test_authoring_rules import _content

GOOD = "## Bagian\n\nWarga datang ke loket. Anda menyapa warga.\n\n- Periksa syarat.\n- Catat di register."


def _rules(text: str, **details) -> list[str]:
    lesson = LessonContent("l1", "Pertama", details.pop("kind", "text"), details.pop("minutes", 20), text, details)
    base = _content()
    content = replace(
        base,
        modules=(replace(base.modules[0], lessons=(lesson,)),),
        references=({"title": "UU"},),
        files=(
            FileContent("loket.webp", "a" * 64, "image/webp", 20_000),
            FileContent("b.png", "b" * 64, "image/png", 400_000),
        ),
    )
    return [one.rule for one in check_quality(content, {"l1": frozenset({"bagian"})}).findings]


def test_a_text_that_everybody_can_read_has_no_finding():
    assert (
        _rules(GOOD + "\n\n![Loket dengan dua kursi](berkas/loket.webp) [Ke atas](#bagian) [Katalog](/katalog)") == []
    )


@pytest.mark.parametrize(
    ("more", "rule"),
    [
        ("\n\n![](berkas/loket.webp)", "no_alt"),
        ("\n\n![gambar](berkas/loket.webp)", "empty_alt"),
        ("\n\n![Loket](berkas/hilang.webp)", "dead_picture"),
        ("\n\n![Loket](berkas/b.png)", "heavy_picture"),
        ("\n\n#### Terlalu dalam", "heading_order"),
        ("\n\n[klik di sini](https://contoh.go.id/)", "empty_link"),
        ("\n\n[Syarat](#tidak-ada)", "dead_link"),
        ("\n\n[Materi dua](l02-syarat)", "dead_link"),
        ("\n\n" + "kata " * 40 + ".", "long_sentences"),
    ],
)
def test_each_fault_of_a_text_is_told(more, rule):
    assert rule in _rules(GOOD + more)


def test_lessons_that_are_long_heavy_or_only_heard_are_told():
    assert "long_time" in _rules(GOOD, minutes=45)
    assert "only_captions" in _rules(GOOD, kind="video", file="berkas/x.mp4", captions="berkas/x.vtt")
    assert "only_captions" not in _rules(GOOD, kind="video", file="berkas/x.mp4")
    assert "mean_words" in _rules("Ini " + "kata " * 18 + ".")


def test_sentences_leave_out_what_nobody_reads_as_a_sentence():
    text = "## Judul panjang sekali\n\nSatu dua tiga. Empat lima.\n\n| a | b |\n|---|---|\n"
    text += "\n```alur\nx|y\n```\n- Butir satu\n- Butir dua"
    assert sentences(text) == [3, 2, 2, 2]


@given(st.integers(0, 80), st.integers(0, 80), st.integers(0, 60))
def test_a_score_stays_within_bounds_and_falls_with_each_finding(warnings, advice, lessons):
    findings = [Finding("no_alt", "warning")] * warnings + [Finding("empty_alt", "advice")] * advice
    score = quality_score(findings, lessons)
    assert 0 <= score <= 100
    assert quality_score([], lessons) == 100
    assert quality_score([*findings, Finding("x", "warning")], lessons) <= score


def test_our_own_courses_are_fit_for_everybody(project_root):
    texts = list((project_root / "lms" / "content").glob("*/lessons/*.md"))
    assert texts
    for file in texts:
        found = set(_rules(file.read_text(encoding="utf-8")))
        assert not {"no_alt", "heading_order", "mean_words"} & found, file.name
