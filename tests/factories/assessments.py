"""Least valid rows of banks, items and assessments, and small worlds around them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import factory

from lms.assessments.models import (
    Assessment,
    AssessmentKind,
    ExamSitting,
    Item,
    ItemState,
    ItemVersion,
    QuestionBank,
)
from lms.core.actor import Actor, Permission
from lms.core.db import current_session
from lms.courses.models import (
    Course,
    CourseVersion,
    Enrolment,
    EnrolmentState,
    Lesson,
    Module,
    Offering,
    OfferingState,
    VersionState,
)
from tests.factories.people import EmployeeFactory, Rows, UnitFactory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lms.people.models import Employee, OrganisationalUnit

MADE = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)


def single(*, right: str = "b") -> dict[str, Any]:
    """Return the body of a single choice with four options."""
    return {
        "options": [
            {
                "code": code,
                "text": f"Pilihan {code}",
                "correct": code == right,
                "feedback": f"Kunci rahasia {code}",
            }
            for code in "abcd"
        ]
    }


def multiple(*, right: str = "ac", scoring: str = "partial") -> dict[str, Any]:
    """Return the body of a multiple choice with five options."""
    return {
        "options": [
            {
                "code": code,
                "text": f"Pilihan {code}",
                "correct": code in right,
                "feedback": f"Kunci rahasia {code}",
            }
            for code in "abcde"
        ],
        "scoring": scoring,
    }


def true_false(*, right: str = "benar") -> dict[str, Any]:
    """Return the body of a true-or-false item."""
    return {
        "options": [
            {
                "code": code,
                "text": code.title(),
                "correct": code == right,
                "feedback": f"Kunci rahasia {code}",
            }
            for code in ("benar", "salah")
        ]
    }


def short(*texts: str, case_sensitive: bool = False) -> dict[str, Any]:
    """Return the body of a short answer."""
    return {
        "accepted": [{"text": text, "feedback": "Kunci rahasia diterima"} for text in texts or ("maklumat",)],
        "wrong_feedback": "Kunci rahasia ditolak",
        "case_sensitive": case_sensitive,
    }


WHY = "Kunci rahasia"


def number() -> dict[str, Any]:
    """Return the body of a figure with a tolerance and an optional unit."""
    return {
        "answers": [
            {"answer": "82.5", "tolerance": "0.5", "feedback": WHY},
            {"answer": "82.5", "tolerance": "5", "feedback": WHY, "percent": "50"},
        ],
        "wrong_feedback": WHY,
        "units": [{"name": "persen", "factor": "1"}, {"name": "permil", "factor": "0.1"}],
        "unit_rule": "optional",
        "unit_penalty": "100",
    }


def matching() -> dict[str, Any]:
    """Return the body of three pairs and one extra answer."""
    pairs = [("Surat pindah", "Seksi Pemerintahan"), ("Bantuan sosial", "Seksi Kesejahteraan"), ("Jalan", "Seksi Umum")]
    return {
        "pairs": [
            {"code": f"p{n}", "prompt": prompt, "answer": answer, "feedback": WHY}
            for n, (prompt, answer) in enumerate(pairs, 1)
        ],
        "distractors": ["Sekretariat"],
        "scoring": "partial",
    }


def ordering(*, scoring: str = "position") -> dict[str, Any]:
    """Return the body of four steps."""
    steps = ("Catat aduan", "Telaah", "Jawab", "Arsipkan")
    return {
        "elements": [{"code": f"s{n}", "text": text, "feedback": WHY} for n, text in enumerate(steps, 1)],
        "scoring": scoring,
    }


def categorising(*, many: bool = False) -> dict[str, Any]:
    """Return the body of two groups and four elements."""
    rows = [("Lampu mati", ["Aduan"]), ("Ucapan", ["Bukan aduan"]), ("Jalan rusak", ["Aduan"])]
    rows.append(("Iklan", [] if many else ["Bukan aduan"]))
    return {
        "categories": ["Aduan", "Bukan aduan"],
        "elements": [
            {"code": f"e{n}", "text": text, "categories": groups, "feedback": WHY}
            for n, (text, groups) in enumerate(rows, 1)
        ],
        "many": many,
        "scoring": "partial",
    }


def cloze() -> dict[str, Any]:
    """Return the body of a text with a typed, a chosen and a counted gap."""
    rows = [
        ("1", "pengaduan", "100", ""), ("1", "adu*", "50", ""), ("2", "lurah", "100", ""), ("2", "ketua RT", "0", ""),
        ("3", "60", "100", "2"),
    ]  # fmt: skip
    return {
        "text": "Bidang [[1]] di bawah [[2]] menjawab dalam [[3]] hari.",
        "gaps": [
            {"code": str(n), "kind": kind, "weight": weight, "case_sensitive": False}
            for n, kind, weight in ((1, "text", "2"), (2, "choice", "1"), (3, "number", "1"))
        ],
        "answers": [
            {"gap": gap, "text": text, "percent": percent, "tolerance": width, "feedback": WHY}
            for gap, text, percent, width in rows
        ],
    }


def situational(*, form: str = "best") -> dict[str, Any]:
    """Return the body of a case with four actions."""
    points = ("2", "5", "1", "4")
    return {
        "format": form,
        "options": [
            {"code": code, "text": f"Tindakan {code}", "points": worth, "feedback": WHY}
            for code, worth in zip("abcd", points, strict=True)
        ],
        "experts": "Panel 5 camat",
    }


def calculated() -> dict[str, Any]:
    """Return the body of a share in per cent."""
    return {
        "variables": [
            {"name": "a", "min": "10", "max": "40", "decimals": "0"},
            {"name": "b", "min": "50", "max": "80", "decimals": "1"},
        ],
        "formulas": [{"formula": "{a} / {b} * 100", "tolerance": "1%", "feedback": WHY}],
        "decimals": 2,
        "wrong_feedback": WHY,
    }


def hotspot() -> dict[str, Any]:
    """Return the body of a picture with three places."""
    return {
        "options": [
            {
                "code": code, "text": f"Tempat {code}", "correct": code == "b", "feedback": WHY, "shape": "rect",
                "coords": coords,
            }
            for code, coords in (("a", "0,0,50,50"), ("b", "60,0,110,50"), ("c", "0,60,50,110"))
        ],
        "image": "/berkas-soal/abcdefghijk0", "alt": "Denah kantor", "width": 200, "height": 120,
    }  # fmt: skip


def essay() -> dict[str, Any]:
    """Return the body of an essay with one criterion."""
    return {
        "lines": 8, "min_words": 50, "max_words": 300, "template": "",
        "rubric": [{"criterion": "Menyebut dasar hukum", "points": "4", "feedback": WHY}], "marker_notes": WHY,
    }  # fmt: skip


BODIES = {
    "calculated": calculated,
    "categorising": categorising,
    "cloze": cloze,
    "essay": essay,
    "hotspot": hotspot,
    "matching": matching,
    "number": number,
    "ordering": ordering,
    "situational": situational,
    "single_choice": single,
    "multiple_choice": multiple,
    "true_false": true_false,
    "short_answer": short,
}


class BankFactory(Rows):
    """A bank owned by a unit."""

    class Meta:
        model = QuestionBank

    class Params:
        unit = factory.SubFactory(UnitFactory)

    code = factory.Sequence(lambda n: f"BS-{n}")
    title = factory.Sequence(lambda n: f"Bank soal {n}")
    owner_unit_id = factory.LazyAttribute(lambda o: o.unit.id)


def make_item(bank: QuestionBank, *, code: str, kind: str = "single_choice", **values: Any) -> Item:
    """Return a ready item with its first version."""
    session = current_session()
    item = Item(
        bank_id=bank.id, code=code, state=values.pop("state", ItemState.READY),
        uses=values.pop("uses", ["exam", "pretest"]),
    )  # fmt: skip
    session.add(item)
    session.flush()
    stem = values.pop("stem", f"Pertanyaan {code}?")
    version = ItemVersion(
        item_id=item.id, number=1, kind=kind, stem_md=stem, stem_html=f"<p>{stem}</p>",
        body=values.pop("body", None) or BODIES[kind](), explanation="Kunci rahasia penjelasan", created_at=MADE,
        digest="0" * 64, **values,
    )  # fmt: skip
    session.add(version)
    session.flush()
    item.current_version_id = version.id
    session.flush()
    return item


@dataclass(slots=True)
class World:
    """A course with two lessons, a bank, a pretest, an exam, and one active participant."""

    unit: OrganisationalUnit
    course: Course
    version: CourseVersion
    offering: Offering
    bank: QuestionBank
    exam: Assessment
    pretest: Assessment
    employee: Employee
    enrolment: Enrolment
    actor: Actor


def actor_of(employee: Employee, unit: OrganisationalUnit | None = None) -> Actor:
    """Return the actor of a learner."""
    return Actor(
        account_id=employee.id, employee_id=employee.id, unit_id=employee.unit_id,
        unit_path=unit.path if unit is not None else None, name=employee.name,
        own=frozenset({Permission.LEARN}),
    )  # fmt: skip


def enrol(world: World, employee: Employee | None = None) -> tuple[Enrolment, Actor]:
    """Return one more active participant of the world's offering."""
    person = employee or EmployeeFactory()
    session = current_session()
    enrolment = Enrolment(
        offering_id=world.offering.id, employee_id=person.id, state=EnrolmentState.ACTIVE, requested_at=MADE,
        started_at=MADE,
    )  # fmt: skip
    session.add(enrolment)
    session.flush()
    return enrolment, actor_of(person)


def make_world(
    *, kinds: Sequence[str] = ("single_choice", "multiple_choice", "true_false", "short_answer"), copies: int = 2,
    **exam: Any,
) -> World:  # fmt: skip
    """Return a small world; the exam draws every item unless told otherwise.

    Args:
        copies: items of each kind.
        exam: columns of the exam that differ from the usual.
    """
    session = current_session()
    unit = UnitFactory(name="UPT Pelatihan")
    course = Course(code=f"kursus-{unit.id}", family="pelayanan", owner_unit_id=unit.id, created_at=MADE)
    session.add(course)
    session.flush()
    version = CourseVersion(
        course_id=course.id, number=1, state=VersionState.PUBLISHED, title="Menangani Pengaduan Warga",
        summary="Pengaduan", learning_form=16, credit_jp=3, duration_minutes=135, content_digest=f"{unit.id:064d}",
        published_at=MADE,
    )  # fmt: skip
    session.add(version)
    session.flush()
    course.current_version_id = version.id
    module = Module(course_version_id=version.id, code="m1", title="Modul 1", position_order=1)
    session.add(module)
    session.flush()
    for number in (1, 2):
        session.add(
            Lesson(
                module_id=module.id,
                code=f"l0{number}",
                title=f"Materi {number}",
                position_order=number,
                duration_minutes=20,
                body_md="Isi",
                body_html="<p>Isi</p>",
                page_bytes=900,
                sanitiser="1",
            )
        )
    offering = Offering(
        code=f"mandiri-{unit.id}", course_id=course.id, course_version_id=version.id, owner_unit_id=unit.id,
        title="Belajar mandiri", is_self_study=True, state=OfferingState.OPEN,
    )  # fmt: skip
    session.add(offering)
    bank = BankFactory(unit=unit, course_id=course.id)
    count = 0
    for copy in range(copies):
        for kind in kinds:
            count += 1
            make_item(bank, code=f"S-{count:03d}", kind=kind, lesson_code=f"l0{copy % 2 + 1}", level=copy % 3 + 1)
    values: dict[str, Any] = {
        "draw_count": count, "time_limit_minutes": 40, "pass_percent": 70, "attempts_max": 3,
        "title": "Ujian akhir", "instructions": "Bacalah soal dengan tenang.",
    } | exam  # fmt: skip
    made = Assessment(
        course_version_id=version.id, code="ujian-akhir", kind=AssessmentKind.EXAM, bank_id=bank.id, **values
    )
    pretest = Assessment(
        course_version_id=version.id, code="pra-uji", kind=AssessmentKind.PRETEST, bank_id=bank.id, title="Pra-uji",
        draw_count=min(4, count), time_limit_minutes=15, pass_percent=0, attempts_max=1,
    )  # fmt: skip
    session.add_all([made, pretest])
    session.flush()
    employee = EmployeeFactory(name="Rahmawati Saleng, S.Sos.")
    world = World(unit, course, version, offering, bank, made, pretest, employee, None, None)
    world.enrolment, world.actor = enrol(world, employee)
    return world


def make_sitting(world: World, *, opens_at: datetime, **values: Any) -> ExamSitting:
    """Return a sitting of the world's exam: an hour to come in, two hours in all, unless told otherwise."""
    given: dict[str, Any] = {
        "title": "Ujian akhir gelombang 1", "last_start_at": opens_at + timedelta(hours=1),
        "closes_at": opens_at + timedelta(hours=2), "networks": [], "created_at": opens_at,
    } | values  # fmt: skip
    row = ExamSitting(assessment_id=world.exam.id, offering_id=world.offering.id, opens_at=opens_at, **given)
    session = current_session()
    session.add(row)
    session.flush()
    return row
