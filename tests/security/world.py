"""Two kelurahan with people of every role and one row of everything, for those who come to break in."""

from __future__ import annotations

import contextvars
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from flask.testing import FlaskClient
from sqlalchemy import update

from lms.assessments import services as assessments
from lms.assessments.models import Accommodation, Attempt, ExamSpecial
from lms.certificates import services as certificates
from lms.core import sessions, storage
from lms.core.actor import SYSTEM, Role
from lms.core.db import current_session, transaction
from lms.courses import services as courses
from lms.courses.models import (
    BulkEnrolment,
    BulkState,
    ClaimState,
    DraftFile,
    DraftLesson,
    DraftModule,
    DraftText,
    JpClaim,
    JpEntry,
    Lesson,
    Module,
    OfferingSession,
    OfferingShare,
    VersionFile,
)
from lms.notifications.models import Notice
from lms.people.models import ImportAction, ImportState, PersonnelImport, PersonnelImportRow
from tests.factories.assessments import actor_of, enrol, make_sitting, make_world
from tests.factories.certificates import issued_certificate
from tests.factories.competencies import CompetencyFactory, RecordFactory, RequirementFactory
from tests.factories.identity import AccountFactory, DelegationFactory, GrantFactory
from tests.factories.mentoring import (
    MemberFactory,
    PairingFactory,
    ProgrammeFactory,
    ProposalFactory,
    RunFactory,
    SessionLogFactory,
)
from tests.factories.people import EmployeeFactory, PartnerFactory, PositionFactory, UnitFactory

NOW = datetime(2026, 11, 24, 6, 5, tzinfo=UTC)
TODAY = date(2026, 11, 24)
ROLES = (*Role, None)  # None: a stranger
ABSENT = "01jzzzzzzzzzzzzzzzzzzzzzzz"
CSRF = re.compile(r'name="csrf_token" value="([0-9a-f]+)"')


def run_apart(call: Any, *args: Any, **kwargs: Any) -> Any:
    """Run something outside the test's application context, so that no session is shared."""
    return contextvars.Context().run(call, *args, **kwargs)


class Visitor(FlaskClient):
    """A quick client that checks nothing of the page; each request runs in a context of its own."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        kwargs.setdefault("buffered", True)  # reads a file to its end and closes it, as a server does
        return run_apart(super().open, *args, **kwargs)

    def token(self, page: str = "/akun/kata-sandi") -> str:
        """Return the CSRF token of this visitor's session."""
        found = CSRF.search(self.get(page).get_data(as_text=True)) or CSRF.search(
            self.get("/masuk").get_data(as_text=True)
        )
        assert found is not None, "no form with a token"
        return found[1]

    def send(self, url: str, fields: dict[str, Any] | None = None, *, once: str | None = None, **kwargs: Any) -> Any:
        """Post a form with the token, and with a one-time key: a fresh one unless told otherwise."""
        from lms.core import once as keys

        body = {"csrf_token": self.token(), "once": once or keys.new_key(), **(fields or {})}
        return self.post(url, data=body, **kwargs)


def visitor(app: Any, token: str | None = None) -> Visitor:
    """Return a client, logged in with a session's token."""
    made = Visitor(app, app.response_class, use_cookies=True)
    if token is not None:
        made.set_cookie("sesi", token)
    return made


@dataclass
class Side:
    """One kelurahan: its people and one row of everything that belongs to it, by public id."""

    unit: Any
    people: dict[Role, Any] = field(default_factory=dict)
    accounts: dict[Role, Any] = field(default_factory=dict)
    rows: dict[str, str] = field(default_factory=dict)
    taken: Any = None


@dataclass
class World:
    """A city with two kelurahan that have nothing to do with one another."""

    city: Any
    ours: Side
    theirs: Side
    tokens: dict[Role | None, str | None] = field(default_factory=dict)

    def log_in(self, app: Any, role: Role | None, side: Side | None = None) -> Visitor:
        """Return a client of one of the people of our kelurahan; a stranger for None."""
        if role is None:
            return visitor(app)
        return visitor(app, open_session((side or self.ours).accounts[role]))


def open_session(account: Any, *, second_factor: bool = True) -> str:
    """Return the token of a new session."""
    session = current_session()
    session.rollback()
    with transaction() as own:
        _row, token = sessions.begin(
            own, account_id=account.id, now=datetime.now(UTC), shared=False, second_factor=second_factor
        )
    return token


def _nip(number: int) -> str:
    return f"19850330200902{number % 2 + 1}{900 + number:03d}"


def _side(city: Any, name: str, *, first: int) -> Side:
    session = current_session()
    kecamatan = UnitFactory(parent=city, kind="kecamatan", name=f"Kecamatan {name}")
    side = Side(UnitFactory(parent=kecamatan, name=f"Kelurahan {name}"))
    for number, role in enumerate(Role):
        head = {"is_head": True, "role_key": "lurah"} if role is Role.ATASAN else {}
        position = PositionFactory(unit=side.unit, **head)
        person = EmployeeFactory(position=position, nip=_nip(first + number), name=f"{name} {role.value.title()}")
        account = AccountFactory(employee=person)
        side.people[role], side.accounts[role] = person, account
        if role is not Role.PEGAWAI:
            GrantFactory(account=account, role=role, unit=side.unit)
    who = side.people[Role.PEGAWAI]
    other = EmployeeFactory(position=PositionFactory(unit=side.unit), nip=_nip(first + 20), name=f"{name} Kedua")
    account = AccountFactory(employee=other)
    grant = GrantFactory(account=account, role=Role.MENTOR, unit=side.unit)
    lent = DelegationFactory(giver=side.accounts[Role.ATASAN], taker=account, unit=side.unit)
    side.rows |= {
        "unit": side.unit.public_id, "employee": other.public_id, "account": account.public_id,
        "grant": grant.public_id, "delegation": lent.public_id, "self": who.public_id,
    }  # fmt: skip
    _learning(side, who)
    certificate = issued_certificate(employee=other)
    own = issued_certificate(employee=who)
    side.rows |= {"certificate": certificate.public_id, "own_certificate": own.public_id, "code": certificate.code}
    pairing = PairingFactory(mentor_id=side.people[Role.MENTOR].id, mentee_id=who.id)
    log = SessionLogFactory(pairing_id=pairing.id)
    programme = ProgrammeFactory(unit_id=side.unit.id)
    MemberFactory(programme_id=programme.id, employee_id=other.id)
    run = RunFactory(programme_id=programme.id)
    ProposalFactory(run_id=run.id, mentee_id=other.id, mentor_id=side.people[Role.MENTOR].id)
    competency = CompetencyFactory()
    RequirementFactory(competency=competency)
    record = RecordFactory(employee=other, competency=competency)
    held = PersonnelImport(
        file_name="pegawai.xlsx", file_digest="0" * 64, state=ImportState.PARSED, unit_id=side.unit.id,
        imported_by_id=side.people[Role.HR].id, created_at=NOW - timedelta(hours=1), row_count=1,
        counts={action.value: int(action is ImportAction.BAD) for action in ImportAction} | {
            "people": 9, "complete": False, "stopped": False, "sheets": [""], "personal": [], "unknown": [],
            "cursor": 0, "warnings": 0,
        },
    )  # fmt: skip
    notice = Notice(
        employee_id=who.id, kind="test", title="Kabar", unique_key=f"test:{who.id}", created_at=NOW, url="/katalog"
    )
    partner = PartnerFactory()
    claim = JpClaim(
        employee_id=other.id, state=ClaimState.SUBMITTED, learning_form=9, title="Seminar", provider="Universitas",
        starts_on=NOW.date(), ends_on=NOW.date(), claimed_jp=4, file_digest="0" * 64, file_name="a.pdf",
        file_type="application/pdf", submitted_at=NOW,
    )  # fmt: skip
    entry = JpEntry(
        employee_id=other.id, learning_form=9, held_on=NOW.date(), year=NOW.year, label="Seminar", minutes=180,
        proposed_jp=4, credited_jp=4, source_kind="claim", recorded_at=NOW, unique_key=f"world:{other.id}",
    )  # fmt: skip
    session.add_all([held, notice, claim, entry])
    session.flush()
    session.add(PersonnelImportRow(import_id=held.id, row_number=2, action=ImportAction.BAD, label="Baris dua"))
    login, _token = sessions.begin(session, account_id=side.accounts[Role.PEGAWAI].id, now=NOW, shared=False)
    side.rows |= {
        "pairing": pairing.public_id, "programme": programme.public_id, "run": run.public_id,
        "log": log.public_id, "competency": competency.public_id,
        "record": record.public_id, "import": held.public_id, "notice": notice.public_id,
        "partner": partner.public_id, "login": login.public_id, "claim": claim.public_id, "entry": entry.public_id,
    }  # fmt: skip
    return side


def _learning(side: Side, who: Any) -> None:
    """Give the side a course with an exam, one running attempt and one that was handed in."""
    session = current_session()
    taken = side.taken = make_world(copies=1)
    for row in (taken.course, taken.offering, taken.bank):
        row.owner_unit_id = side.unit.id
    session.flush()
    enrolment, actor = enrol(taken, who)
    session.commit()
    with transaction() as own:
        attempt = assessments.start_attempt(
            own, actor, enrolment_public_id=enrolment.public_id, code="ujian-akhir", now=datetime.now(UTC)
        )
    with transaction() as own:
        done = assessments.start_attempt(
            own, actor_of(who), enrolment_public_id=enrolment.public_id, code="pra-uji", now=datetime.now(UTC)
        )
        assessments.submit_attempt(own, actor, public_id=done, now=datetime.now(UTC))
    sitting = make_sitting(taken, opens_at=datetime.now(UTC))
    accommodation = Accommodation(
        employee_id=who.id, extra_percent=25, reason="penglihatan terbatas", starts_on=TODAY, created_at=NOW
    )
    special = ExamSpecial(sitting_id=sitting.id, employee_id=who.id, extra_minutes=5, reason="antre", created_at=NOW)
    session.add_all([accommodation, special])
    session.execute(update(Attempt).where(Attempt.public_id == attempt).values(sitting_id=sitting.id))
    bulk = BulkEnrolment(
        offering_id=taken.offering.id, act="assign", description="Uji", state=BulkState.PREVIEW, created_at=NOW,
        total_count=0,
    )  # fmt: skip
    session.add(bulk)
    meeting = OfferingSession(
        offering_id=taken.offering.id, title="Sesi", starts_at=NOW, ends_at=NOW + timedelta(hours=2),
        check_in_key=f"kunci-{side.unit.id}", changed_at=NOW,
    )  # fmt: skip
    session.add(meeting)
    share = OfferingShare(offering_id=taken.offering.id, unit_id=side.unit.id, most_count=9)
    session.add(share)
    session.flush()
    lesson = (
        session.query(Lesson).join(Module, Module.id == Lesson.module_id).filter_by(course_version_id=taken.version.id)
    ).first()
    item = session.execute(_first_item(taken.bank.id)).scalar_one()
    with transaction() as own:
        draft = courses.open_draft(own, SYSTEM, taken.course.public_id, now=datetime.now(UTC))
    part = session.query(DraftModule).filter_by(draft_id=draft.id).first()
    page = session.query(DraftLesson).filter_by(draft_id=draft.id).first()
    old = DraftText(lesson_id=page.id, title="Lama", body_md="Teks lama.", written_at=NOW)
    session.add(old)
    session.flush()
    digest = storage.put(b"Catatan.", media_type="text/plain", name="catatan.txt")
    whose = {"name": draft.public_id, "digest": digest, "media_type": "text/plain", "size_bytes": 8}
    session.add_all([DraftFile(draft_id=draft.id, **whose), VersionFile(course_version_id=taken.version.id, **whose)])
    session.flush()
    side.rows |= {
        "lesson_file": whose["name"], "draft": draft.public_id,
        "draft_module": part.public_id, "draft_lesson": page.public_id,
        "draft_text": old.public_id, "authored": taken.course.public_id,
    }  # fmt: skip
    side.rows |= {
        "enrolment": enrolment.public_id, "attempt": attempt, "done": done, "lesson": lesson.public_id,
        "offering": taken.offering.public_id, "bank": taken.bank.public_id, "exam": taken.exam.public_id,
        "item": item, "drawing": _drawing(taken.bank.id), "course": taken.course.code, "assessment": "ujian-akhir",
        "share": share.public_id, "bulk": bulk.public_id, "meeting": meeting.public_id,
        "sitting": sitting.public_id, "accommodation": accommodation.public_id, "special": special.public_id,
    }  # fmt: skip


def _drawing(bank_id: int) -> str:
    from lms.assessments.models import ItemFile
    from lms.core import storage

    session = current_session()
    digest = storage.put(b"\x89PNG\r\n\x1a\n", media_type="image/png", name="denah.png", session=session)
    row = ItemFile(bank_id=bank_id, digest=digest, name="denah.png", media_type="image/png", created_at=NOW)
    session.add(row)
    session.commit()
    return row.public_id


def _first_item(bank_id: int) -> Any:
    from sqlalchemy import select

    from lms.assessments.models import Item

    return select(Item.public_id).where(Item.bank_id == bank_id).order_by(Item.id).limit(1)


def make(session: Any) -> World:
    """Return the world, committed."""
    city = UnitFactory(kind="region", name="Kota Percobaan")
    certificates.seed_templates(session) if hasattr(certificates, "seed_templates") else None
    world = World(city, _side(city, "Boting", first=0), _side(city, "Salutete", first=40))
    session.commit()
    return world


# Which rows an address may name, by the beginning of the rule; the longest beginning counts.
NAMES = {
    "/admin/akun/": "account", "/admin/kewenangan/": "grant", "/akun/sesi/": "login", "/belajar/": "enrolment",
    "/berkas-soal/": "drawing",
    "/delegasi/": "delegation", "/impor/": "import", "/instruktur/asesmen/": "exam", "/instruktur/bank/": "bank",
    "/instruktur/bank/butir/": "item", "/instruktur/pelatihan/": "offering",
    "/instruktur/ujian/": "sitting", "/instruktur/penyesuaian/": "accommodation", "/katalog/": "course",
    "/instruktur/susun/": "draft",
    "/instruktur/susun/pelatihan/": "authored",
    "/kompetensi/kamus/": "competency", "/mentoring/": "pairing", "/mentoring/sesi/": "log",
    "/mentoring/program/": "programme", "/mentoring/pemasangan/": "run", "/mitra/": "partner",
    "/pegawai/": "employee", "/pemberitahuan/": "notice", "/sertifikat/": "certificate", "/ujian/": "attempt",
    "/jp/klaim/": "claim", "/jp/tinjau/": "claim", "/jp/koreksi/": "entry", "/jp/pegawai/": "employee",
    "/unit/": "unit", "/v/": "code", "/static/": "static", "/bantuan/": "guide",
}  # fmt: skip
_PARAMETER = re.compile(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>")
_BY_PARAMETER = {
    "special": "special", "attempt": "attempt",
    "lesson_id": "lesson", "competency_id": "competency", "record_id": "record", "number": "number",
    "share_id": "share", "bulk_id": "bulk", "session_id": "meeting", "key": "key", "token": "key",
    "enrolment_id": "enrolment",
    "enrolment_public_id": "enrolment", "typed": "code", "name": "picture", "path": "static",
}  # fmt: skip
_FIXED = {"number": "1", "guide": "pegawai", "key": "kunci-rahasia", "picture": "x.png", "static": "css/bina.css"}


def kind_of(rule: str, parameter: str) -> str:
    """Return the kind of row that a parameter of a rule names."""
    if rule.startswith("/belajar/") and parameter == "code":
        return "assessment"
    if rule.startswith("/ujian/") and parameter == "public_id":
        return "done" if rule.endswith(("/hasil", "/pembahasan")) else "attempt"
    if rule.startswith("/instruktur/susun/") and parameter in {"lesson_id", "module_id", "text_id"}:
        return f"draft_{parameter.removesuffix('_id')}"
    if parameter == "file_name":
        return "lesson_file"
    if parameter in _BY_PARAMETER:
        return _BY_PARAMETER[parameter]
    return NAMES[max((start for start in NAMES if rule.startswith(start)), key=len)]


def parameters(rule: str) -> list[str]:
    """Return the names of a rule's parameters."""
    return _PARAMETER.findall(rule)


def address(rule: str, side: Side, **given: str) -> str:
    """Return the address of a rule with the rows of one side; `given` replaces parameters."""

    def fill(match: re.Match[str]) -> str:
        name = match[1]
        kind = kind_of(rule, name)
        value = given.get(name, side.rows.get(kind, _FIXED.get(kind, "")))
        return quote(value.encode("utf-8", "surrogatepass"), safe="")

    return _PARAMETER.sub(fill, rule)


def with_query(url: str, /, **values: str) -> str:
    """Return an address with a query, hostile letters and all."""
    return f"{url}?{urlencode({k: v.encode('utf-8', 'surrogatepass') for k, v in values.items()})}"
