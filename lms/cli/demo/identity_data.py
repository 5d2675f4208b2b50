"""Demo data of access: an account for everybody, roles by position, and one known person for each role."""

from __future__ import annotations

import base64
import hashlib
import hmac
import random
import re
import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert, select

from lms.cli.demo.region import build_region
from lms.cli.demo.siasn import siasn_id
from lms.core import secrets
from lms.core.actor import Role
from lms.core.audit import AuditEntry
from lms.core.ids import new_public_id
from lms.identity.models import Account, AccountState, Delegation, DelegationKind, Grant
from lms.identity.policies import role_needs_second_factor
from lms.identity.rules import new_code, new_secret
from lms.identity.services import HEAD_REASON, code_hash, hash_password
from lms.people.models import Employee, EmployeeNumber, Installation
from lms.people.rules.names import full_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from sqlalchemy.orm import Session

    from lms.cli.demo.context import Context
    from lms.cli.demo.models import Employment, Person, Region

EXTRA_LOGINS: Final = 60  # people with the known password of "pegawai", so that load tests can log in
EXPERIENCED_YEARS: Final = 15
HR_UNIT: Final = "73.73-BKPSDM"
TRAINING_UNIT: Final = "73.73-UPT-PELATIHAN"
HR_POSTS: Final = frozenset({"analis-sdm", "kasubbag-umum", "kepala-bidang", "sekretaris-badan"})
SHOW_KECAMATAN: Final = "73.73.01"
SHOW_KELURAHAN: Final = "73.73.01.1001"
# Key of a known person: the role that it shows.
SHOWCASE: Final[dict[str, Role]] = {
    "pegawai": Role.PEGAWAI,
    "mentor": Role.MENTOR,
    "koordinator": Role.KOORDINATOR,
    "atasan": Role.ATASAN,
    "atasan-camat": Role.ATASAN,
    "hr": Role.HR,
    "instruktur": Role.INSTRUKTUR,
    "admin": Role.ADMIN,
}
# The known person of a whole nation (`--scale nasional`): somebody of its personnel office.
NATIONAL_HR: Final = "hr-nasional"
NATION_DOMAIN: Final = "nusantara.example"
_WORDS: Final = (
    "perahu",
    "lontara",
    "sagu",
    "ombak",
    "teluk",
    "rotan",
    "kapas",
    "cengkeh",
    "gerimis",
    "tambang",
    "jendela",
    "kemiri",
    "serambi",
    "pandan",
    "bambu",
    "kerikil",
    "lentera",
    "mentari",
    "nilam",
    "sampan",
    "tenun",
    "karang",
    "pelita",
    "anyaman",
    "kenari",
    "telaga",
    "beringin",
    "kolong",
    "gendang",
    "dermaga",
    "pualam",
    "rumpun",
)


# Person key, role, unit code, the job on which it rests, reason.
Right = tuple[str, Role, str, "Employment | None", str]


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a person of the demo types: a password, and the secret of the second factor where there is one."""

    password: str
    totp_secret: str | None


def demo_credentials(seed: int, role: str) -> Credentials:
    """Return password and second factor of a known person; worked out anew, stored nowhere in plain.

    Args:
        seed: of the demo installation.
        role: key of `SHOWCASE`, or `NATIONAL_HR`.
    """
    drawn = hmac.new(b"bina/demo", f"{seed}/{role}".encode(), hashlib.sha256).digest()
    held = Role.HR if role == NATIONAL_HR else SHOWCASE[role]
    words = "-".join(_WORDS[byte % len(_WORDS)] for byte in drawn[:3])
    secret = base64.b32encode(drawn[8:28]).decode() if role_needs_second_factor(held) else None
    return Credentials(f"{words}-{10 + drawn[3] % 90}", secret)


def showcase(region: Region) -> dict[str, Person]:
    """Return the known person of each key; the employee's own lurah and camat are among them."""
    people = {person.key: person for person in region.people}
    jobs = region.main_jobs()
    roles = {one.code: one.role_key for one in region.positions}

    def find(role_keys: tuple[str, ...], unit: str, taken: set[str], *, within: bool = False) -> Person:
        for key, job in sorted(jobs.items()):
            fits = job.unit_code.startswith(unit) if within else job.unit_code == unit
            person = people[key]
            if fits and key not in taken and person.nip and roles[job.position_code] in role_keys:
                return person
        msg = f"nobody of {role_keys} in {unit}"
        raise LookupError(msg)

    found: dict[str, Person] = {}
    wanted: tuple[tuple[str, tuple[str, ...], str, bool], ...] = (
        ("atasan-camat", ("camat",), SHOW_KECAMATAN, False),
        ("atasan", ("lurah",), SHOW_KELURAHAN, False),
        ("pegawai", ("pelaksana-pelayanan", "pelaksana-umum"), SHOW_KELURAHAN, False),
        ("koordinator", ("sekcam", "kasi-pelayanan", "kasi-pmd"), SHOW_KECAMATAN, False),
        ("mentor", ("seklur", "kasi-kelurahan-pelayanan"), SHOW_KECAMATAN, True),
        ("hr", ("analis-sdm", "kasubbag-umum", "kepala-bidang"), HR_UNIT, False),
        (
            "admin",
            ("pelaksana-umum", "pelaksana-keuangan", "kepala-bidang", "sekretaris-badan"),
            HR_UNIT,
            False,
        ),
        ("instruktur", ("widyaiswara", "pelaksana-umum"), TRAINING_UNIT, False),
    )
    for key, role_keys, unit, within in wanted:
        taken = {person.key for person in found.values()}
        found[key] = find(role_keys, unit, taken, within=within)
    return found


def _positions_of(region: Region) -> dict[str, str]:
    return {one.code: one.role_key for one in region.positions}


def rights_of(region: Region) -> Iterator[Right]:
    """Yield all grants of the region: the heads', those that come with an office, and the mentors'."""
    known = showcase(region)
    yield known["admin"].key, Role.ADMIN, region.code, None, "SK pengelola sistem"
    heads = {one.code for one in region.positions if one.is_head}
    for job in region.employments_on():
        if job.position_code in heads and job.kind != "plh":
            reason = HEAD_REASON if job.kind == "definitif" else "Plt. menurut surat perintah"
            yield job.person_key, Role.ATASAN, job.unit_code, job, reason
    roles, main = _positions_of(region), region.main_jobs()
    for key, job in sorted(main.items()):
        yield from _office_rights(region, key, job, roles[job.position_code])
    coordinator = known["koordinator"].key
    if roles[main[coordinator].position_code] != "sekcam":
        yield coordinator, Role.KOORDINATOR, SHOW_KECAMATAN, None, "Koordinator mentoring kecamatan"
    yield from _mentor_rights(region, known["mentor"].key, roles)


def _office_rights(region: Region, key: str, job: Employment, role_key: str) -> Iterator[Right]:
    if job.unit_code == HR_UNIT and role_key in HR_POSTS:
        yield key, Role.HR, region.code, job, "Tugas BKPSDM"
    if job.unit_code == TRAINING_UNIT:
        yield key, Role.INSTRUKTUR, region.code, job, "Tugas UPT Pelatihan"
    if role_key == "sekcam":
        yield key, Role.KOORDINATOR, job.unit_code, job, "Koordinator mentoring kecamatan"


def _mentor_rights(region: Region, known: str, roles: dict[str, str]) -> Iterator[Right]:
    people = {person.key: person for person in region.people}
    for number, (key, job) in enumerate(sorted(region.main_jobs().items())):
        chosen = number % 5 == 0 and _is_experienced(region, people[key], roles[job.position_code])
        if key == known or chosen:
            yield key, Role.MENTOR, _kecamatan_of(job.unit_code), job, "Mentor terpilih"
    for person in region.people:
        if person.status == "external":
            yield person.key, Role.MENTOR, region.code, None, "Perjanjian kerja sama"


def _kecamatan_of(unit_code: str) -> str:
    """Return the code of the kecamatan of a kelurahan; other units stay as they are."""
    return unit_code.rsplit(".", 1)[0] if unit_code.count(".") > 2 else unit_code


def _is_experienced(region: Region, person: Person, role_key: str) -> bool:
    since = person.cpns_on
    old = since is not None and (region.reference_on - since).days > EXPERIENCED_YEARS * 365
    return old and role_key.startswith(("kasi", "seklur", "kasubbag"))


def extra_logins(region: Region) -> list[Person]:
    """Return the people besides the known ones who log in with the password of "pegawai"."""
    mighty = {key for key, role, *_rest in rights_of(region) if role_needs_second_factor(role)}
    mighty |= {job.person_key for job in region.employments_on() if job.kind != "definitif"}
    mighty |= {person.key for person in showcase(region).values()}
    free = [one for one in region.employees if one.nip and one.legal_status == "Aktif" and one.key not in mighty]
    return sorted(free, key=lambda one: one.key)[:EXTRA_LOGINS]


def login_names(region: Region) -> dict[str, str]:
    """Return a login name for everybody without a NIP, by person key."""
    names: dict[str, str] = {}
    for person in region.people:
        if person.nip is not None:
            continue
        plain = unicodedata.normalize("NFKD", person.name.lower()).encode("ascii", "ignore").decode()
        base = ".".join(re.sub(r"[^a-z ]", "", plain).split()[:2])[:40]
        name, number = base, 2
        while name in names.values():
            name, number = f"{base}{number}", number + 1
        names[person.key] = name
    return names


def build(session: Session, context: Context) -> None:
    """Make accounts, grants and delegations, and note the accounts and the known people in the context."""
    known = showcase(context.region)
    context.made["showcase"] = {key: person.key for key, person in known.items()}
    _accounts(session, context, known)
    rows = session.scalars(select(Account))
    by_employee = {one.employee_id: one for one in rows}
    context.accounts = {
        key: by_employee[employee.id] for key, employee in context.employees.items() if employee.id in by_employee
    }
    _grants(session, context, known)
    _delegations(session, context)
    _log_ins(session, context)


def _accounts(session: Session, context: Context, known: dict[str, Person]) -> None:
    region, now = context.region, context.now
    draw = random.Random(f"bina/demo/accounts/{region.seed}")  # noqa: S311 -- repeatable demo, no secret
    known_keys = {person.key: key for key, person in known.items()}
    hashes = {key: hash_password(demo_credentials(region.seed, key).password) for key in known}
    extra, names = {person.key for person in extra_logins(region)}, login_names(region)
    strong = {key for key, role, *_rest in rights_of(region) if role_needs_second_factor(role)}
    rows: list[dict[str, Any]] = []
    for person in region.people:
        employee = context.employees[person.key]
        shown = known_keys.get(person.key)
        pending = shown is None and person.key not in extra | strong and draw.random() < 0.12
        password = hashes[shown] if shown else hashes["pegawai"] if person.key in extra else None
        secret = demo_credentials(region.seed, shown).totp_secret if shown else new_secret()
        has_factor = person.key in strong and secret is not None
        with_code = pending and draw.random() < 0.5
        active_for = timedelta(days=draw.randrange(20, 300))
        seen = now - timedelta(minutes=draw.randrange(30, 30 * 24 * 60))
        rows.append(
            {
                "public_id": new_public_id(),
                "employee_id": employee.id,
                "login": names.get(person.key),
                "state": AccountState.DISABLED
                if not employee.is_active
                else AccountState.PENDING
                if pending
                else AccountState.ACTIVE,
                "password_hash": password,
                "password_changed_at": None if pending else now - active_for,
                "activation_hash": code_hash("activation", new_code()) if with_code else None,
                "activation_expires_at": now + timedelta(hours=draw.randrange(6, 72)) if with_code else None,
                "totp_secret": secrets.encrypt("totp", secret.encode()) if has_factor and secret else None,
                "totp_confirmed_at": now - active_for if has_factor else None,
                "failed_count": 0,
                "last_login_at": None if pending else seen,
                "locale": "id",
                "theme": "auto",
                "created_at": now - timedelta(days=330),
            }
        )
    session.execute(insert(Account), rows)


def _grants(session: Session, context: Context, known: dict[str, Person]) -> None:
    giver = context.employees[known["admin"].key].id
    rows, seen = [], set()
    for key, role, unit_code, job, reason in rights_of(context.region):
        if (key, role, unit_code) in seen:
            continue
        seen.add((key, role, unit_code))
        rows.append(
            {
                "public_id": new_public_id(),
                "account_id": context.accounts[key].id,
                "role": role,
                "unit_id": context.units[unit_code].id,
                "starts_on": job.started_on if job is not None else context.today - timedelta(days=200),
                "ends_on": job.ended_on if job is not None else None,
                "granted_by_id": giver,
                "reason": reason,
            }
        )
    session.execute(insert(Grant), rows)


def _delegations(session: Session, context: Context) -> None:
    """Lend the roles of heads who are away to their Plh., and show one that is over."""
    region = context.region
    holders = {job.position_code: job.person_key for job in region.employments_on() if job.kind == "definitif"}
    rows = []
    for job in region.employments_on():
        giver = holders.get(job.position_code)
        if job.kind == "plh" and giver is not None and job.ended_on is not None and giver != job.person_key:
            rows.append(
                _delegation(
                    context,
                    (giver, job.person_key),
                    job.unit_code,
                    starts_on=job.started_on,
                    ends_on=job.ended_on,
                )
            )
    known = context.made["showcase"]
    ended = context.today - timedelta(days=24)
    sides = (known["atasan"], known["pegawai"])
    rows.append(_delegation(context, sides, SHOW_KELURAHAN, starts_on=ended - timedelta(days=4), ends_on=ended))
    # A camat who leaves for training next week, so that one waits to begin.
    begins = context.today + timedelta(days=6)
    sides = (known["atasan-camat"], known["koordinator"])
    rows.append(_delegation(context, sides, SHOW_KECAMATAN, starts_on=begins, ends_on=begins + timedelta(days=4)))
    session.execute(insert(Delegation), rows)


def _delegation(
    context: Context, sides: tuple[str, str], unit_code: str, *, starts_on: date, ends_on: date
) -> dict[str, Any]:
    return {
        "public_id": new_public_id(),
        "from_account_id": context.accounts[sides[0]].id,
        "to_account_id": context.accounts[sides[1]].id,
        "role": Role.ATASAN,
        "unit_id": context.units[unit_code].id,
        "kind": DelegationKind.PLH,
        "starts_on": starts_on,
        "ends_on": ends_on,
        "letter": f"800/{starts_on:%d%m}/BKPSDM/{starts_on:%Y}",
        "created_at": context.now - timedelta(days=30),
    }


def _log_ins(session: Session, context: Context) -> None:
    """Leave the trail of log-ins that a month of use leaves."""
    rows: list[dict[str, Any]] = [
        {
            "at": account.last_login_at - timedelta(days=back),
            "account_id": account.id,
            "employee_id": account.employee_id,
            "action": "account.log_in",
            "subject_kind": "account",
            "subject_id": account.id,
            "person_id": account.employee_id,
            "reason": "",
            "request_id": "",
        }
        for number, (_key, account) in enumerate(sorted(context.accounts.items()))
        if account.last_login_at is not None
        for back in (0, *((2, 5) if number % 4 == 0 else ()))
    ]
    rows.sort(key=lambda row: row["at"])
    session.execute(insert(AuditEntry), rows)


def demo_accounts(session: Session) -> list[dict[str, Any]]:
    """Return the people of the demo who can log in, the known ones first, with what they type."""
    held = session.get(Installation, 1)
    if held is None or held.demo_seed is None or held.demo_as_of_on is None:
        return []
    region = build_region(held.demo_seed, held.demo_as_of_on)
    found = [
        _entry(SHOWCASE[key].value, person, demo_credentials(region.seed, key), login_names(region))
        for key, person in ((key, showcase(region)[key]) for key in SHOWCASE)
    ]
    plain = demo_credentials(region.seed, "pegawai")
    found += [_entry(Role.PEGAWAI.value, person, plain, {}) for person in extra_logins(region)]
    return _present(session, found) + _of_the_nation(session, held.demo_seed)


def _of_the_nation(session: Session, seed: int) -> list[dict[str, Any]]:
    """Return who can log in outside the city: one of the national personnel office, and staff everywhere."""
    query = (
        select(Employee.name, Employee.title_before, Employee.title_after, EmployeeNumber.number, Account.totp_secret)
        .join(EmployeeNumber, EmployeeNumber.employee_id == Employee.id)
        .join(Account, Account.employee_id == Employee.id)
        .where(
            EmployeeNumber.valid_to_on.is_(None),
            Account.state == AccountState.ACTIVE,
            Account.password_hash.is_not(None),
            Employee.email.endswith(f"@{NATION_DOMAIN}"),
        )
        .order_by(Account.id)
        .limit(500)
    )
    found = []
    for name, before, after, number, secret in session.execute(query):
        known = demo_credentials(seed, "pegawai" if secret is None else NATIONAL_HR)
        found.append(
            {
                "role": "pegawai" if secret is None else NATIONAL_HR,
                "name": full_name(name, before=before, after=after),
                "nip": number,
                "login": number,
                "password": known.password,
                "totp_secret": known.totp_secret,
            }
        )
    return found


def _entry(role: str, person: Person, known: Credentials, names: dict[str, str]) -> dict[str, Any]:
    return {
        "key": person.key,
        "role": role,
        "name": person.full_name,
        "nip": person.nip,
        "login": person.nip or names.get(person.key),
        "password": known.password,
        "totp_secret": known.totp_secret,
    }


def _present(session: Session, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out whoever changed the number or the account since, and take the keys of the region away."""
    rows = session.execute(
        select(Employee.external_id, EmployeeNumber.number)
        .join(EmployeeNumber, EmployeeNumber.employee_id == Employee.id)
        .join(Account, Account.employee_id == Employee.id)
        .where(
            EmployeeNumber.valid_to_on.is_(None),
            Account.state == AccountState.ACTIVE,
            Employee.external_id.in_([siasn_id("pns", entry["key"]) for entry in entries]),
        )
    )
    numbers = {row[0]: row[1] for row in rows}
    return [
        {name: value for name, value in entry.items() if name != "key"}
        for entry in entries
        if numbers.get(siasn_id("pns", entry["key"])) == entry["nip"]
    ]
