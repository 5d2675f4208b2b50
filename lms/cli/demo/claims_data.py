"""Demo data of JP claims: trainings elsewhere in every state, with a proof that can be opened."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from sqlalchemy import select

from lms.core.actor import Actor, ActorGrant, Role
from lms.core.pdf import render_pdf
from lms.courses import services
from lms.courses.models import JpClaim
from lms.courses.rules import ClaimFacts
from lms.courses.services import ClaimData, Proof
from lms.identity.models import Account, Grant
from lms.identity.policies import permissions_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from lms.cli.demo.context import Context
    from lms.people.models import Employee

# Title, provider, SIASN form, days, JP, number, days before today, what became of it, note of the officer.
STORIES: Final = (
    ("Bimbingan Teknis Penataan Arsip Kelurahan", "Dinas Perpustakaan dan Kearsipan Kota Palopo", 8, 2, 16,
     "045.2/118/DPK/2026", 40, "approved", ""),
    ("Seminar Pelayanan Ramah Disabilitas", "Universitas Tepian Luwu", 9, 1, 6, "UTL/SEM/2026/0412", 25, "approved",
     "JP mengikuti jadwal acara: 4 JP pada hari itu."),
    ("Sosialisasi Keterbukaan Informasi Publik", "Komisi Informasi Provinsi", 7, 1, 4, "KI/SOS/77/2026", 9,
     "submitted", ""),
    ("Lokakarya Menyusun Standar Pelayanan", "Bagian Organisasi Setda Kota Palopo", 4, 2, 14, "ORG/LOK/21/2026", 6,
     "submitted", ""),
    ("Kursus Daring Dasar Pengolahan Data", "Balai Diklat Industri", 16, 5, 18, "BDI-2026-00871", 4, "submitted", ""),
    ("Pelatihan Dasar Penanggulangan Bencana", "BPBD Kota Palopo", 3, 3, 24, "360/221/BPBD/2026", 15, "returned",
     "Halaman belakang sertifikat belum terlampir. Pindai kedua sisinya."),
    ("Peringatan Hari Jadi Kota Palopo", "Panitia Hari Jadi", 9, 1, 8, "", 30, "refused",
     "Upacara bukan pengembangan kompetensi, jadi tidak dihitung sebagai JP."),
    ("Bimtek Pengelolaan Aset Barang Milik Daerah", "BPKAD Kota Palopo", 8, 2, 16, "900/77/BPKAD/2026", 3,
     "submitted", ""),
)  # fmt: skip


def build(session: Session, context: Context) -> None:
    """Let some people claim JP for training elsewhere and the officer decide; a second build adds nothing."""
    officer = _officer(session)
    if officer is None or session.scalar(select(JpClaim.id).limit(1)) is not None:
        return
    # Who logs in to look around finds one claim of each kind of his own.
    shown = context.made.get("showcase", {}).get("pegawai")
    people = [context.employees[key] for key in sorted(context.accounts) if key in context.employees]
    first = context.employees.get(shown) if isinstance(shown, str) else None
    people = [one for one in people if one.id != officer.employee_id and one.is_active]
    for place, story in enumerate(STORIES):
        person = first if first is not None and place in {2, 5} else people[(place * 37 + 11) % len(people)]
        _claim(session, context, officer, person, story)


def _officer(session: Session) -> Actor | None:
    row = session.execute(
        select(Account.id, Account.employee_id)
        .join(Grant, Grant.account_id == Account.id)
        .where(Grant.role == Role.HR)
        .order_by(Account.id)
        .limit(1)
    ).first()
    if row is None:
        return None
    grant = ActorGrant(Role.HR, "/", permissions_of(Role.HR))
    return Actor(account_id=row[0], employee_id=row[1], name="Petugas", grants=(grant,))


def _proof(name: str, facts: ClaimFacts) -> Proof:
    html = (
        f"<h1>Surat Keterangan</h1><p>{facts.provider}</p><p>Nomor: {facts.certificate_number or '-'}</p>"
        f"<p>Menerangkan bahwa <b>{name}</b> mengikuti <b>{facts.title}</b>, "
        f"{facts.starts_on:%d-%m-%Y} sampai {facts.ends_on:%d-%m-%Y}, "
        f"{facts.claimed_jp} JP.</p><p>Contoh untuk peragaan.</p>"
    )
    return Proof("surat-keterangan.pdf", render_pdf(html, title="Surat Keterangan"))


def _claim(
    session: Session,
    context: Context,
    officer: Actor,
    person: Employee,
    story: tuple[str, str, int, int, int, str, int, str, str],
) -> None:
    title, provider, form, length, jp, number, ago, outcome, note = story
    last = context.today - timedelta(days=ago + 3)
    first = last - timedelta(days=length - 1)
    sent = datetime.combine(last + timedelta(days=2), time(9, 40), ZoneInfo("Asia/Makassar"))
    own = Actor(account_id=None, employee_id=person.id, name=person.name)
    facts = ClaimFacts(form, title, provider, number, first, last, jp)
    data = ClaimData(facts, _proof(person.name, facts))
    claim = services.submit_claim(session, own, data, now=sent, today=context.today)
    decided = sent + timedelta(days=2, hours=3)
    if outcome == "approved":
        services.approve_claim(
            session, officer, claim.public_id, jp=4 if note else jp, note=note, version=1, now=decided
        )
    elif outcome == "returned":
        services.return_claim(session, officer, claim.public_id, note=note, version=1, now=decided)
    elif outcome == "refused":
        services.refuse_claim(session, officer, claim.public_id, note=note, version=1, now=decided)
