"""Save receipts: shown to who answers, checked by who supervises, and not to be made up."""

from __future__ import annotations

import re

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from lms.assessments import services
from lms.assessments.models import AttemptItem, ResponseLog
from lms.assessments.rules.receipts import log_id_of, receipt_code, same_receipt
from lms.core.actor import Role
from lms.core.db import current_session, transaction
from tests.factories.assessments import make_world
from tests.factories.people import EmployeeFactory, UnitFactory

KEY = b"k" * 32


@given(st.integers(1, 1 << 50), st.binary(max_size=40), st.binary(max_size=40))
def test_a_code_leads_back_to_its_row_and_fits_nothing_else(log_id, content, other):
    code = receipt_code(KEY, log_id=log_id, content=content)
    assert log_id_of(code.lower()) == log_id
    assert same_receipt(f" {code.lower()} ", code)
    assert (receipt_code(KEY, log_id=log_id, content=other) == code) == (content == other)


def test_what_cannot_be_a_code_is_none():
    assert [log_id_of(typed) for typed in ("", "ABC", "!!!!-!!!!", "0000-000", "x" * 60)] == [None] * 5


@pytest.fixture
def world(session, now):
    with time_machine.travel(now, tick=False):
        made = make_world()
        session.commit()
        yield made


def test_the_code_on_the_check_page_is_proof_later(world, session, login_as, now):
    with transaction() as own:
        attempt = services.start_attempt(
            own, world.actor, enrolment_public_id=world.enrolment.public_id, code="ujian-akhir", now=now
        )
    item = session.scalars(select(AttemptItem).order_by(AttemptItem.id)).first()
    client = login_as(world.employee)
    assert "Bukti simpan" not in client.get(f"/ujian/{attempt}/periksa").text
    page = f"/ujian/{attempt}/{item.position_order}"
    html = client.get(page).text
    value = re.search(r'name="(jawaban|teks)"(?:[^>]* value="([^"]*)")?', html)
    fields = dict(re.findall(r'name="(soal|revisi|kirim|jumlah)" value="([^"]*)"', html))
    client.submit(page, fields | ({"jawaban": value[2]} if value[1] == "jawaban" else {"teks": "maklumat"}))
    code = re.search(r"Bukti simpan ([0-9A-Z-]+): 1 jawaban", client.get(f"/ujian/{attempt}/periksa").text)[1]
    with transaction() as own:
        services.submit_attempt(own, world.actor, public_id=attempt, now=now)
    assert code in client.get(f"/ujian/{attempt}/hasil").text
    person, far, elsewhere = EmployeeFactory(), EmployeeFactory(), UnitFactory()
    session.commit()
    staff = login_as(person, (Role.INSTRUKTUR, world.unit))
    assert "Cocok" in staff.get(f"/instruktur/bukti?kode={code.lower()}").text
    turned = code[:-1] + ("0" if code[-1] != "0" else "1")
    assert "tidak cocok" in staff.get(f"/instruktur/bukti?kode={turned}").text
    session.rollback()
    current_session().execute(update(ResponseLog).values(payload={"options": ["z"]}))
    current_session().commit()
    assert "tidak cocok" in staff.get(f"/instruktur/bukti?kode={code}").text
    stranger = login_as(far, (Role.INSTRUKTUR, elsewhere))
    assert "tidak cocok" in stranger.get(f"/instruktur/bukti?kode={code}").text
