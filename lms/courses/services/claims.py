"""Claims of JP: sent, amended and withdrawn by the person; approved, returned or refused by an officer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from lms.core import storage
from lms.core.audit import record
from lms.core.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from lms.core.text import N_
from lms.courses import queries
from lms.courses.models import ClaimState, JpClaim
from lms.courses.policies import can_manage_claim
from lms.courses.rules import (
    NOTE_MAX,
    PROOF_BYTES,
    ClaimFacts,
    claim_days,
    claim_faults,
    number_key,
    proof_type,
)
from lms.courses.services.jp import credit_jp
from lms.notifications.services import notify

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from lms.core.actor import Actor

OPEN_CLAIMS = 20  # waiting at once; a whole year of seminars, and no way to fill the disk
FAULT_TEXTS: dict[str, Any] = {
    "ends_before": N_("Hari terakhir lebih awal daripada hari pertama. Periksa kedua tanggal."),
    "future": N_("Pelatihan belum selesai. Ajukan setelah hari terakhirnya."),
    "too_long": N_("Pelatihan lebih dari setahun dicatat sebagai riwayat pendidikan. Hubungi BKPSDM."),
    "too_old": N_("Tulis tanggal sejak 1 Januari 2015."),
    "jp": N_("Tulis JP antara 1 dan 900, seperti tertulis di sertifikat."),
}

NEWS: dict[ClaimState, tuple[str, str]] = {
    ClaimState.APPROVED: (N_("Klaim JP Anda disetujui"), N_("%(title)s sudah masuk riwayat JP Anda.")),
    ClaimState.RETURNED: (
        N_("Klaim JP Anda perlu dilengkapi"),
        N_("Baca catatan petugas untuk %(title)s, lalu kirim lagi."),
    ),
    ClaimState.REFUSED: (N_("Klaim JP Anda tidak disetujui"), N_("Baca alasannya di halaman klaim %(title)s.")),
}


@dataclass(frozen=True, slots=True)
class Proof:
    """A file that was sent as proof."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class ClaimData:
    """What the form of a claim gives."""

    facts: ClaimFacts
    proof: Proof | None


def _check(data: ClaimData, *, today: date, needs_proof: bool) -> tuple[str, str] | None:
    """Return media type and extension of the proof, or None when none came.

    Raises: Invalid: dates, JP or proof cannot be right; nothing is stored then.
    """
    fields: dict[str, Any] = {name: FAULT_TEXTS[fault] for name, fault in claim_faults(data.facts, today=today).items()}
    kind: tuple[str, str] | None = None
    if data.proof is None:
        if needs_proof:
            fields["proof"] = N_("Lampirkan sertifikat atau surat keterangan.")
    elif len(data.proof.data) > PROOF_BYTES:
        fields["proof"] = N_("Berkas lebih dari 5 MB. Pindai dengan resolusi lebih rendah.")
    else:
        kind = proof_type(data.proof.data[:16])
        if kind is None:
            fields["proof"] = N_("Berkas ini bukan PDF, JPG, atau PNG. Simpan ulang, lalu lampirkan lagi.")
    if fields:
        raise Invalid(N_("Periksa isian yang ditandai."), fields=fields)
    return kind


def _take(session: Session, claim: JpClaim, data: ClaimData, kind: tuple[str, str] | None) -> None:
    facts = data.facts
    claim.learning_form, claim.title, claim.provider = facts.learning_form, facts.title, facts.provider
    claim.certificate_number, claim.number_key = facts.certificate_number, number_key(facts.certificate_number)
    claim.starts_on, claim.ends_on, claim.claimed_jp = facts.starts_on, facts.ends_on, facts.claimed_jp
    if data.proof is not None and kind is not None:
        claim.file_digest = storage.put(
            data.proof.data,
            media_type=kind[0],
            name=data.proof.name,
            session=session,
            owner_employee_id=claim.employee_id,
            max_bytes=PROOF_BYTES,
        )
        claim.file_type, claim.file_name = kind[0], storage.safe_name(data.proof.name)


def submit_claim(session: Session, actor: Actor, data: ClaimData, *, now: datetime, today: date) -> JpClaim:
    """Send a claim for training elsewhere, with its proof.

    Raises: Forbidden: the actor is no employee; Invalid: see the fields; Refused: too many wait already.
    Concurrency: the form's one-time key keeps a second press from sending it twice.
    """
    if actor.employee_id is None:
        raise Forbidden
    queries.lock_person(session, actor.employee_id)
    own = queries.list_own_claims(session, actor.employee_id)
    if sum(line.state in {ClaimState.SUBMITTED, ClaimState.RETURNED} for line in own) >= OPEN_CLAIMS:
        raise Refused(N_("Anda masih punya 20 klaim yang menunggu. Tunggu keputusan atau tarik salah satunya."))
    kind = _check(data, today=today, needs_proof=True)
    claim = JpClaim(
        employee_id=actor.employee_id, state=ClaimState.SUBMITTED, submitted_at=now, decision_note="", version=1
    )
    _take(session, claim, data, kind)
    session.add(claim)
    session.flush()  # the audit row needs claim.id
    _note(session, actor, claim, "claim.submit", now=now)
    return claim


def _own(session: Session, actor: Actor, public_id: str) -> JpClaim:
    found = queries.lock_claim(session, public_id)
    if found is None or found[0].employee_id != actor.employee_id:
        raise NotFound(N_("Klaim itu tidak ada."))
    return found[0]


def amend_claim(
    session: Session, actor: Actor, public_id: str, data: ClaimData, *, version: int, now: datetime, today: date
) -> JpClaim:
    """Change a claim that waits or came back; it then waits anew. A missing proof keeps the one that is there.

    Raises: NotFound; Refused: decided already; Conflict: changed meanwhile in another window; Invalid.
    """
    claim = _own(session, actor, public_id)
    if claim.state not in {ClaimState.SUBMITTED, ClaimState.RETURNED}:
        raise Refused(N_("Klaim ini sudah diputuskan, jadi tidak dapat diubah."))
    if claim.version != version:
        raise Conflict(N_("Klaim ini sudah berubah di jendela lain. Muat ulang halaman, lalu ubah lagi."))
    kind = _check(data, today=today, needs_proof=False)
    _take(session, claim, data, kind)
    claim.state, claim.submitted_at, claim.version = ClaimState.SUBMITTED, now, claim.version + 1
    _note(session, actor, claim, "claim.amend", now=now)
    return claim


def withdraw_claim(session: Session, actor: Actor, public_id: str, *, now: datetime) -> JpClaim:
    """Take back one's own claim before it is decided; a second call changes nothing."""
    claim = _own(session, actor, public_id)
    if claim.state is ClaimState.WITHDRAWN:
        return claim
    if claim.state not in {ClaimState.SUBMITTED, ClaimState.RETURNED}:
        raise Refused(N_("Klaim ini sudah diputuskan, jadi tidak dapat ditarik."))
    claim.state, claim.version = ClaimState.WITHDRAWN, claim.version + 1
    _note(session, actor, claim, "claim.withdraw", now=now)
    return claim


def _to_decide(session: Session, actor: Actor, public_id: str, version: int) -> JpClaim:
    found = queries.lock_claim(session, public_id)
    if found is None:
        raise NotFound(N_("Klaim itu tidak ada."))
    claim, path = found
    if claim.employee_id == actor.employee_id:
        raise Forbidden(N_("Klaim milik sendiri diputuskan oleh petugas lain."))
    if not can_manage_claim(actor, employee_id=claim.employee_id, unit_path=path):
        raise NotFound(N_("Klaim itu tidak ada."))
    if claim.state is not ClaimState.SUBMITTED:
        raise Refused(N_("Klaim ini tidak menunggu keputusan lagi."))
    if claim.version != version:
        raise Conflict(N_("Pegawai mengubah klaim ini setelah Anda membukanya. Baca lagi sebelum memutuskan."))
    return claim


def approve_claim(
    session: Session, actor: Actor, public_id: str, *, jp: int, note: str, version: int, now: datetime
) -> JpClaim:
    """Approve a claim and credit it by the rules, caps included.

    Args:
        jp: JP that the proof shows; at most what was claimed.
        note: needed when it is less than was claimed.

    Raises: NotFound; Forbidden: one's own; Refused: not waiting; Conflict: amended meanwhile; Invalid.
    """
    claim = _to_decide(session, actor, public_id, version)
    if not 1 <= jp <= claim.claimed_jp:
        said = N_("Tulis JP antara 1 dan %(most)d.", most=claim.claimed_jp)
        raise Invalid(said, fields={"jp": said})
    if jp < claim.claimed_jp and not note.strip():
        said = N_("Tulis mengapa JP dikurangi. Pegawai membacanya.")
        raise Invalid(said, fields={"note": said})
    entry = credit_jp(
        session,
        actor,
        employee_id=claim.employee_id,
        learning_form=claim.learning_form,
        label=claim.title,
        source_kind="claim",
        source_id=claim.id,
        unique_key=f"claim:{claim.public_id}",
        days=claim_days(claim.starts_on, claim.ends_on, jp),
        held_on=claim.ends_on,
        programme_jp=jp,
        now=now,
    )
    claim.entry_id = entry.id
    _decide(session, actor, claim, ClaimState.APPROVED, note, now=now)
    return claim


def return_claim(session: Session, actor: Actor, public_id: str, *, note: str, version: int, now: datetime) -> JpClaim:
    """Send a claim back to the person, who amends it; the note says what is missing."""
    return _send_back(session, actor, public_id, ClaimState.RETURNED, note, version=version, now=now)


def refuse_claim(session: Session, actor: Actor, public_id: str, *, note: str, version: int, now: datetime) -> JpClaim:
    """Refuse a claim for good; the note says why."""
    return _send_back(session, actor, public_id, ClaimState.REFUSED, note, version=version, now=now)


def _send_back(
    session: Session, actor: Actor, public_id: str, state: ClaimState, note: str, *, version: int, now: datetime
) -> JpClaim:
    claim = _to_decide(session, actor, public_id, version)
    if not note.strip():
        said = N_("Tulis alasannya, supaya pegawai tahu langkah berikutnya.")
        raise Invalid(said, fields={"note": said})
    _decide(session, actor, claim, state, note, now=now)
    return claim


def _decide(session: Session, actor: Actor, claim: JpClaim, state: ClaimState, note: str, *, now: datetime) -> None:
    claim.state, claim.decided_at, claim.decided_by_id = state, now, actor.employee_id
    claim.decision_note, claim.version = note.strip()[:NOTE_MAX], claim.version + 1
    _note(session, actor, claim, f"claim.{state.value}", now=now, reason=claim.decision_note)
    title, body = NEWS[state]
    notify(
        session,
        employee_id=claim.employee_id,
        kind=f"courses.claim_{state.value}",
        title=title,
        body=body % {"title": claim.title},
        url=f"/jp/klaim/{claim.public_id}",
        unique_key=f"claim:{claim.id}:{claim.version}",
    )


def _note(session: Session, actor: Actor, claim: JpClaim, action: str, *, now: datetime, reason: str = "") -> None:
    record(
        session,
        actor,
        action=action,
        subject=("jp_claim", claim.id),
        person_id=claim.employee_id,
        at=now,
        after={"state": claim.state.value, "jp": claim.claimed_jp, "title": claim.title},
        reason=reason,
    )
