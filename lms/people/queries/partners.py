"""Reads of partner organisations and their agreements."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import select

from lms.people.models import PartnerAgreement, PartnerKind, PartnerOrganisation

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

MAX_PARTNERS = 200


@dataclass(frozen=True, slots=True)
class PartnerRow:
    """A partner with its agreements, the latest first; `state` is active, coming, ended or none."""

    public_id: str
    code: str
    name: str
    kind: PartnerKind
    contact: str
    agreements: tuple[PartnerAgreement, ...]
    state: str


def _state(agreements: list[PartnerAgreement], on: date) -> str:
    if any(one.starts_on <= on <= one.ends_on for one in agreements):
        return "active"
    if any(one.starts_on > on for one in agreements):
        return "coming"
    return "ended" if agreements else "none"


def list_partners(session: Session, *, on: date, search: str = "") -> list[PartnerRow]:
    """Return partners by name with their agreements; two statements, at most 200 partners.

    Partners are no personal data: everybody who is logged in may read them.
    """
    query = select(PartnerOrganisation).order_by(PartnerOrganisation.name, PartnerOrganisation.id)
    if search:
        query = query.where(PartnerOrganisation.name.icontains(search, autoescape=True))
    partners = list(session.scalars(query.limit(MAX_PARTNERS)))
    agreements = agreements_of(session, [partner.id for partner in partners])
    return [
        PartnerRow(
            partner.public_id,
            partner.code,
            partner.name,
            partner.kind,
            partner.contact,
            tuple(agreements.get(partner.id, [])),
            _state(agreements.get(partner.id, []), on),
        )
        for partner in partners
    ]


def agreements_of(session: Session, partner_ids: list[int]) -> dict[int, list[PartnerAgreement]]:
    """Return the agreements by partner id, the latest first; one statement."""
    found: dict[int, list[PartnerAgreement]] = {}
    if partner_ids:
        query = select(PartnerAgreement).where(PartnerAgreement.partner_id.in_(partner_ids))
        for one in session.scalars(query.order_by(PartnerAgreement.starts_on.desc(), PartnerAgreement.id)):
            found.setdefault(one.partner_id, []).append(one)
    return found


def get_partner(session: Session, public_id: str, *, lock: bool = False) -> PartnerOrganisation | None:
    """Return one partner, or None; `lock` holds its row until commit."""
    query = select(PartnerOrganisation).where(PartnerOrganisation.public_id == public_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalars(query).one_or_none()
