"""Differences, lesson kinds and the course file of a content: pure rules."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.courses.rules import (
    FORMAT,
    FileContent,
    LessonContent,
    LessonKind,
    ModuleContent,
    VersionContent,
    check_course,
    clean_details,
    content_difference,
    course_document,
    lesson_faults,
    lesson_kinds,
    register_lesson_kind,
    text_difference,
)

LONG = "## Bagian\n\n" + "Warga datang ke loket dan bertanya dengan sopan. " * 10
lines = st.lists(st.text(alphabet="abc d", max_size=6), max_size=12)


def _content(**changes) -> VersionContent:
    base = VersionContent(
        code="loket-ramah",
        title="Loket Ramah",
        family="pelayanan",
        summary="Melayani dengan pasti.",
        description="Dua alinea.",
        audience="Petugas loket.",
        learning_form=16,
        other_minutes=20,
        outcomes=(("T.02", 2, "Anda dapat melayani."),),
        modules=(
            ModuleContent("m1", "Satu", (LessonContent("l1", "Pertama", "text", 20, LONG),)),
            ModuleContent("m2", "Dua", (LessonContent("l2", "Kedua", "text", 20, LONG),)),
        ),
    )
    return replace(base, **changes)


@given(lines, lines)
def test_a_difference_tells_of_every_line_that_came_or_went_and_of_no_other(old, new):
    shown = text_difference("\n".join(old), "\n".join(new))
    before, after = "\n".join(old).splitlines(), "\n".join(new).splitlines()
    gone = ["".join(p.text for p in line.pieces) for line in shown if line.kind == "removed"]
    come = ["".join(p.text for p in line.pieces) for line in shown if line.kind == "added"]
    kept = sum(line.count if line.kind == "skipped" else line.kind == "same" for line in shown)
    assert bool(shown) == (before != after)
    if shown:
        assert len(before) - len(gone) == kept == len(after) - len(come)
    assert all(text in before for text in gone)
    assert all(text in after for text in come)


def test_a_difference_marks_the_words_within_a_line():
    shown = text_difference("Syarat diperiksa dua kali.", "Syarat diperiksa sekali saja.")
    assert [(p.kind, p.text) for p in shown[1].pieces if p.kind == "added"] == [("added", "sekali"), ("added", "saja.")]


def test_the_same_content_has_no_difference_and_each_change_is_named():
    first, second = _content().modules
    moved = _content(title="Loket yang Ramah", modules=(ModuleContent("m1", "Satu", (second.lessons[0],)),))
    assert content_difference(_content(), _content()) == ()
    assert [c.what for c in content_difference(_content(), moved)] == [
        "title", "jp", "minutes", "module_removed", "lesson_removed", "lesson_order",
    ]  # fmt: skip
    edited = replace(first.lessons[0], text=LONG + "\nTambahan.", minutes=25)
    changes = content_difference(_content(), _content(modules=(replace(first, lessons=(edited,)), second)))
    assert [c.what for c in changes] == ["minutes", "lesson_minutes", "lesson_text"]


def test_the_course_file_of_a_content_passes_its_own_check():
    document, texts = course_document(_content(), format_name=FORMAT)
    course, faults = check_course(document, texts, known_competencies=frozenset({"T.02"}), other_minutes=20)
    assert faults == []
    assert (course.credit_jp, course.minutes) == (1, 60)


FILES = {"berkas/a.mp4": "video/mp4", "berkas/b.webp": "image/webp", "berkas/c.vtt": "text/vtt"}


@pytest.mark.parametrize(
    ("kind", "details", "words"),
    [
        ("video", {"file": "berkas/a.mp4"}, "transkrip"),
        ("video", {"file": "berkas/b.webp", "transcript": "Halo."}, "bukan jenis yang cocok"),
        ("video", {"transcript": "Halo."}, "belum punya berkas"),
        ("audio", {"file": "berkas/hilang.mp3", "transcript": "Halo."}, "tidak ada"),
        ("video", {"file": "berkas/a.mp4", "captions": "berkas/b.webp"}, "WebVTT"),
        ("image", {"file": "berkas/b.webp"}, "teks pengganti"),
        ("link", {"url": "javascript:alert(1)"}, "https://"),
        ("link", {"url": "https://siapa@contoh.id/"}, "https://"),
        ("hologram", {}, "tidak dikenal"),
    ],
)
def test_a_lesson_that_lacks_what_its_kind_needs_is_told_so(kind, details, words):
    assert any(words in fault for fault in lesson_faults(kind, details, LONG, FILES))


def test_whole_lessons_of_each_kind_have_no_fault():
    for kind, details in (
        ("text", {}),
        ("video", {"file": "berkas/a.mp4", "captions": "berkas/c.vtt"}),
        ("image", {"file": "berkas/b.webp", "alt": "Loket dengan dua kursi."}),
        ("link", {"url": "https://contoh.go.id/standar"}),
    ):
        assert lesson_faults(kind, details, LONG, FILES) == []


def test_a_kind_registers_itself(monkeypatch):
    monkeypatch.setattr("lms.courses.rules.kinds._KINDS", {kind.name: kind for kind in lesson_kinds()})
    register_lesson_kind(LessonKind("peta", least_words=3))
    assert lesson_faults("peta", {}, "dua kata", {}) == ["hanya 2 kata. Satu materi sedikitnya 3 kata."]


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=5),
        lambda x: st.lists(x) | st.dictionaries(st.sampled_from(["file", "alt", "checks", "x"]), x),
        max_leaves=8,
    )
)
def test_details_keep_only_what_is_known(details):
    kept = clean_details(details)
    assert set(kept) <= {"file", "alt", "transcript", "captions", "url", "checks"}
    assert clean_details(kept) == kept


def test_a_replaced_file_is_a_change():
    one, two = (FileContent("a.webp", digest * 64, "image/webp", 9) for digest in "ab")
    assert [c.what for c in content_difference(_content(files=(one,)), _content(files=(two,)))] == ["file_changed"]
