"""Partner organisations and their agreements."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from lms.core.actor import Permission
from lms.core.audit import record
from lms.core.errors import Forbidden, Invalid, NotFound
from lms.core.text import N_
from lms.people import queries
from lms.people.models import PartnerAgreement, PartnerKind, PartnerOrganisation
from lms.people.rules.names import normalised_name

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from lms.core.actor import Actor


@dataclass(frozen=True, slots=True)
class AgreementData:
    """An agreement as a form gives it."""

    number: str
    scope: str
    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class PartnerData:
    """A partner as a form gives it; `agreement` is one to add, or None."""

    code: str
    name: str
    kind: PartnerKind
    contact: str = ""
    agreement: AgreementData | None = field(default=None)


def _faults(session: Session, data: PartnerData, partner_id: int | None) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    holder = session.scalar(select(PartnerOrganisation.id).where(PartnerOrganisation.code == data.code))
    if holder is not None and holder != partner_id:
        fields["code"] = N_("Kode ini sudah dipakai mitra lain. Pilih kode lain.")
    deal = data.agreement
    if deal is not None and deal.ends_on <= deal.starts_on:
        fields["ends_on"] = N_("Tanggal berakhir harus sesudah tanggal mulai.")
    elif deal is not None and partner_id is not None:
        twin = session.scalar(
            select(PartnerAgreement.id).where(
                PartnerAgreement.partner_id == partner_id, PartnerAgreement.number == deal.number
            )
        )
        if twin is not None:
            fields["number"] = N_("Nomor perjanjian ini sudah tercatat pada mitra ini.")
    return fields


def save_partner(
    session: Session, actor: Actor, data: PartnerData, *, public_id: str | None, now: datetime
) -> PartnerOrganisation:
    """Add a partner, or change the one with this id; an agreement given with it is added.

    Raises: Forbidden: no PEOPLE_EDIT; NotFound; Invalid: fields.
    Concurrency: holds the partner's row.
    """
    if not actor.may(Permission.PEOPLE_EDIT):
        raise Forbidden(N_("Anda belum berwenang mengubah data mitra."))
    partner = queries.get_partner(session, public_id, lock=True) if public_id is not None else None
    if public_id is not None and partner is None:
        raise NotFound(N_("Mitra ini tidak ditemukan."))
    fields = _faults(session, data, partner.id if partner is not None else None)
    if fields:
        raise Invalid(N_("Periksa kembali isian yang ditandai."), fields=fields)
    action = "partner.change" if partner is not None else "partner.create"
    if partner is None:
        partner = PartnerOrganisation(code=data.code, name="", kind=data.kind)
        session.add(partner)
    before = {"name": partner.name, "contact": partner.contact}
    partner.code, partner.kind = data.code, data.kind
    partner.name, partner.contact = normalised_name(data.name), normalised_name(data.contact)
    session.flush()  # the agreement and the audit row need the id
    if data.agreement is not None:
        deal = data.agreement
        session.add(
            PartnerAgreement(
                partner_id=partner.id,
                number=deal.number,
                scope=deal.scope,
                starts_on=deal.starts_on,
                ends_on=deal.ends_on,
            )
        )
    record(
        session,
        actor,
        action=action,
        subject=("partner_organisation", partner.id),
        before=before,
        after={
            "name": partner.name,
            "contact": partner.contact,
            "agreement": data.agreement.number if data.agreement is not None else None,
        },
        at=now,
    )
    return partner
