"""Grants given and revoked, and delegations (Plt./Plh.)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from lms.core import clock
from lms.core.actor import Actor, Permission, Role
from lms.core.audit import record
from lms.core.errors import Conflict, Forbidden, NotFound, Refused
from lms.core.events import publish
from lms.core.text import N_
from lms.identity import queries, rules
from lms.identity.events import DelegationEnded, DelegationMade, GrantGiven, GrantRevoked
from lms.identity.models import Account, AccountState, Delegation, DelegationKind, Grant
from lms.identity.policies import DELEGABLE, can_give_grant, can_see_grant
from lms.identity.services.accounts import LAST_ADMIN
from lms.identity.services.texts import REFUSAL_TEXTS

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy.orm import Session


def _account(session: Session, public_id: str) -> Account:
    query = select(Account).where(Account.public_id == public_id).with_for_update()
    account = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if account is None:
        raise NotFound
    return account


def give_grant(
    session: Session,
    actor: Actor,
    account_public_id: str,
    *,
    role: Role,
    unit_public_id: str,
    starts_on: date,
    ends_on: date | None,
    reason: str,
    now: datetime,
) -> Grant:
    """Give a role over a subtree for some time; the same grant a second time returns the one held.

    Raises: NotFound: account or unit absent, or the unit not visible; Forbidden: not the actor's to
        give, or to himself; Refused: dates, or a closed account.
    Concurrency: holds the account's row.
    """
    account = _account(session, account_public_id)
    unit = queries.get_unit(session, unit_public_id)
    if unit is None or not can_see_grant(actor, unit.path):
        raise NotFound
    if not can_give_grant(actor, role=role, unit_path=unit.path, is_self=account.id == actor.account_id):
        raise Forbidden(
            N_("Anda tidak dapat memberi kewenangan kepada diri sendiri. Mintalah petugas lain.")
            if account.id == actor.account_id
            else N_("Kewenangan ini hanya dapat diberikan oleh pengelola sistem.")
        )
    if account.state is AccountState.DISABLED:
        raise Refused(N_("Akun ini ditutup. Buka kembali dahulu."))
    if ends_on is not None and ends_on < starts_on:
        raise Refused(N_("Hari akhir jatuh sebelum hari mulai. Periksa kedua tanggal."))
    today = clock.local_day(now, unit.timezone)
    if ends_on is not None and ends_on < today:
        raise Refused(N_("Hari akhir sudah lewat. Pilih hari yang akan datang."))
    held = _same_grant(session, account, role=role, unit=unit, starts_on=starts_on, ends_on=ends_on)
    if held is not None:
        return held
    grant = Grant(
        account_id=account.id,
        role=role,
        unit_id=unit.id,
        starts_on=starts_on,
        ends_on=ends_on,
        granted_by_id=actor.employee_id,
        reason=reason[:300],
    )
    session.add(grant)
    session.flush()  # the trail needs the id
    record(
        session,
        actor,
        action="grant.give",
        subject=("access_grant", grant.id),
        person_id=account.employee_id,
        after=_grant_fields(grant, unit),
        reason=reason,
        at=now,
        on_behalf_of_id=actor.acting_for(Permission.GRANT_MANAGE, unit.path),
    )
    publish(session, GrantGiven(grant.id, account.employee_id, role, unit.name, starts_on, ends_on))
    return grant


def _same_grant(
    session: Session,
    account: Account,
    *,
    role: Role,
    unit: queries.UnitRef,
    starts_on: date,
    ends_on: date | None,
) -> Grant | None:
    """Return a grant that already covers the wanted time."""
    covers_end = Grant.ends_on.is_(None) if ends_on is None else or_(Grant.ends_on.is_(None), Grant.ends_on >= ends_on)
    return session.scalars(
        select(Grant).where(
            Grant.account_id == account.id,
            Grant.role == role,
            Grant.unit_id == unit.id,
            Grant.revoked_at.is_(None),
            Grant.starts_on <= starts_on,
            covers_end,
        )
    ).first()


def _grant_fields(grant: Grant, unit: queries.UnitRef) -> dict[str, str | None]:
    return {
        "kewenangan": grant.role.value,
        "unit": unit.name,
        "mulai": grant.starts_on.isoformat(),
        "sampai": grant.ends_on.isoformat() if grant.ends_on else None,
    }


def revoke_grant(session: Session, actor: Actor, public_id: str, *, reason: str, now: datetime) -> None:
    """Take a role away at once; a second call changes nothing.

    Raises: NotFound; Forbidden; Refused: the last administrator of the system.
    """
    row = queries.get_grant(session, actor, public_id)
    if row is None:
        raise NotFound
    if not can_give_grant(actor, role=row.role, unit_path=row.unit_path, is_self=row.account_id == actor.account_id):
        raise Forbidden(
            N_("Kewenangan sendiri tidak dapat Anda cabut. Mintalah petugas lain.")
            if row.account_id == actor.account_id
            else N_("Kewenangan ini hanya dapat dicabut oleh pengelola sistem.")
        )
    if row.role is Role.ADMIN:
        queries.lock_admins(session)
        today = clock.local_day(now, actor.timezone)
        if not queries.count_admins(session, today=today, except_account_id=row.account_id):
            raise Refused(LAST_ADMIN)
    grant = session.scalars(
        select(Grant).where(Grant.id == row.grant_id).with_for_update().execution_options(populate_existing=True)
    ).one()
    if grant.revoked_at is not None:
        return
    grant.revoked_at = now
    record(
        session,
        actor,
        action="grant.revoke",
        subject=("access_grant", grant.id),
        person_id=row.employee_id,
        before={"kewenangan": row.role.value, "unit": row.unit_name},
        reason=reason,
        at=now,
        on_behalf_of_id=actor.acting_for(Permission.GRANT_MANAGE, row.unit_path),
    )
    publish(session, GrantRevoked(grant.id, row.employee_id, row.role, row.unit_name))


def delegate(
    session: Session,
    actor: Actor,
    to_account_public_id: str,
    *,
    role: Role,
    unit_public_id: str,
    kind: DelegationKind,
    starts_on: date,
    ends_on: date,
    letter: str,
    now: datetime,
) -> Delegation:
    """Let another use an own role over a unit for some days (Plt. or Plh.).

    Raises: NotFound; Forbidden; Refused: the rules, or somebody else stands in on those days.
    Concurrency: holds the giver's account row, so that two delegations never overlap.
    """
    if actor.account_id is None or actor.is_system:
        raise Forbidden(N_("Masuk dahulu."))
    giver = queries.get_locked(session, actor.account_id)
    unit = queries.get_unit(session, unit_public_id)
    taker = session.scalars(select(Account).filter_by(public_id=to_account_public_id)).one_or_none()
    if unit is None or taker is None or taker.state is AccountState.DISABLED:
        raise NotFound
    today = clock.local_day(now, unit.timezone)
    # A role that is lent to the actor has no grant of his own, so it cannot be lent on.
    strong = any(grant.role is role and grant.acting_for_id is None for grant in actor.grants)
    held = strong and queries.holds_own_grant(session, giver.id, role=role, unit_path=unit.path, today=today)
    refusal = rules.delegation_refusal(
        starts_on=starts_on,
        ends_on=ends_on,
        today=today,
        same_person=taker.id == giver.id,
        held=held,
        delegable=role in DELEGABLE,
    )
    if refusal is not None:
        raise Refused(REFUSAL_TEXTS[refusal])
    overlapping = session.scalars(
        select(Delegation.id).where(
            Delegation.from_account_id == giver.id,
            Delegation.role == role,
            Delegation.unit_id == unit.id,
            Delegation.revoked_at.is_(None),
            Delegation.starts_on <= ends_on,
            Delegation.ends_on >= starts_on,
        )
    ).first()
    if overlapping is not None:
        raise Conflict(N_("Pada hari-hari itu sudah ada yang ditunjuk. Akhiri dahulu penunjukan yang lama."))
    row = Delegation(
        from_account_id=giver.id,
        to_account_id=taker.id,
        role=role,
        unit_id=unit.id,
        kind=kind,
        starts_on=starts_on,
        ends_on=ends_on,
        letter=letter[:120],
        created_at=now,
    )
    session.add(row)
    session.flush()  # the trail needs the id
    record(
        session,
        actor,
        action="delegation.make",
        subject=("delegation", row.id),
        person_id=taker.employee_id,
        after={
            "kewenangan": role.value,
            "unit": unit.name,
            "jenis": kind.value,
            "mulai": starts_on.isoformat(),
            "sampai": ends_on.isoformat(),
            "surat": row.letter,
        },
        at=now,
    )
    publish(
        session,
        DelegationMade(row.id, giver.employee_id, taker.employee_id, role, unit.name, kind.value, starts_on, ends_on),
    )
    return row


def revoke_delegation(session: Session, actor: Actor, public_id: str, *, now: datetime) -> None:
    """End a delegation at once, by either side or by those who manage grants there; repeatable.

    Raises: NotFound.
    """
    shown = queries.get_delegation(session, actor, public_id)
    if shown is None:
        raise NotFound
    row = session.scalars(
        select(Delegation)
        .where(Delegation.id == shown.delegation_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if row.revoked_at is not None:
        return
    row.revoked_at = now
    sides = select(Account.id, Account.employee_id).where(Account.id.in_([row.from_account_id, row.to_account_id]))
    people = {row[0]: row[1] for row in session.execute(sides)}
    giver, taker = people[row.from_account_id], people[row.to_account_id]
    record(
        session,
        actor,
        action="delegation.revoke",
        subject=("delegation", row.id),
        person_id=taker,
        before={"kewenangan": row.role.value, "unit": shown.unit_name},
        at=now,
    )
    publish(session, DelegationEnded(row.id, giver, taker, row.role, shown.unit_name))
