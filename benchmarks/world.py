"""The data set and the people of a benchmark: the demo city, real sessions of different people."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

from sqlalchemy import func, select

from benchmarks.client import Connection, Request, text_of

WORDS = (
    "pelayanan",
    "literasi",
    "digital",
    "loket",
    "pengaduan",
    "arsip",
    "surat",
    "kata sandi",
    "warga",
    "standar",
    "SKM",
    "register",
    "data pribadi",
    "penipuan",
    "cadangan",
    "antrean",
)
_TOKEN = re.compile(r'name="csrf_token" value="([0-9a-f]+)"')
_ITEM = re.compile(r'data-soal="([0-9a-z]{26})"')
COURSE = "literasi-digital-spbe"


class World:
    """A demo installation with log-in sessions, open attempts and certificates to ask for.

    Args:
        env: LMS_* settings of the installation under test.
        root: the project's root.
    """

    def __init__(self, env: dict[str, str], *, root: Path) -> None:
        self.env = env
        lms = str(Path(sys.executable).with_name("lms"))
        for command in (["db", "upgrade"], ["demo", "--scale", "kota", "--seed", "1"]):
            subprocess.run([lms, *command], check=True, cwd=root, env={**os.environ, **env}, capture_output=True)
        os.environ.update(env)
        from lms.app import create_app  # reads the environment just set

        self.app = create_app()
        with self.app.app_context():
            self._prepare()

    def _prepare(self) -> None:
        from lms.certificates.models import Certificate
        from lms.core import clock, sessions
        from lms.core.db import current_session, transaction
        from lms.courses.models import Course, Enrolment, EnrolmentState, Offering
        from lms.identity.models import Account, AccountState, Grant

        now = clock.now()
        with transaction() as session:
            course_id = session.scalar(select(Course.id).filter_by(code=COURSE))
            rows = session.execute(
                select(Enrolment.public_id, Account.id)
                .join(Offering, Offering.id == Enrolment.offering_id)
                .join(Account, Account.employee_id == Enrolment.employee_id)
                .where(
                    Offering.course_id == course_id,
                    Account.state == AccountState.ACTIVE,
                    Enrolment.state.in_([EnrolmentState.ACTIVE, EnrolmentState.COMPLETED]),
                )
                .order_by(Enrolment.id)
                .limit(400)
            ).all()
            offices = set(session.scalars(select(Grant.account_id).where(Grant.revoked_at.is_(None))))
            rows = [row for row in rows if row[1] not in offices][:64]
            self.learners = [
                (sessions.begin(session, account_id=account, now=now, shared=False, second_factor=True)[1], enrolment)
                for enrolment, account in rows
            ]
            officer = session.scalar(select(Grant.account_id).filter_by(role="hr").order_by(Grant.id).limit(1))
            assert officer is not None
            self.officer = sessions.begin(session, account_id=officer, now=now, shared=False, second_factor=True)[1]
        session = current_session()
        self.codes = list(session.scalars(select(Certificate.code).order_by(Certificate.id).limit(500)))
        self.certificates = session.scalar(select(func.count(Certificate.id)))

    # -- requests ------------------------------------------------------------

    @staticmethod
    def _headers(token: str, user: int) -> dict[str, str]:
        return {"Cookie": f"sesi={token}", "X-Forwarded-For": f"10.{user // 250}.{user % 250}.9"}

    def _get(self, path: Callable[[int, int], str]) -> Callable[[int, int], Request]:
        def make(user: int, step: int) -> Request:
            token, _enrolment = self.learners[user % len(self.learners)]
            return Request(path(user, step), headers=self._headers(token, user))

        return make

    def scenarios(self, port: int, *, users: int) -> dict[str, Callable[[int, int], Request]]:
        """Return the scenarios by name; opens attempts and reads what the pages link to."""
        asyncio.run(self._open(port, users))
        chance = random.Random(7)
        new = itertools.count()
        new_words = [f"{chance.choice(WORDS)} {chance.choice(WORDS)} {n}" for n in range(4000)]
        return {
            "log-in page": lambda user, _s: Request("/masuk", headers={"X-Forwarded-For": f"10.9.{user}.1"}),
            "home": self._get(lambda _u, _s: "/beranda"),
            "home of HR": lambda user, _s: Request("/beranda", headers=self._headers(self.officer, user)),
            "catalogue": self._get(lambda _u, _s: "/katalog"),
            "search, repeated": self._get(lambda _u, s: "/katalog?" + urlencode({"cari": WORDS[s % len(WORDS)]})),
            "search, new words": self._get(
                lambda u, s: "/katalog?" + urlencode({"cari": new_words[(u * 997 + s) % len(new_words)]})
            ),
            "course": self._get(lambda _u, _s: f"/katalog/{COURSE}"),
            "lesson": self._get(lambda u, _s: self.lessons[u % len(self.lessons)]),
            # Another address each time, which the site ignores: nobody has drawn this page before.
            "catalogue, first visit": self._get(lambda _u, _s: f"/katalog?baru={next(new)}"),
            "course, first visit": self._get(lambda _u, _s: f"/katalog/{COURSE}?baru={next(new)}"),
            "lesson, first visit": self._get(lambda u, _s: f"{self.lessons[u % len(self.lessons)]}?baru={next(new)}"),
            "gap of one person": self._get(lambda _u, _s: "/kompetensi"),
            "JP of one person": self._get(lambda _u, _s: "/jp"),
            "heat map of the city": lambda user, _s: Request(
                "/laporan/kesenjangan", headers=self._headers(self.officer, user)
            ),
            "verification": lambda user, step: Request(
                "/v/" + self.codes[(user * 31 + step) % len(self.codes)],
                headers={"X-Forwarded-For": f"10.8.{user}.{step % 250}"},
            ),
            "answer save": self._save,
        }

    def _save(self, user: int, _step: int) -> Request:
        # Every save is another answer under another client id, in each round: a repeat would write nothing.
        attempt = self.attempts[user % len(self.attempts)]
        sent = attempt["sent"]
        attempt["sent"] += 1
        question = attempt["questions"][sent % len(attempt["questions"])]
        revision = attempt["revisions"].get(question, 0)
        attempt["revisions"][question] = revision + 1
        codes = attempt["options"].get(question) or []
        body = json.dumps(
            {
                "q": question,
                "o": [codes[revision % len(codes)]] if codes else [],
                "t": "" if codes else f"jawaban {revision}",
                "f": False,
                "b": revision,
                "c": f"bench{user:03d}:tab1:{sent}",
            }
        ).encode()
        return Request(
            f"/ujian/{attempt['id']}/simpan",
            "POST",
            body,
            {
                **self._headers(attempt["token"], user),
                "Content-Type": "application/json",
                "Accept": "application/json",
                "X-CSRF-Token": attempt["csrf"],
            },
        )

    async def _page(self, connection: Connection, path: str, token: str, user: int) -> tuple[int, dict[str, str], str]:
        status, headers, body = await connection.send(Request(path, headers=self._headers(token, user)))
        return status, headers, text_of(headers, body)

    async def _open(self, port: int, users: int) -> None:
        """Find a lesson of each person and open an attempt of as many as there are users."""
        connection = Connection(port)
        self.lessons, self.attempts = [], []
        for number, (token, enrolment) in enumerate(self.learners):
            _status, headers, text = await self._page(connection, f"/katalog/{COURSE}", token, number)
            found = re.search(rf"/belajar/{enrolment}/materi/[0-9a-z]{{26}}", text)
            if found is None:
                _status, headers, text = await self._page(connection, f"/belajar/{enrolment}", token, number)
                place = headers.get("location", "")
                found = re.search(r"/belajar/[0-9a-z]{26}/materi/[0-9a-z]{26}", text + place)
            self.lessons.append(found.group(0) if found else "/beranda")
            if len(self.attempts) < users:
                await self._begin(connection, token, enrolment, number)
        connection.close()
        if not self.attempts:
            raise RuntimeError("no attempt could be opened")

    async def _begin(self, connection: Connection, token: str, enrolment: str, user: int) -> None:
        for code in ("pra-uji", "ujian-akhir"):
            path = f"/belajar/{enrolment}/asesmen/{code}"
            _status, _headers, text = await self._page(connection, path, token, user)
            csrf = _TOKEN.search(text)
            if csrf is None:
                continue
            fields = {"csrf_token": csrf.group(1)}
            once = re.search(r'name="once" value="([^"]+)"', text)
            if once:
                fields["once"] = once.group(1)
            status, headers, _body = await connection.send(
                Request(
                    path,
                    "POST",
                    urlencode(fields).encode(),
                    {**self._headers(token, user), "Content-Type": "application/x-www-form-urlencoded"},
                )
            )
            started = re.search(r"/ujian/([0-9a-z]{26})", headers.get("location", ""))
            if status not in {302, 303} or started is None:
                continue
            questions, options = [], {}
            for number in range(1, 60):
                status, _headers, text = await self._page(
                    connection, f"/ujian/{started.group(1)}/{number}", token, user
                )
                if status != 200:
                    break
                found = _ITEM.search(text) or re.search(r'name="(?:q|question)" value="([0-9a-z]{26})"', text)
                if found is None:
                    break
                questions.append(found.group(1))
                options[found.group(1)] = re.findall(r'<input[^>]*name="jawaban"[^>]*value="([a-z0-9]+)"', text)
                csrf = _TOKEN.search(text)
            assert csrf is not None
            if questions:
                self.attempts.append(
                    {
                        "id": started.group(1),
                        "token": token,
                        "csrf": csrf.group(1),
                        "questions": questions,
                        "options": options,
                        "revisions": {},
                        "sent": 0,
                    }
                )
                return

    def whole_acts(self, port: int) -> dict[str, float]:
        """Time acts that are more than one request: log-in, and one certificate file."""
        from lms.certificates import services as certificates
        from lms.certificates.models import Certificate
        from lms.core.db import current_session

        figures = {"certificates in the data set": float(self.certificates or 0)}
        figures["log-ins /s"] = asyncio.run(self._log_ins(port))
        with self.app.app_context():
            rows = list(
                current_session().scalars(
                    select(Certificate).filter_by(pdf_digest=None).order_by(Certificate.id).limit(12)
                )
            )
            certificates.draw_pdf(current_session(), rows[0].id)
            begin = time.perf_counter()
            for row in rows[1:]:
                certificates.draw_pdf(current_session(), row.id)
            figures["certificate PDFs /s (client's core)"] = (len(rows) - 1) / (time.perf_counter() - begin)
        return figures

    async def _log_ins(self, port: int) -> float:
        from lms.cli.demo.identity_data import demo_accounts
        from lms.core.db import current_session

        with self.app.app_context():
            people = [one for one in demo_accounts(current_session()) if one["totp_secret"] is None][:40]

        async def one(number: int, person: dict[str, str]) -> bool:
            connection, headers = Connection(port), {"X-Forwarded-For": f"10.7.{number}.1"}
            _status, given, body = await connection.send(Request("/masuk", headers=headers))
            token = _TOKEN.search(text_of(given, body))
            assert token is not None
            cookie = given.get("set-cookie", "").split(";")[0]
            form = urlencode({"csrf_token": token.group(1), "nip": person["login"], "kata_sandi": person["password"]})
            status, _given, _body = await connection.send(
                Request(
                    "/masuk",
                    "POST",
                    form.encode(),
                    {**headers, "Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"},
                )
            )
            connection.close()
            return status in {302, 303}

        begin = time.perf_counter()
        good = sum(await asyncio.gather(*(one(n, person) for n, person in enumerate(people))))
        return good / (time.perf_counter() - begin)
