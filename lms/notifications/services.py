"""One message per event and person: a notice on the screen, and by mail where an address is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import update
from sqlalchemy.dialects import postgresql, sqlite

from lms.core import clock, jobs
from lms.core.audit import record
from lms.core.errors import Forbidden, NotFound, Refused
from lms.core.ids import new_public_id
from lms.core.text import N_
from lms.identity.policies import ROLE_NAMES
from lms.notifications import queries
from lms.notifications.models import Notice, NoticePolicy, NoticePreference
from lms.notifications.rules import ALWAYS_AT_ONCE, Topic, Way, topic_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from lms.core.actor import Actor
    from lms.identity import events

_MONTHS = (
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
)


def notify(
    session: Session,
    *,
    employee_id: int,
    kind: str,
    title: str,
    body: str = "",
    url: str = "",
    unique_key: str,
    mail: bool = True,
) -> int | None:
    """Leave a notice for a person, and owe the mail; a key that was used changes nothing.

    Args:
        session: the transaction of the event.
        employee_id: the receiver.
        kind: `<package>.<event>`, such as `courses.enrolment_approved`.
        title: what happened, one Indonesian sentence without a full stop.
        body: what follows from it; no score, no NIP, since mail is read over shoulders.
        url: local path of the page it is about.
        unique_key: the event; with the person it makes a repeated event harmless.
        mail: False leaves it on the screen only; True lets the person's choice and the office decide.

    Returns: the notice's id, or None when the person had it already.
    Concurrency: the key's unique constraint decides.
    """
    if url and (not url.startswith("/") or url.startswith("//")):
        msg = f"not a local path: {url!r}"
        raise ValueError(msg)
    way = queries.way_for(session, employee_id, topic_of(kind)) if mail else Way.NEVER
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    notice_id: int | None = session.execute(
        dialect.insert(Notice)
        .values(
            public_id=new_public_id(),
            employee_id=employee_id,
            kind=kind[:40],
            title=str(title)[:200],
            body=str(body)[:1000],
            url=url[:300],
            unique_key=f"{unique_key}:{employee_id}"[:120],
            created_at=clock.now(),
            read_at=None,
            waits_for_digest=way is Way.DAILY,
        )
        .on_conflict_do_nothing(index_elements=["unique_key"])
        .returning(Notice.id)
    ).scalar_one_or_none()
    if notice_id is not None and way is Way.AT_ONCE:
        jobs.enqueue(session, "notifications.send_mail", unique_key=f"notice-mail:{notice_id}", notice_id=notice_id)
    return notice_id


def mark_read(session: Session, actor: Actor, public_id: str, *, now: datetime) -> str:
    """Mark one own notice as read and return its path; another's is not found. Repeatable."""
    url: str | None = session.execute(
        update(Notice)
        .where(Notice.public_id == public_id, Notice.employee_id == actor.employee_id)
        .values(read_at=now)
        .returning(Notice.url)
    ).scalar_one_or_none()
    if url is None:
        raise NotFound
    return url


def mark_all_read(session: Session, actor: Actor, *, now: datetime) -> None:
    """Mark all own notices as read; a second call changes nothing."""
    session.execute(
        update(Notice).where(Notice.employee_id == actor.employee_id, Notice.read_at.is_(None)).values(read_at=now)
    )


def choose_ways(session: Session, actor: Actor, ways: Mapping[Topic, Way]) -> None:
    """Keep how a person wants mail about topics; those that the office locked stay as they are. Repeatable.

    Raises: Forbidden: the account belongs to no employee.
    """
    if actor.employee_id is None:
        raise Forbidden
    locked = {choice.topic for choice in queries.list_choices(session, actor.employee_id) if choice.is_locked}
    for topic, way in ways.items():
        if topic not in locked:
            _keep(session, NoticePreference, {"employee_id": actor.employee_id, "topic": topic}, {"way": way})


def set_policy(session: Session, actor: Actor, topic: Topic, *, way: Way, is_locked: bool, now: datetime) -> None:
    """Set how mail about a topic goes out for those who chose nothing, or, locked, for everybody. Repeatable.

    Raises: Refused: news about one's own account always go out at once.
    """
    if topic in ALWAYS_AT_ONCE:
        raise Refused(N_("Kabar tentang akun selalu dikirim saat itu juga."))
    before = queries.list_policies(session).get(topic)
    if before == (way, is_locked):
        return
    _keep(session, NoticePolicy, {"topic": topic}, {"way": way, "is_locked": is_locked})
    record(
        session,
        actor,
        action="notice.set_policy",
        subject=("notice_policy", None),
        before={"way": before[0].value, "locked": before[1]} if before else None,
        after={"topic": topic.value, "way": way.value, "locked": is_locked},
        at=now,
    )


def _keep(session: Session, model: type[Any], key: dict[str, Any], values: dict[str, Any]) -> None:
    """Add a row or change the one with this key; two at once leave one."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.execute(
        dialect.insert(model).values(**key, **values).on_conflict_do_update(index_elements=list(key), set_=values)
    )


def _day(value: date) -> str:
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def on_access_reset(session: Session, event: events.AccessReset) -> None:
    """Tell a person that an officer made a new activation code."""
    notify(
        session,
        employee_id=event.employee_id,
        kind="identity.access_reset",
        title=N_("Kode aktivasi baru dibuat untuk akun Anda"),
        body=N_("Kata sandi lama tidak berlaku lagi. Bila Anda tidak memintanya, hubungi pengelola kepegawaian."),
        url="/data-saya",
        unique_key=f"access-reset:{event.account_id}:{int(clock.now().timestamp())}",
    )


def on_password_changed(session: Session, event: events.PasswordChanged) -> None:
    """Tell a person that the password was changed."""
    notify(
        session,
        employee_id=event.employee_id,
        kind="identity.password_changed",
        title=N_("Kata sandi Anda diganti"),
        body=N_("Semua perangkat lain sudah keluar. Bila bukan Anda, segera hubungi pengelola kepegawaian."),
        url="/akun/sesi",
        unique_key=f"password:{event.account_id}:{int(clock.now().timestamp())}",
    )


def on_second_factor_changed(session: Session, event: events.SecondFactorChanged) -> None:
    """Tell a person that the second factor was set up, removed, or a recovery code used."""
    titles = {
        "enrol": N_("Faktor kedua dipasang di akun Anda"),
        "remove": N_("Faktor kedua dilepas dari akun Anda"),
        "code_used": N_("Satu kode cadangan Anda dipakai untuk masuk"),
        "new_codes": N_("Kode cadangan Anda dibuat baru"),
    }
    notify(
        session,
        employee_id=event.employee_id,
        kind="identity.second_factor",
        title=titles[event.what],
        body=N_("Bila bukan Anda, segera hubungi pengelola kepegawaian."),
        url="/akun/faktor-kedua",
        unique_key=f"factor:{event.what}:{event.account_id}:{int(clock.now().timestamp())}",
    )


def on_grant_given(session: Session, event: events.GrantGiven) -> None:
    """Tell a person about a role over a unit."""
    name = ROLE_NAMES[event.role]
    until = N_("sampai %(day)s", day=_day(event.ends_on)) if event.ends_on is not None else N_("tanpa batas waktu")
    notify(
        session,
        employee_id=event.employee_id,
        kind="identity.grant_given",
        title=N_("Anda mendapat kewenangan %(role)s", role=name),
        body=N_(
            "Untuk %(unit)s, mulai %(start)s, %(until)s.",
            unit=event.unit_name,
            start=_day(event.starts_on),
            until=until,
        ),
        url="/akun",
        unique_key=f"grant:{event.grant_id}",
    )


def on_grant_revoked(session: Session, event: events.GrantRevoked) -> None:
    """Tell a person that a role was taken away."""
    notify(
        session,
        employee_id=event.employee_id,
        kind="identity.grant_revoked",
        title=N_("Kewenangan %(role)s Anda berakhir", role=ROLE_NAMES[event.role]),
        body=N_("Untuk %(unit)s. Tanyakan kepada pengelola kepegawaian bila ini keliru.", unit=event.unit_name),
        url="/akun",
        unique_key=f"grant-revoked:{event.grant_id}",
    )


def on_delegation_made(session: Session, event: events.DelegationMade) -> None:
    """Tell the one who stands in, and keep the giver informed."""
    kind = {"plt": "Plt.", "plh": "Plh."}[event.kind]
    days = N_(
        "Untuk %(unit)s, %(start)s sampai %(end)s.",
        unit=event.unit_name,
        start=_day(event.starts_on),
        end=_day(event.ends_on),
    )
    notify(
        session,
        employee_id=event.to_employee_id,
        kind="identity.delegation_made",
        title=N_("Anda ditunjuk sebagai %(kind)s %(role)s", kind=kind, role=ROLE_NAMES[event.role]),
        body=days,
        url="/delegasi",
        unique_key=f"delegation:{event.delegation_id}",
    )
    notify(
        session,
        employee_id=event.from_employee_id,
        kind="identity.delegation_made",
        title=N_("Penunjukan %(kind)s Anda tersimpan", kind=kind),
        body=days,
        url="/delegasi",
        unique_key=f"delegation:{event.delegation_id}",
        mail=False,
    )


def on_delegation_ended(session: Session, event: events.DelegationEnded) -> None:
    """Tell both sides that somebody no longer stands in."""
    for employee_id in (event.to_employee_id, event.from_employee_id):
        notify(
            session,
            employee_id=employee_id,
            kind="identity.delegation_ended",
            title=N_("Penunjukan %(role)s diakhiri", role=ROLE_NAMES[event.role]),
            body=N_("Untuk %(unit)s. Kewenangan itu kembali kepada pemegangnya.", unit=event.unit_name),
            url="/delegasi",
            unique_key=f"delegation-ended:{event.delegation_id}",
        )
