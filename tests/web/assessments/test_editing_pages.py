"""The bank in the browser: write, look, save, review by a second person, remark, import, export."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import select

from lms.assessments.models import Item, ItemComment, ItemState
from lms.assessments.rules import item_statistics, kind_names, near_duplicates
from lms.core.actor import Role
from tests.factories.assessments import BODIES, make_item, make_world
from tests.factories.people import EmployeeFactory

MOODLE = Path(__file__).parents[2] / "database" / "assessments" / "fixtures" / "moodle.xml"


@pytest.fixture
def frozen(now):
    with time_machine.travel(now, tick=False) as clock:
        yield clock


@pytest.fixture
def world(session, frozen):
    made = make_world(copies=1)
    session.commit()
    return made


@pytest.fixture
def instructor(session, world, login_as):
    def come():
        session.rollback()
        person = EmployeeFactory()
        session.commit()
        return login_as(person, (Role.INSTRUKTUR, world.unit))

    return come


def home(world):
    return f"/instruktur/bank/{world.bank.public_id}"


def hidden(page):
    return dict(re.findall(r'type="hidden" name="([\w-]+)" value="([^"]*)"', page))


QUESTION = {
    "stem": "Siapa memimpin kelurahan?", "r-options-0-text": "Lurah", "r-options-0-correct": "1",
    "r-options-1-text": "Camat", "r-options-2-text": "Bupati", "explanation": "Menurut aturan.", "tags": "dasar, uji",
}  # fmt: skip


def test_an_item_is_written_looked_at_saved_and_needs_a_second_person(instructor, world, session):
    author = instructor()
    form = f"{home(world)}/baru?jenis=single_choice"
    page = author.get(form).text
    look = author.post(f"{home(world)}/butir", data=hidden(page) | QUESTION | {"aksi": "lihat"}).text
    assert "Seperti dilihat peserta" in look
    assert "setiap pilihan memerlukan" in look
    assert session.scalars(select(Item).where(Item.author_employee_id.is_not(None))).first() is None
    session.rollback()
    saved = author.post(f"{home(world)}/butir", data=hidden(page) | QUESTION | {"aksi": "simpan"})
    assert saved.status_code == 303
    session.rollback()
    item = session.scalars(select(Item).where(Item.author_employee_id.is_not(None))).one()
    assert (item.state, item.tags) == (ItemState.DRAFT, ["dasar", "uji"])
    item_id = item.id
    session.rollback()
    here = saved.location
    assert "Anda tulis sendiri" in author.get(here).text
    token = {"csrf_token": hidden(author.get(here).text)["csrf_token"]}
    assert author.post(f"{here}/telaah", data=token).status_code == 409
    refused = author.submit(f"{here}/keadaan", {"keadaan": "ready"}, page=here)
    assert refused.status_code == 409
    second = instructor()
    assert second.submit(f"{here}/telaah", {}, page=here).status_code == 303
    assert second.submit(f"{here}/keadaan", {"keadaan": "ready"}, page=here).status_code == 303
    session.rollback()
    assert session.scalars(select(Item.state).where(Item.id == item_id)).one() is ItemState.READY


def test_faults_are_told_with_what_was_typed(instructor, world):
    author = instructor()
    page = author.get(f"{home(world)}/baru?jenis=single_choice").text
    sent = author.post(f"{home(world)}/butir", data=hidden(page) | QUESTION | {"r-options-0-correct": ""})
    assert sent.status_code == 422
    assert "harus tepat satu pilihan yang benar" in sent.text
    assert "Siapa memimpin kelurahan?" in sent.text


@pytest.mark.parametrize("kind", sorted(BODIES))
def test_the_form_of_each_kind_holds_all_of_an_item(instructor, world, session, kind):
    item = make_item(world.bank, code="X-1", kind=kind, stem="Apa?", state=ItemState.DRAFT)
    session.commit()
    author = instructor()
    page = author.get(f"/instruktur/bank/butir/{item.public_id}/ubah").text
    fields = hidden(page) | {"aksi": "simpan"}
    for name, value in re.findall(r'<input class="input" id="[^"]*" name="([^"]*)" value="([^"]*)"', page):
        fields[name] = value
    fields |= dict(re.findall(r'<textarea id="[^"]*" name="([^"]*)"[^>]*>([^<]*)</textarea>', page))
    for name, inside in re.findall(r'<select id="[^"]*" name="([^"]*)">(.*?)</select>', page):
        chosen = re.search(r'value="([^"]*)" selected', inside) or re.search(r'value="([^"]*)"', inside)
        fields[name] = chosen[1]
    for name in re.findall(r'<input type="checkbox" name="([^"]*)" value="1" checked', page):
        fields[name] = "1"
    saved = author.post(f"{home(world)}/butir", data=fields)
    assert saved.status_code == 303, re.findall(r"<li>(.*?)</li>", saved.text)[:5]
    from lms.assessments.models import ItemVersion

    session.rollback()
    bodies = session.scalars(
        select(ItemVersion.body).where(ItemVersion.item_id == item.id).order_by(ItemVersion.number)
    )
    assert list(bodies)[-1] == BODIES[kind]()


def test_kinds_are_offered_and_remarks_are_kept(instructor, world, session):
    author = instructor()
    assert author.get(f"{home(world)}/baru").text.count("jenis=") == len(kind_names())
    item = session.scalars(select(Item.public_id)).first()
    here = f"/instruktur/bank/butir/{item}"
    session.rollback()
    assert author.submit(f"{here}/komentar", {"komentar": "Kuncinya ganda?"}, page=here).status_code == 303
    assert "Kuncinya ganda?" in author.get(here).text
    assert author.submit(f"{here}/komentar", {"komentar": " "}, page=here).status_code == 422
    assert len(session.scalars(select(ItemComment)).all()) == 1


def test_a_file_is_checked_first_and_imported_on_the_second_word(instructor, world, session):
    author, here = instructor(), f"{home(world)}/impor"
    page = author.get(here).text
    sent = hidden(page) | {"berkas": (io.BytesIO(MOODLE.read_bytes()), "soal.xml")}
    report = author.post(here, data=sent, content_type="multipart/form-data").text
    assert "7 terbaca, 2 diubah, 2 dilewati." in report
    assert "coderunner" in report
    before = len(session.scalars(select(Item)).all())
    session.rollback()
    done = author.post(here, data=hidden(report) | {"aksi": "impor"}).text
    assert "Hasil impor" in done
    assert len(session.scalars(select(Item)).all()) == before + 9
    session.rollback()
    pasted = hidden(page) | {"tempel": "1. Siapa?\na. Camat\n*b. Lurah"}
    assert "1 terbaca" in author.post(here, data=pasted).text
    assert author.post(here, data=hidden(page)).status_code == 422


def test_export_names_what_a_format_cannot_carry(instructor, world, session):
    make_item(world.bank, code="SJ-1", kind="situational")
    session.commit()
    author, here = instructor(), f"{home(world)}/ekspor"
    page = author.get(here).text
    assert "SJ-1" in page
    assert "Semua butir ikut." in page
    assert b"SJ-1" in author.get(f"{here}?format=bina").data


def test_figures_of_an_item_follow_the_textbook():
    results = [(1.0, 8.0), (1.0, 7.0), (0.0, 3.0), (0.0, 2.0)]
    found = item_statistics(results)
    assert (found.count, found.facility_percent, found.is_enough) == (4, 50.0, False)
    assert found.discrimination == pytest.approx(98.06, abs=0.01)
    assert item_statistics([]) is None
    assert item_statistics([(1.0, 2.0), (1.0, 3.0)]).discrimination is None


def test_near_duplicates_share_most_of_their_words():
    others = [("a", "A", "Siapa yang memimpin kelurahan di kota itu?"), ("b", "B", "Berapa lama aduan dijawab?")]
    assert [one[1] for one in near_duplicates("Siapa yang memimpin kelurahan di kota ini?", others)] == ["A"]


def test_a_used_item_is_not_made_a_draft_when_an_exam_needs_it(instructor, world, session):
    item = session.scalars(select(Item).where(Item.bank_id == world.bank.id)).first()
    here = f"/instruktur/bank/butir/{item.public_id}/ubah"
    session.rollback()
    author = instructor()
    page = author.get(here).text
    sent = author.post(f"{home(world)}/butir", data=hidden(page) | QUESTION)
    assert sent.status_code == 422
    assert "belum dapat dilepas" in sent.text
