"""Every kind on the page: answered by the plain form, kept, shown again, reviewed."""

from __future__ import annotations

import re

import pytest
import time_machine
from sqlalchemy import select

from lms.assessments.models import Attempt, AttemptItem, ItemVersion
from lms.assessments.rules import kind_of
from tests.factories.assessments import BODIES, make_world

KINDS = sorted(name for name in BODIES if not kind_of(name).needs_marker)


@pytest.fixture
def frozen(now):
    with time_machine.travel(now, tick=False) as clock:
        yield clock


def _fields(page, payload):
    """Return the fields that a person fills in to give a response, by what the page offers."""
    fields = {}
    for one in payload.get("options", ()):
        code, mark, value = one.partition("=")
        if mark and f'name="isian-{code}"' in page:
            fields[f"isian-{code}"] = value
        else:
            fields.setdefault("jawaban", []).append(one)
    if "text" in payload:
        fields["teks"] = payload["text"]
    return fields


def test_all_kinds_are_answered_without_a_script_and_reviewed(session, frozen, login_as):
    world = make_world(kinds=KINDS, copies=1)
    session.commit()
    client = login_as(world.employee)
    start = f"/belajar/{world.enrolment.public_id}/asesmen/ujian-akhir"
    sheet = client.submit(start, page=start).location
    rows = session.execute(
        select(AttemptItem.position_order, ItemVersion.kind, ItemVersion.body, AttemptItem.option_order)
        .join(ItemVersion, ItemVersion.id == AttemptItem.item_version_id)
        .order_by(AttemptItem.position_order)
    ).all()
    session.rollback()
    assert sorted(kind for _n, kind, _b, _o in rows) == KINDS
    for number, kind, body, order in rows:
        page = client.get(f"{sheet}/{number}").text
        assert "rahasia" not in page
        right = kind_of(kind).right(body, order)
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
        assert client.post(f"{sheet}/{number}", data=hidden | _fields(page, right)).status_code == 303
        kept = client.get(f"{sheet}/{number}").text
        typed = right.get("text") or right["options"][0].rpartition("=")[2]
        assert re.search(rf'value="[^"]*{re.escape(typed)}"(?: selected| checked|>)', kept), kind
    drawn = client.get(f"{sheet}/lembar").json["items"]
    assert all(one["o"] or one["t"] for one in drawn)
    client.submit(f"{sheet}/kumpulkan", page=f"{sheet}/periksa")
    assert session.scalars(select(Attempt.percent)).one() == 100
    review = client.get(f"{sheet}/pembahasan").text
    assert review.count("Kunci rahasia") > len(KINDS)
    assert "Belum tepat" not in review
    assert "%(" not in review


@pytest.mark.parametrize("kind", sorted(BODIES))
def test_a_manager_sees_each_kind_as_a_learner_does_with_the_key_below(session, frozen, login_as, kind):
    from lms.core.actor import Role
    from tests.factories.assessments import make_item
    from tests.factories.people import EmployeeFactory

    world = make_world(kinds=["single_choice"], copies=1)
    item = make_item(world.bank, code="X-1", kind=kind)
    person = EmployeeFactory()
    session.commit()
    client = login_as(person, (Role.INSTRUKTUR, world.unit))
    page = client.get(f"/instruktur/bank/butir/{item.public_id}").text
    assert "Seperti dilihat peserta" in page
    assert "Kunci rahasia" in page
    assert client.get(f"/instruktur/bank/{world.bank.public_id}?jenis={kind}").status_code == 200
