"""A walk over all addresses, with everything that does not belong in them, as everybody: nothing breaks."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from itertools import cycle, islice
from typing import Any
from urllib.parse import urlencode, urlsplit

import html5lib
import pytest
from sqlalchemy import text

from lms.core import once
from lms.core.actor import Role
from lms.core.db import current_session, db
from lms.core.orm import Base
from tests.security import world as places
from tests.security.world import ABSENT, ROLES, address, kind_of, parameters

# What people, programs and thieves put where a name, a number or a day belongs.
HOSTILE = (
    "\ud800", "-1", "9" * 5000, "０１２", "٣", "NaN", "1e309", "2026-02-30", "0000-00-00", "9999-12-31",
    "0001-01-01", "10000-01", "' OR 1=1 --", "%", "\\", '"', "(", "a AND", "NEAR(a b", "*", "a:b:c", "{{7*7}}",
    "%(x)s%s%d", "${x}", "<script>alert(1)</script>", "\r\nSet-Cookie: a=b", "../../etc/passwd", "//jahat.example",
    "\u202egnp.exe", "ꦱꦸꦫ", "\U0001f469\u200d\U0001f3eb", " ", "null", "[]", "x" * 200, "\ufeff", "\u2028",
)  # fmt: skip
_BREAKERS = cycle(("a\x00b", "99999999999999999999"))
GOOD = {
    "tanggal": "24/11/2026", "jam": "14.05", "lama": "60", "cara": "telepon", "topik": "aduan", "isi": "Isi sesi.",
    "alasan": "Karena sudah disepakati bersama.", "reason": "Karena sudah disepakati bersama.", "level": "2",
    "note": "Menunjukkan bukti kerja yang jelas di loket.", "assessed_on": "20/11/2026", "mulai": "24/11/2026",
    "sampai": "24/12/2026", "irama": "14", "name": "Besse Rahma", "starts_on": "01/11/2026", "ends_on": "01/12/2027",
    "last_on": "20/11/2026", "code": "MITRA-BARU", "nip": "198503302009021999", "kata_sandi": "perahu kaca menanak",
    "kata_sandi_lama": "perahu kaca menanak", "kata_sandi_baru": "lontara sagu ombak", "ulangi": "lontara sagu ombak",
    "kode": "123456", "putusan": "setuju", "cari": "andi", "catatan": "Jamnya keliru.", "tampilan": "dark",
    "bahasa": "id", "jawaban": "a", "teks": "maklumat", "revisi": "0", "kirim": "form:abcd:1", "version": "1",
}  # fmt: skip
_NUMBERS = re.compile(r"[0-9a-z]{26}|[0-9a-f]{64}|[0-9]{2}\.[0-9]{2}")


@pytest.fixture(autouse=True)
def _as_in_real_life(app, monkeypatch):
    """Let errors become pages, as outside of tests."""
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    monkeypatch.setattr(app, "testing", False)


@pytest.fixture
def asked(app, monkeypatch):
    """Note which names of fields and of the query the views look for."""
    names: set[str] = set()

    class Noting(app.request_class.parameter_storage_class):
        def get(self, key, *args, **kwargs):
            names.add(key)
            return super().get(key, *args, **kwargs)

        def getlist(self, key, *args, **kwargs):
            names.add(key)
            return super().getlist(key, *args, **kwargs)

        def __contains__(self, key):
            names.add(key)
            return super().__contains__(key)

        def __getitem__(self, key):
            names.add(key)
            return super().__getitem__(key)

    class NotingRequest(app.request_class):
        parameter_storage_class = Noting

    monkeypatch.setattr(app, "request_class", NotingRequest)
    return names


def judge(answer: Any, told: str) -> list[str]:
    """Return what is wrong with an answer: a fault of ours, a broken page, a leak of how it is made."""
    wrong = []
    if answer.status_code >= 500 and "/_/ready" not in told:
        wrong.append(f"{answer.status_code} {told}")
    if "jahat" in urlsplit(answer.headers.get("Location", "")).netloc:
        wrong.append(f"leads away {told}")
    if any("\n" in value or "\r" in value for _name, value in answer.headers):
        wrong.append(f"broken header {told}")
    if "a=b" in answer.headers.getlist("Set-Cookie"):
        wrong.append(f"planted cookie {told}")
    if answer.status_code >= 400 and answer.mimetype == "text/html":
        page = answer.get_data(as_text=True)
        if page.count("<h1") != 1:
            wrong.append(f"{answer.status_code} without a sentence {told}")
        if "Traceback" in page or "sqlalchemy" in page.lower():
            wrong.append(f"shows its inside {told}")
    elif answer.mimetype == "text/html" and "<script>alert" in answer.get_data(as_text=True):
        wrong.append(f"runs a foreign script {told}")
    return wrong


def rules_of(app: Any, method: str) -> list[Any]:
    return sorted((r for r in app.url_map.iter_rules() if method in r.methods), key=lambda rule: rule.rule)


def some(turn: Any, count: int) -> list[str]:
    """Return what breaks databases most often, and the next few of the other values."""
    return [next(_BREAKERS), *islice(turn, count)]


@pytest.mark.usefixtures("on_the_stricter_database")
def test_no_address_breaks_whatever_stands_in_it(app, world):
    """A scanner puts everything it knows into each place of each address, as a stranger and as everybody."""
    turn, wrong = cycle(HOSTILE), []
    for role in ROLES:
        client = world.log_in(app, role)
        for rule in rules_of(app, "GET"):
            for name in parameters(rule.rule):
                for value in some(turn, 1):
                    url = address(rule.rule, world.ours, **{name: value})
                    wrong += judge(client.get(url), f"GET {rule.rule} {name}={value[:30]!r} as {role}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.usefixtures("on_the_stricter_database")
def test_no_page_breaks_whatever_its_query_says(app, world, asked):
    """The same in each query parameter that a page reads; what it reads is learnt by listening."""
    turn, wrong, tried = cycle(HOSTILE), [], set()
    for role in (Role.HR, Role.INSTRUKTUR, Role.KOORDINATOR, Role.ADMIN, Role.PEGAWAI, Role.ATASAN, Role.MENTOR, None):
        client = world.log_in(app, role)
        for rule in rules_of(app, "GET"):
            url = address(rule.rule, world.ours)
            if rule.rule in tried:
                continue
            asked.clear()
            answer = client.get(url)
            wrong += judge(answer, f"GET {url} as {role}")
            if answer.status_code != 200:
                continue
            tried.add(rule.rule)
            for name in sorted(asked):
                for value in some(turn, 2):
                    told = f"GET {rule.rule}?{name}={value[:30]!r} as {role}"
                    wrong += judge(client.get(places.with_query(url, **{name: value})), told)
    assert not wrong, "\n".join(wrong)
    assert len(tried) > 80, "the walk reached too few pages to say anything"


def fields_of(page: str) -> dict[str, list[str]]:
    """Return names of a page's controls with the values that a browser would or could send."""
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    found: dict[str, list[str]] = defaultdict(list)
    for node in tree.iter():
        name = node.get("name") if node.tag in {"input", "select", "textarea", "button"} else None
        if not name or name in {"csrf_token", "once"}:
            continue
        if node.tag == "select":
            found[name] += [option.get("value", "") for option in node.iter("option") if option.get("value")][:1]
        else:
            found[name] += [node.get("value")] if node.get("value") else []
    return found


def filled(names: set[str], page: str, rows: dict[str, str]) -> dict[str, str]:
    """Return a form as a person would send it."""
    offered = fields_of(page)
    values = {"employee": rows["employee"], "usul": rows["enrolment"], "angkatan": rows["offering"]}
    return {
        name: (offered.get(name) or [""])[0] or GOOD.get(name) or values.get(name, "")
        for name in names | set(offered)
        if name not in {"csrf_token", "once"}
    }


@pytest.mark.usefixtures("on_the_stricter_database")
def test_no_form_breaks_whatever_is_typed(app, world, asked):
    """Each field of each form, one at a time, gets what does not belong there; the others are filled well."""
    turn, wrong, tried = cycle(HOSTILE), [], set()
    for role in (Role.HR, Role.PEGAWAI, Role.MENTOR, Role.ATASAN, Role.KOORDINATOR, Role.ADMIN, Role.INSTRUKTUR, None):
        client = world.log_in(app, role)
        token = client.token()
        for rule in rules_of(app, "POST"):
            if rule.rule in tried:
                continue
            url = address(rule.rule, world.ours)
            page = client.get(url)
            asked.clear()
            first = client.post(url, data={"csrf_token": token, "once": once.new_key()})
            wrong += judge(first, f"POST {rule.rule} empty as {role}")
            if first.status_code in {401, 403, 404} or "/masuk?" in first.headers.get("Location", ""):
                continue
            tried.add(rule.rule)
            shown = page.get_data(as_text=True) if page.status_code == 200 and page.mimetype == "text/html" else ""
            form = filled(set(asked), shown, world.ours.rows)
            for name in sorted(form):
                for value in some(turn, 2):
                    sent = form | {name: value, "csrf_token": token, "once": once.new_key()}
                    body = urlencode({k: v.encode("utf-8", "surrogatepass") for k, v in sent.items()})
                    answer = client.post(url, data=body, content_type="application/x-www-form-urlencoded")
                    told = f"POST {rule.rule} {name}={value[:30]!r} as {role}"
                    wrong += judge(answer, told)
                    if answer.status_code == 409 and "kedaluwarsa" in answer.get_data(as_text=True):
                        client = world.log_in(app, role)  # the act ended this session
                        token = client.token()
    assert not wrong, "\n".join(wrong)
    assert len(tried) > 45, "the walk reached too few forms to say anything"


BODIES = (
    None, True, 1, "x", [], {}, {"q": None}, {"q": "\ud800", "c": "\ud800"}, {"q": "a\x00b", "c": "a\x00b"},
    {"q": "x" * 3000}, {"b": 10**30}, {"b": -1}, {"b": True}, {"b": 1.5}, {"o": ["\ud800"]}, {"o": ["a\x00b"]},
    {"o": ["a"] * 500}, {"o": [["a"]]}, {"t": "\ud800"}, {"t": "a\x00b"}, {"t": "ꦱꦸꦫ" * 100}, {"c": "dev\x00:tab1:1"},
    {"c": "x" * 200}, {"c": "\ud800"}, {"c": ""}, {"materi": "\ud800"}, {"materi": "a\x00b"}, {"materi": 1},
    {"permil": 10**400}, {"permil": -1}, {"permil": "NaN"}, {"permil": 1e308}, {"permil": True}, {"permil": None},
    {"bagian": "\ud800"}, {"bagian": "a\x00b"}, {"bagian": []}, {"bagian": "x" * 900},
)  # fmt: skip


def test_no_script_s_address_breaks_whatever_json_it_gets(app, world):
    """A changed page or a broken network sends other JSON than ours; half a letter, a huge number, a zero byte."""
    client, wrong = world.log_in(app, Role.PEGAWAI), []
    token = client.token()
    question = next(iter(client.get(f"/ujian/{world.ours.rows['attempt']}/keadaan").get_json()["items"]))
    good = {"q": question, "o": ["a"], "t": "", "f": False, "b": 0, "c": "device:tab1:1"}
    good |= {"materi": world.ours.rows["lesson"], "bagian": "bagian-satu", "permil": 500}
    heads = {"X-CSRF-Token": token, "Accept": "application/json"}
    for rule in ("/ujian/<string:public_id>/simpan", "/belajar/<string:public_id>/posisi"):
        url = address(rule, world.ours)
        for number, body in enumerate(BODIES):
            sent = good | {"c": f"device:tab1:{number}"} | body if isinstance(body, dict) else body
            answer = client.post(url, data=json.dumps(sent), content_type="application/json", headers=heads)
            wrong += judge(answer, f"{rule} {str(body)[:40]}")
            if answer.status_code >= 400 and not answer.get_json().get("detail", answer.get_json().get("message")):
                wrong.append(f"{answer.status_code} without a sentence {rule} {str(body)[:40]}")
        for raw in (b"", b"{", b"\xff\xfe", b"[" * 1900, b'{"q":' + b"9" * 1900 + b"}", b"\x00"):
            answer = client.post(url, data=raw, content_type="application/json", headers=heads)
            wrong += judge(answer, f"{rule} {raw[:20]!r}")
    assert not wrong, "\n".join(wrong)


def plain(answer: Any) -> tuple[int, str, str]:
    """Return status, words and direction of an answer without what differs from request to request."""
    words = answer.get_data(as_text=True) if answer.status_code == 404 else ""
    return answer.status_code, _NUMBERS.sub("#", words), _NUMBERS.sub("#", answer.headers.get("Location", ""))


def act(world: Any, rule: str, token: str) -> dict[str, Any]:
    """Return what a page of ours would post to an address, as arguments of the client."""
    if rule.endswith(("/simpan", "/posisi")):
        body = {
            "q": "x" * 26,
            "o": ["a"],
            "t": "",
            "f": False,
            "b": 0,
            "c": "device:tab1:1",
            "materi": "x",
            "permil": 1,
        }
        return {"json": body, "headers": {"X-CSRF-Token": token}}
    data = {"csrf_token": token, "once": once.new_key(), **GOOD}
    if rule.startswith("/ujian/"):
        data |= {"soal": "x" * 26, "kirim": "form:abcd:1"}
    if rule.endswith("/keadaan"):
        data["keadaan"] = "ready"
    return {"data": data}


# The law of these addresses is that everybody may read them.
OPEN_TO_ALL = ("/katalog/", "/kompetensi/kamus/", "/mitra/", "/v/", "/static/", "/bantuan/", "/unit/")


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.usefixtures("on_one_database")
def test_a_row_of_another_unit_looks_like_none(app, world, method):
    """Somebody learnt ids of another kelurahan, from a chat or a printout, and tries them on every address."""
    wrong, compared = [], 0
    for role in ROLES:
        client = world.log_in(app, role)
        token = client.token("/masuk" if role is None else "/akun/kata-sandi")
        for rule in rules_of(app, method):
            if not parameters(rule.rule) or rule.rule.startswith(OPEN_TO_ALL):
                continue
            for name in parameters(rule.rule):
                kind = kind_of(rule.rule, name)
                if kind in {"number", "assessment", "competency"} or kind not in world.theirs.rows:
                    continue
                if kind == "lesson_file" and role is None:
                    continue  # a name, not an id: the way to the log-in page repeats it
                pair = []
                for value in (world.theirs.rows[kind], ABSENT):
                    url = address(rule.rule, world.ours, **{name: value})
                    pair.append(
                        client.get(url) if method == "GET" else client.post(url, **act(world, rule.rule, token))
                    )
                told = f"{method} {rule.rule} {name} as {role}: {[one.status_code for one in pair]}"
                compared += pair[0].status_code == 404
                same = plain(pair[0]) == plain(pair[1])
                if not same or pair[0].status_code not in {303, 401, 403, 404}:
                    wrong.append(told)
    assert not wrong, "\n".join(wrong)
    assert compared > 60, "too few addresses were compared to say anything"


@pytest.mark.usefixtures("on_one_database")
def test_no_post_goes_without_the_token_of_the_page(app, world):
    """A page elsewhere posts to us with the victim's cookie; also as JSON, and with a token of its own session."""
    stranger = world.log_in(app, Role.PEGAWAI, world.theirs).token()
    before = fingerprint()
    wrong = []
    for role in ROLES:
        client = world.log_in(app, role)
        before = fingerprint()
        for rule in rules_of(app, "POST"):
            url = address(rule.rule, world.ours)
            for data in (dict(GOOD), GOOD | {"csrf_token": stranger}):
                answer = client.post(url, data=data)
                if answer.status_code != 409:
                    wrong.append(f"POST {rule.rule} as {role}: {answer.status_code}")
        if fingerprint() != before:
            wrong.append(f"something was written as {role}")
    assert not wrong, "\n".join(wrong)


NOTES = {"login_session", "rate_counter", "reading_note", "login_throttle"}


def fingerprint() -> dict[str, Any]:
    """Return what all tables hold, but for counters and notes of reading."""
    session = current_session()
    session.rollback()
    quoted = db.engine.dialect.identifier_preparer.quote
    held = {}
    for table in Base.metadata.sorted_tables:
        if table.name not in NOTES:
            rows = session.execute(text(f"SELECT * FROM {quoted(table.name)}")).all()
            held[table.name] = sorted(map(repr, rows))
    session.rollback()
    return held


@pytest.mark.usefixtures("on_one_database")
def test_no_get_writes_anything(app, world):
    """A link in a mail, a picture, a browser that loads ahead: none of them may act."""
    before = fingerprint()
    for role in ROLES:
        client = world.log_in(app, role)
        for rule in rules_of(app, "GET"):
            answer = client.get(address(rule.rule, world.ours))
            assert answer.status_code < 500 or rule.rule == "/_/ready", rule.rule
            client.head(address(rule.rule, world.ours)) if role is Role.HR else None
    after = fingerprint()
    assert {name for name in before if before[name] != after[name]} == set()
