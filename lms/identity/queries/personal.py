"""Everything the installation holds about one person, for that person ("Data saya")."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import Enum
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from lms.core.sessions import LoginSession, alive_condition
from lms.identity.models import Account, RecoveryCode
from lms.identity.queries.trail import list_own_trail, list_readings
from lms.people.models import (
    Employee,
    EmployeeNumber,
    Employment,
    OrganisationalUnit,
    PartnerOrganisation,
    Position,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from lms.core.text import Text

DOWNLOAD_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One log-in on one device."""

    session_id: int
    public_id: str
    created_at: datetime
    last_seen_at: datetime
    device: str
    address: str
    is_shared_computer: bool
    second_factor_at: datetime | None


@dataclass(frozen=True, slots=True)
class JobRow:
    """A post held for a time."""

    position: str
    unit: str
    kind: str
    is_main: bool
    started_on: date
    ended_on: date | None
    decree: str


@dataclass(frozen=True, slots=True)
class Profile:
    """The personal record as the personnel file gave it, and the account with it."""

    account_id: int
    account_public_id: str
    employee_id: int
    name: str
    title_before: str
    title_after: str
    gender: str | None
    birth_on: date | None
    status: str
    rank: str
    education: str | None
    email: str | None
    phone: str | None
    appointed_on: date | None
    contract_from_on: date | None
    unit: str
    position: str
    partner: str
    login: str | None
    locale: str
    theme: str
    account_created_at: datetime
    last_login_at: datetime | None
    password_changed_at: datetime | None
    second_factor_since: datetime | None
    numbers: tuple[tuple[str, str, date, date | None], ...]
    jobs: tuple[JobRow, ...]

    @property
    def full_name(self) -> str:
        """Return the name with its titles."""
        front = f"{self.title_before} {self.name}" if self.title_before else self.name
        return f"{front}, {self.title_after}" if self.title_after else front

    @property
    def number(self) -> str | None:
        """Return the present NIP, or None."""
        return next((number for number, _kind, _from, to in self.numbers if to is None), None)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of "Data saya" that an upper package adds.

    Args:
        key: name in the downloaded file.
        title: heading on the page.
        collect: returns rows of plain values about one person; all that is held.
        url: page where the person sees it in full.
    """

    key: str
    title: Text
    collect: Callable[[Session, int], list[dict[str, Any]]]
    url: str = ""


_sections: dict[str, Section] = {}


def register_personal_data(section: Section) -> None:
    """Add a part to "Data saya"; the same key again replaces it."""
    _sections[section.key] = section


def personal_sections() -> list[Section]:
    """Return the parts that upper packages added, in their order."""
    return list(_sections.values())


def list_sessions(session: Session, account_id: int, *, now: datetime, limit: int = 50) -> list[SessionRow]:
    """Return the log-ins of an account that still give access, latest used first."""
    rows = session.execute(
        select(
            LoginSession.id,
            LoginSession.public_id,
            LoginSession.created_at,
            LoginSession.last_seen_at,
            LoginSession.device,
            LoginSession.address,
            LoginSession.is_shared_computer,
            LoginSession.second_factor_at,
        )
        .where(LoginSession.account_id == account_id, LoginSession.is_half.is_(False), alive_condition(now))
        .order_by(LoginSession.last_seen_at.desc(), LoginSession.id.desc())
        .limit(limit)
    )
    return [SessionRow(*row) for row in rows]


def get_session(session: Session, account_id: int, public_id: str) -> LoginSession | None:
    """Return one own session, or None."""
    return session.scalars(select(LoginSession).filter_by(account_id=account_id, public_id=public_id)).one_or_none()


def count_recovery_codes(session: Session, account_id: int) -> int:
    """Return how many recovery codes are still unused."""
    query = select(func.count()).where(RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None))
    return session.scalar(query) or 0


def get_profile(session: Session, employee_id: int) -> Profile | None:
    """Return the personal record of the one who asks; three statements."""
    row = session.execute(
        select(Employee, Account, OrganisationalUnit.name, Position.name, PartnerOrganisation.name)
        .join(Account, Account.employee_id == Employee.id)
        .outerjoin(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
        .outerjoin(Position, Position.id == Employee.position_id)
        .outerjoin(PartnerOrganisation, PartnerOrganisation.id == Employee.partner_id)
        .where(Employee.id == employee_id)
    ).one_or_none()
    if row is None:
        return None
    person, account, unit, position, partner = row
    numbers = session.execute(
        select(
            EmployeeNumber.number,
            EmployeeNumber.kind,
            EmployeeNumber.valid_from_on,
            EmployeeNumber.valid_to_on,
        )
        .where(EmployeeNumber.employee_id == employee_id)
        .order_by(EmployeeNumber.valid_from_on, EmployeeNumber.id)
    )
    held = session.execute(
        select(
            Position.name,
            OrganisationalUnit.name,
            Employment.kind,
            Employment.is_main,
            Employment.started_on,
            Employment.ended_on,
            Employment.decree,
        )
        .join(Position, Position.id == Employment.position_id)
        .join(OrganisationalUnit, OrganisationalUnit.id == Employment.unit_id)
        .where(Employment.employee_id == employee_id)
        .order_by(Employment.started_on.desc(), Employment.id.desc())
    )
    rank = " ".join(part for part in (person.rank_name, f"({person.rank_code})" if person.rank_code else None) if part)
    return Profile(
        account_id=account.id,
        account_public_id=account.public_id,
        employee_id=person.id,
        name=person.name,
        title_before=person.title_before,
        title_after=person.title_after,
        gender=person.gender,
        birth_on=person.birth_on,
        status=person.status.value,
        rank=rank,
        education=person.education,
        email=person.email,
        phone=person.phone,
        appointed_on=person.appointed_on,
        contract_from_on=person.contract_from_on,
        unit=unit or "",
        position=position or "",
        partner=partner or "",
        login=account.login,
        locale=account.locale,
        theme=account.theme,
        account_created_at=account.created_at,
        last_login_at=account.last_login_at,
        password_changed_at=account.password_changed_at,
        second_factor_since=account.totp_confirmed_at,
        numbers=tuple((number, kind, start, end) for number, kind, start, end in numbers),
        jobs=tuple(
            JobRow(job, where, kind.value, is_main, start, end, decree)
            for job, where, kind, is_main, start, end, decree in held
        ),
    )


def _plain(value: Any) -> Any:
    """Return a value as JSON holds it; ids of our own tables are left out by the callers."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return value


_INTERNAL = frozenset({"account_id", "employee_id", "session_id", "entry_id", "grant_id", "delegation_id"})


def _document(row: Any) -> dict[str, Any]:
    fields = asdict(row) if not isinstance(row, dict) else row
    return {key: _plain(value) for key, value in fields.items() if key not in _INTERNAL}


def personal_document(
    session: Session, employee_id: int, *, now: datetime, grants: list[Any], delegations: list[Any]
) -> dict[str, Any]:
    """Return everything held about a person as one JSON document.

    Rule: UU 27/2022 art. 7 and 13: a person may read the own data and get them in a common format.
    """
    profile = get_profile(session, employee_id)
    assert profile is not None
    return {
        "dibuat_pada": _plain(now),
        "profil": _document(profile),
        "kewenangan": [_document(row) for row in grants],
        "penunjukan": [_document(row) for row in delegations],
        "sesi": [_document(row) for row in list_sessions(session, profile.account_id, now=now, limit=DOWNLOAD_ROWS)],
        "jejak": [_document(row) for row in list_own_trail(session, employee_id, limit=DOWNLOAD_ROWS)],
        "dibaca_oleh": [_document(row) for row in list_readings(session, employee_id, limit=DOWNLOAD_ROWS)],
        **{
            section.key: [_document(row) for row in section.collect(session, employee_id)]
            for section in personal_sections()
        },
    }
