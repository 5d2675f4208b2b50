"""Taking an exam through pages: without JavaScript, and through the script's endpoints."""

from __future__ import annotations

import gzip
import json
import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from lms.assessments.models import Attempt, AttemptItem, AttemptState, ItemVersion, ResponseLog
from tests.factories.assessments import enrol, make_world
from tests.support.html import StrictClient

TOKEN = re.compile(r'name="csrf_token" value="([0-9a-f]+)"')


@pytest.fixture
def frozen(now):
    with time_machine.travel(now, tick=False) as clock:
        yield clock


@pytest.fixture
def world(session, frozen):
    made = make_world()
    session.commit()
    return made


@pytest.fixture
def learner(world, login_as):
    return login_as(world.employee)


def start_page(world, code="ujian-akhir"):
    return f"/belajar/{world.enrolment.public_id}/asesmen/{code}"


@pytest.fixture
def sheet(learner, world):
    answer = learner.submit(start_page(world), page=start_page(world))
    assert answer.status_code == 303
    return answer.location


def items_of(session):
    session.rollback()
    return list(session.scalars(
        select(AttemptItem).order_by(AttemptItem.position_order).execution_options(populate_existing=True)
    ))  # fmt: skip


def key_fields(session, item):
    body = session.get(ItemVersion, item.item_version_id).body
    if "accepted" in body:
        return {"teks": body["accepted"][0]["text"]}
    return {"jawaban": [option["code"] for option in body["options"] if option["correct"]]}


def form_of(html):
    return {
        name: re.search(rf'name="{name}" value="([^"]*)"', html).group(1)
        for name in ("csrf_token", "soal", "revisi", "kirim", "jumlah")
    }


def post_json(client, url, body, token=None):
    token = token or TOKEN.search(client.last_html).group(1)
    return client.post(url, data=json.dumps(body), headers={
        "Content-Type": "application/json", "Accept": "application/json", "X-CSRF-Token": token,
    })  # fmt: skip


def test_the_start_page_tells_the_rules_in_words_with_the_end_in_the_zone_of_the_unit(learner, world):
    page = learner.get(start_page(world)).text
    for words in ("Waktu tidak berhenti bila Anda keluar.", "8 soal", "40 menit", "sampai pukul 14.45 WITA",
                  "3 dari 3", "Batas lulus 70 dari 100", "Mulai, 40 menit", "Bacalah soal dengan tenang."):  # fmt: skip
        assert words in page


def test_a_question_is_not_there_before_the_start(learner, world, session):
    page = learner.get(start_page(world)).text
    stems = session.scalars(select(ItemVersion.stem_md)).all()
    assert stems
    assert not [stem for stem in stems if stem in page]
    assert session.scalar(select(func.count(Attempt.id))) == 0


def test_a_double_start_leads_to_the_same_attempt(learner, world, sheet, session):
    again = learner.submit(start_page(world), page=start_page(world))
    assert again.location == sheet
    assert "Ujian Anda sedang berjalan" in learner.get(start_page(world)).text


def test_an_exam_is_taken_with_forms_alone(learner, world, sheet, session):
    first = learner.get(sheet)
    assert first.location == f"{sheet}/1"
    for item in items_of(session):
        page = learner.get(f"{sheet}/{item.position_order}").text
        assert f'Soal <span id="nomor">{item.position_order}</span>' in page
        fields = form_of(page) | key_fields(session, item)
        if item.position_order == 2:
            fields["ragu"] = "1"
        sent = learner.post(f"{sheet}/{item.position_order}", data=fields)
        assert sent.status_code == 303
        last = item.position_order == 8
        assert sent.location == (f"{sheet}/periksa" if last else f"{sheet}/{item.position_order + 1}")
    assert learner.get(sheet).location == f"{sheet}/periksa"
    check = learner.get(f"{sheet}/periksa").text
    assert "Semua soal sudah dijawab." in check
    assert "ragu-ragu: 1 soal" in check
    done = learner.submit(f"{sheet}/kumpulkan", page=f"{sheet}/periksa")
    assert done.location == f"{sheet}/hasil"
    result = learner.get(done.location).text
    for words in (
        "Selamat, Anda lulus",
        ">100<",
        "Batas lulus 70",
        "Percobaan 1 dari 3",
        "Materi 1",
        "Semua jawaban tepat",
    ):
        assert words in result
    review = learner.get(f"{sheet}/pembahasan").text
    assert "Kunci rahasia b" in review
    assert "Kunci rahasia penjelasan" in review
    assert learner.submit(f"{sheet}/kumpulkan").location == f"{sheet}/hasil"
    assert learner.get(f"{sheet}/1").location == f"{sheet}/hasil"
    assert "sudah lulus" in learner.get(start_page(world)).text


def test_the_check_page_names_what_is_unanswered(learner, sheet):
    check = learner.get(f"{sheet}/periksa").text
    assert "8 soal belum dijawab." in check
    assert f'href="{sheet}/3"' in check


def test_a_failed_exam_says_what_to_learn_again(learner, world, sheet):
    learner.submit(f"{sheet}/kumpulkan", page=f"{sheet}/periksa")
    page = learner.get(f"{sheet}/hasil").text
    for words in ("Belum lulus", "Pelajari lagi", "8 soal belum tepat. 8 di antaranya kosong.", "Baca materi",
                  "Masih ada 2 percobaan.", f"/belajar/{world.enrolment.public_id}/materi/"):  # fmt: skip
        assert words in " ".join(page.split())


def test_the_pretest_has_a_result_of_its_own(learner, world):
    sheet = learner.submit(start_page(world, "pra-uji"), page=start_page(world, "pra-uji")).location
    learner.submit(f"{sheet}/kumpulkan", page=f"{sheet}/periksa")
    page = learner.get(f"{sheet}/hasil").text
    assert "Ini titik awal Anda" in page
    assert "Batas lulus" not in page


def test_no_key_and_no_feedback_leaves_the_server_before_the_end(learner, sheet):
    sent = [learner.get(f"{sheet}/{number}").text for number in range(1, 9)]
    sent += [learner.get(f"{sheet}/{path}").get_data(as_text=True) for path in ("periksa", "lembar", "keadaan")]
    everything = "\n".join(sent)
    for secret in ("rahasia", "correct", "maklumat", "feedback", "accepted", "explanation"):
        assert secret not in everything
    assert "Pilihan a" in everything
    for path in ("hasil", "pembahasan"):
        assert learner.get(f"{sheet}/{path}").status_code == 303


def test_anothers_attempt_is_absent(world, learner, sheet, session, login_as):
    enrolment, _actor = enrol(world)
    session.commit()
    from lms.people.models import Employee

    other = login_as(session.get(Employee, enrolment.employee_id), use=learner.application.test_client())
    item = items_of(session)[0]
    missing = other.get("/ujian/01m0000000000000000000000/1")
    for path in ("", "/1", "/periksa", "/keadaan", "/lembar", "/hasil", "/pembahasan"):
        assert other.get(sheet + path).status_code == 404
    assert other.get(f"{sheet}/1").status_code == missing.status_code == 404
    other.get("/ujian/x/1")
    body = {"q": item.public_id, "o": ["b"], "t": "", "f": False, "b": 0, "c": "dev1:tab1:1"}
    assert post_json(other, f"{sheet}/simpan", body, token=_token(other)).status_code == 404
    assert other.submit(f"{sheet}/kumpulkan").status_code == 404
    assert items_of(session)[0].revision == 0


def _token(client):
    # A page of one's own that carries the token.
    client.get("/beranda")
    found = TOKEN.search(client.last_html)
    assert found
    return found.group(1)


def test_a_stranger_is_led_to_the_log_in(app, sheet):
    assert app.test_client().get(f"{sheet}/1").location.startswith("/masuk?lanjut=")


@pytest.fixture
def body(learner, sheet, session):
    learner.get(f"{sheet}/1")
    item = next(
        item for item in items_of(session) if session.get(ItemVersion, item.item_version_id).kind == "single_choice"
    )
    return {"q": item.public_id, "o": ["b"], "t": "", "f": True, "b": 0, "c": "dev1:tab1:1"}


def test_a_save_answers_with_the_server_s_clock_and_stays_small(learner, sheet, body, session, now):
    sent = post_json(learner, f"{sheet}/simpan", body)
    assert sent.status_code == 200
    assert sent.json == {
        "saved_at": now.isoformat(timespec="seconds"),
        "at": "14.05",
        "revision": 1,
        "seconds_left": 2400,
    }
    assert len(sent.data) + len(json.dumps(body)) < 1024
    again = post_json(learner, f"{sheet}/simpan", body)
    assert again.json == sent.json
    session.rollback()
    assert session.scalar(select(func.count(ResponseLog.id))) == 1


def test_two_tabs_the_older_one_is_told_and_both_are_kept(learner, sheet, body, session):
    post_json(learner, f"{sheet}/simpan", body)
    late = post_json(learner, f"{sheet}/simpan", body | {"o": ["d"], "c": "dev2:tab2:1"})
    assert late.status_code == 409
    assert (late.json["code"], late.json["o"], late.json["revision"]) == ("two_versions", ["b"], 1)
    number = next(item.position_order for item in items_of(session) if item.public_id == body["q"])
    page = learner.get(f"{sheet}/{number}").text
    assert "Soal ini dijawab berbeda di dua perangkat." in page
    assert "Pilihan d" in page
    assert "14.05 WITA" in page
    fields = form_of(page) | {"jawaban": "d", "dua_versi": "1"}
    learner.post(f"{sheet}/{number}", data=fields)
    row = items_of(session)[number - 1]
    assert (row.payload, row.has_conflict) == ({"options": ["d"]}, False)


def test_an_old_form_does_not_overwrite(learner, sheet, session):
    old = form_of(learner.get(f"{sheet}/1").text)
    item = items_of(session)[0]
    fields = key_fields(session, item)
    learner.post(f"{sheet}/1", data=form_of(learner.get(f"{sheet}/1").text) | fields)
    other = {"teks": "lain"} if "teks" in fields else {"jawaban": "salah" if fields["jawaban"] == ["benar"] else "d"}
    late = learner.post(f"{sheet}/1", data=old | other)
    assert late.location == f"{sheet}/1"
    assert items_of(session)[0].has_conflict
    repeated = learner.post(f"{sheet}/1", data=old | other)
    assert repeated.location == f"{sheet}/1"
    assert session.scalar(select(func.count(ResponseLog.id))) == 2


@pytest.mark.parametrize(
    "change",
    [{"o": "b"}, {"o": [1]}, {"q": None}, {"b": "0"}, {"b": True}, {"c": "tanpa-bentuk"}, {"o": ["zz"]},
     {"t": "x" * 3000}],
)  # fmt: skip
def test_nonsense_is_refused_and_changes_nothing(learner, sheet, body, session, change):
    sent = post_json(learner, f"{sheet}/simpan", body | change)
    assert sent.status_code == 422
    assert session.scalar(select(func.count(ResponseLog.id))) == 0


def test_a_save_without_the_token_is_refused(learner, sheet, body, session):
    sent = post_json(learner, f"{sheet}/simpan", body, token="0" * 64)
    assert sent.status_code == 409
    assert "code" in sent.json
    assert sent.json["code"] != "two_versions"


def test_after_the_log_in_ended_a_save_says_so(app, sheet, body):
    plain: StrictClient = app.test_client()
    sent = post_json(plain, f"{sheet}/simpan", body, token="0" * 64)
    assert sent.status_code in {401, 409}
    assert plain.get(f"{sheet}/keadaan", headers={"Accept": "application/json"}).status_code == 401


def test_the_grace_takes_what_was_on_its_way_then_the_attempt_is_over(  # noqa: PLR0917 -- fixtures
    learner, world, sheet, body, session, frozen, now
):
    frozen.move_to(now + timedelta(minutes=40, seconds=30))
    assert "Waktu habis" in learner.get(f"{sheet}/1").text
    late = post_json(learner, f"{sheet}/simpan", body)
    assert (late.status_code, late.json["seconds_left"]) == (200, 0)
    frozen.move_to(now + timedelta(minutes=41))
    closed = post_json(learner, f"{sheet}/simpan", body | {"o": ["c"], "b": 1, "c": "dev1:tab1:2"})
    assert (closed.status_code, closed.json["code"]) == (410, "closed")
    assert learner.get(f"{sheet}/1").location == f"{sheet}/hasil"
    page = learner.get(f"{sheet}/hasil").text
    assert "Waktu habis Selasa, 24 November 2026 14.45 WITA" in page
    assert ">12,5<" in page
    session.rollback()
    assert session.scalars(select(Attempt)).one().state is AttemptState.OPEN
    sent = learner.post(f"{sheet}/1", data={"csrf_token": TOKEN.search(learner.get(start_page(world)).text).group(1),
                                            "soal": body["q"], "kirim": "dev1:tab1:3", "revisi": "1"})  # fmt: skip
    assert sent.location == f"{sheet}/hasil"
    assert "datang sesudahnya" in learner.get(sent.location).text
    assert session.scalar(select(func.count(Attempt.id))) == 1


def test_the_sheet_and_the_state_serve_the_script(learner, sheet, body):
    post_json(learner, f"{sheet}/simpan", body)
    items = learner.get(f"{sheet}/lembar").json["items"]
    assert [item["n"] for item in items] == list(range(1, 9))
    mine = next(item for item in items if item["q"] == body["q"])
    assert (mine["o"], mine["r"], mine["f"]) == (["b"], 1, True)
    assert 'value="b" checked' in mine["html"]
    state = learner.get(f"{sheet}/keadaan").json
    assert (state["phase"], state["seconds_left"], state["items"][body["q"]]) == ("running", 2400, 1)


def test_the_home_page_leads_back_to_a_running_exam(learner, sheet):
    page = learner.get("/beranda").text
    assert sheet in page
    assert "Waktu tidak berhenti" in page


def test_the_exam_stays_within_its_bytes(session, frozen, login_as):
    world = make_world(copies=10, draw_count=40)
    session.commit()
    client = login_as(world.employee)
    sheet = client.submit(start_page(world), page=start_page(world)).location
    size = {path: len(gzip.compress(client.get(f"{sheet}{path}").data)) for path in ("/17", "/lembar", "/periksa")}
    script = client.get(re.search(r'src="(/static/js/exam[^"]+)"', client.get(f"{sheet}/17").text).group(1))
    assert size["/17"] < 6_000
    assert len(script.data) <= 14 * 1024  # about 5 KB on the line
    # First view, sheet, 40 saves of at most 700 bytes both ways with the heads, check page.
    assert size["/17"] + size["/lembar"] + size["/periksa"] + 40 * 1_400 + 30_000 < 150_000
    assert sum(len(gzip.compress(client.get(f"{sheet}/{n}").data)) for n in range(1, 41)) < 150_000


@pytest.mark.parametrize("copies", [1, 10])
def test_pages_cost_the_same_number_of_statements_at_any_size(session, frozen, login_as, count_queries, copies):
    world = make_world(copies=copies)
    session.commit()
    client = login_as(world.employee)
    client.get(start_page(world))
    with count_queries() as counted:
        client.get(start_page(world))
    assert len(counted) <= 8
    sheet = client.submit(start_page(world), page=start_page(world)).location
    for path, most in {"/1": 6, "/periksa": 6, "/lembar": 5, "/keadaan": 5}.items():
        with count_queries() as counted:
            client.get(sheet + path)
        assert len(counted) <= most, (path, counted.statements)
    client.submit(f"{sheet}/kumpulkan", page=f"{sheet}/periksa")
    for path, most in {"/hasil": 7, "/pembahasan": 6}.items():
        with count_queries() as counted:
            client.get(sheet + path)
        assert len(counted) <= most, (path, counted.statements)
