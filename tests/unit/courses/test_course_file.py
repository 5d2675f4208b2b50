"""A course folder: all faults in one pass, each with file and place."""

from __future__ import annotations

import copy

import pytest

from lms.courses.rules import check_course, content_digest, safe_name

TEXT = "## Bagian\n\n" + "Warga datang ke loket dan bertanya dengan sopan. " * 10
GOOD = {
    "format": "bina-course/1",
    "code": "loket-ramah",
    "title": "Loket Ramah",
    "family": "pelayanan",
    "summary": "Melayani dengan pasti.",
    "description": "Dua alinea.",
    "siasn_kind": 16,
    "jp": 1,
    "minutes": 60,
    "audience": "Petugas loket.",
    "outcomes": [
        {"competency": "T.02", "level": 2, "text": "Anda dapat melayani."},
        {"competency": "T.02", "level": 2, "text": "Anda dapat mencatat."},
    ],
    "modules": [
        {
            "code": "m1",
            "title": "Satu",
            "lessons": [
                {"code": "l01", "title": "Pertama", "file": "lessons/01.md", "minutes": 20},
                {"code": "l02", "title": "Kedua", "file": "lessons/02.md", "minutes": 20},
            ],
        }
    ],
    "assessments": [
        {"kind": "exam", "time_limit_minutes": 20},
        {"kind": "pretest", "time_limit_minutes": 15},
    ],
    "references": [{"title": "UU 25/2009", "mark": "found", "note": ""}],
}
TEXTS = {"lessons/01.md": TEXT, "lessons/02.md": TEXT}
KNOWN = frozenset({"T.02"})


def check(document=None, texts=None):
    return check_course(
        document if document is not None else GOOD,
        TEXTS if texts is None else texts,
        known_competencies=KNOWN,
    )


def test_a_right_folder_gives_a_course_and_gathers_statements_by_competency():
    course, faults = check()
    assert faults == []
    assert course.lesson_codes == {"l01", "l02"}
    assert course.outcomes[0].statements == ("Anda dapat melayani.", "Anda dapat mencatat.")


def test_all_faults_are_told_at_once_with_their_place():
    document = copy.deepcopy(GOOD)
    document["family"] = "lain"
    document["jp"] = 9
    document["outcomes"][0]["competency"] = "X.9"
    document["modules"][0]["lessons"][1]["code"] = "l01"
    course, faults = check(document, {"lessons/01.md": TEXT + "\n<b>tebal</b>\n"})
    assert course is None
    places = {(fault.file, fault.place) for fault in faults}
    assert ("course.json", "family") in places
    assert ("course.json", "jp") in places
    assert ("course.json", "outcomes[0].competency") in places
    assert ("course.json", "modules[0].lessons[1].code") in places
    assert ("course.json", "modules[0].lessons[1].file") in places
    assert any(file == "lessons/01.md" and place.startswith("baris") for file, place in places)


@pytest.mark.parametrize(
    "document", [[], "x", 3, {}, {"modules": 7}, {"modules": [3], "outcomes": {}}, {"minutes": True}]
)
def test_whatever_the_json_holds_it_is_answered_with_faults(document):
    course, faults = check(document)
    assert course is None
    assert faults


def test_minutes_must_add_up_with_the_exam_alone():
    document = copy.deepcopy(GOOD) | {"minutes": 75}
    _course, faults = check(document)
    assert [fault.place for fault in faults] == ["minutes"]


@pytest.mark.parametrize("name", ["/etc/passwd", "../../x.md", "a/../../b", "a\\b", ""])
def test_names_that_lead_out_of_the_folder_are_refused(name):
    assert not safe_name(name)


def test_the_digest_follows_the_lessons_and_not_the_order_of_keys():
    turned = dict(reversed(list(GOOD.items())))
    assert content_digest(GOOD, TEXTS) == content_digest(turned, TEXTS)
    assert content_digest(GOOD, TEXTS) != content_digest(GOOD, {**TEXTS, "lessons/01.md": TEXT + "!"})


def test_html_inside_code_is_no_fault():
    _course, faults = check(texts={**TEXTS, "lessons/01.md": TEXT + "\n`<b>` dan\n\n```\n<i>x</i>\n```\n"})
    assert faults == []
