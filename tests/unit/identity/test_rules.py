"""Rules of access, without a database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.core.actor import Permission, Role
from lms.identity import policies, rules
from lms.identity.rules import (
    ACCOUNT,
    SECOND_FACTOR,
    SOURCE,
    Attempts,
    DelegationRefusal,
    PasswordFault,
    Person,
)
from lms.identity.services.texts import PASSWORD_TEXTS, REFUSAL_TEXTS, login_fault_text

NOW = datetime(2026, 11, 24, 6, 5, tzinfo=UTC)
SITI = Person(
    name="Siti Rahmawati Saleng",
    numbers=("198504122010012003",),
    birth_on=date(1985, 4, 12),
    login="siti.rahma",
)


@pytest.mark.parametrize(
    "password",
    [
        "password123", "P@ssw0rd2026", "indonesia2026", "Bismillah123!", "kecamatan1234", "1234567890",
        "0987654321",
        "qwertyuiop", "aaaaaaaaaaaa", "abcabcabcabc", "katasandi123", "kelurahankelurahan", "PALOPO-2026",
        "asdfghjkl123",
        "sayangkamu99", "merdeka!!!!1", "12345678910",
    ],
)  # fmt: skip
def test_common_passwords_are_refused(password):
    assert PasswordFault.COMMON in rules.password_faults(password, Person())


@pytest.mark.parametrize(
    "password",
    [
        "perahu kaca menanak",
        "hujan-42-Talang-merpati",
        "kopi susu di beranda",
        "Xk4!mmq09zTT",
        "lontara sagu 7 ombak",
    ],
)
def test_phrases_are_accepted(password):
    assert rules.password_faults(password, SITI) == ()


@pytest.mark.parametrize(
    "password",
    [
        "198504122010012003", "nip 19850412 saya", "lahir12041985", "lahir 1985-04-12 di",
        "12-04-85 kaca perahu",
        "rahmawati kaca perahu", "perahu SALENG kaca", "siti.rahma perahu", "sitisitisiti",
    ],
)  # fmt: skip
def test_personal_passwords_are_refused(password):
    assert PasswordFault.PERSONAL in rules.password_faults(password, SITI)


def test_a_short_name_inside_a_common_word_is_no_reason_to_refuse():
    assert rules.password_faults("mandiri kaca perahu", Person(name="Andi Iri")) == ()


@given(st.text(max_size=9))
def test_short_passwords_are_always_refused(password):
    assert PasswordFault.SHORT in rules.password_faults(password, Person())


@given(st.text(max_size=260))
def test_password_rules_never_fail_on_any_text(password):
    faults = rules.password_faults(password, SITI)
    assert len(password) <= 200 or faults == (PasswordFault.LONG,)


@given(
    st.text(alphabet="0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=12, max_size=12),
    st.sampled_from(["-", " ", ".", ""]),
)
def test_codes_survive_grouping_case_and_separators(code, separator):
    shown = rules.code_text(code).replace("-", separator)
    assert rules.normal_code(shown.lower()) == code


def test_codes_mend_letters_that_are_read_wrong():
    assert rules.normal_code("oil0-1abc") == "01101ABC"


def test_new_codes_are_random_and_in_readable_groups():
    codes = {rules.new_code() for _ in range(200)}
    assert len(codes) == 200
    assert all(len(rules.code_text(code).split("-")) == 3 for code in codes)
    assert not any(letter in code for code in codes for letter in "ILOU")


@pytest.mark.parametrize(
    "typed", ["198504122010012003", "19850412 201001 2 003", "'198504122010012003", "19850412.201001.2.003"]
)
def test_a_nip_is_read_however_it_is_written(typed):
    assert rules.login_name(typed).number == "198504122010012003"


def test_a_nip_that_is_too_short_says_how_many_figures_were_typed():
    text = login_fault_text(rules.login_name("19850412 201001 2 00"))
    assert "Anda mengetik 17" in str(text)


def test_login_names_are_small_letters():
    assert rules.login_name(" Ibu.Ratna ").name == "ibu.ratna"
    assert rules.login_name("ibu ratna").fault is not None
    assert rules.login_name("").fault is not None


@pytest.mark.parametrize(
    "bad",
    [
        "https://jahat.example", "//jahat.example", "/\\jahat.example", "/%5Cjahat.example",
        "/%2Fjahat.example",
        "javascript:alert(1)", "beranda", "/beranda\nSet-Cookie: a=b", "/\tjahat", "", None,
        "/masuk", "/masuk/kode",
        "/keluar", "http:/beranda", "\\\\jahat", "/ /jahat",
    ],
)  # fmt: skip
def test_log_in_leads_nowhere_but_here(bad):
    assert rules.local_path(bad) == "/beranda"


@pytest.mark.parametrize(
    "good", ["/beranda", "/katalog?cari=paten&hal=2", "/belajar/01j/materi/02k#bagian", "/masukan"]
)
def test_log_in_goes_on_to_local_pages(good):
    assert rules.local_path(good) == good


@given(st.text(max_size=60))
def test_whatever_is_given_the_target_has_no_host(text):
    target = rules.local_path(text)
    assert target.startswith("/")
    assert not target.startswith(("//", "/\\"))


@given(st.integers(0, 60), st.integers(0, 100_000))
def test_waiting_is_bounded_and_ends(failed, passed):
    for law in (ACCOUNT, SOURCE, SECOND_FACTOR):
        left = rules.wait_seconds(Attempts(failed, NOW - timedelta(seconds=passed)), law, now=NOW)
        assert 0 <= left <= law.longest_seconds
        assert left == 0 or (failed >= law.free and passed < law.longest_seconds)


@given(st.integers(0, 40))
def test_waiting_grows_with_failures(failed):
    first = rules.wait_seconds(Attempts(failed, NOW), ACCOUNT, now=NOW)
    assert rules.wait_seconds(Attempts(failed + 1, NOW), ACCOUNT, now=NOW) >= first


def test_old_failures_are_forgotten():
    old = Attempts(40, NOW - timedelta(days=1))
    assert rules.wait_seconds(old, ACCOUNT, now=NOW) == 0
    assert rules.attempts_after_failure(old, ACCOUNT, now=NOW) == Attempts(1, NOW)


def test_an_office_of_sixty_that_mistypes_three_times_is_not_stopped():
    attempts = Attempts()
    for _ in range(60 * 3):
        assert rules.wait_seconds(attempts, SOURCE, now=NOW) == 0
        attempts = rules.attempts_after_failure(attempts, SOURCE, now=NOW)
    assert rules.wait_seconds(attempts, SOURCE, now=NOW) > 0


def test_a_code_counts_one_step_to_either_side_and_once():
    secret = rules.new_secret()
    telephone = pyotp.TOTP(secret)
    step = int(NOW.timestamp()) // 30
    for offset in (-1, 0, 1):
        shown = telephone.at(NOW + timedelta(seconds=30 * offset))
        assert rules.matching_step(secret, shown, now=NOW, last_step=None) == step + offset
        assert rules.matching_step(secret, shown, now=NOW, last_step=step + offset) is None
    assert rules.matching_step(secret, telephone.at(NOW + timedelta(seconds=90)), now=NOW, last_step=None) is None


@given(st.text(max_size=12))
def test_codes_of_any_shape_do_no_harm(code):
    rules.matching_step("JBSWY3DPEHPK3PXP", code, now=NOW, last_step=None)


def test_every_role_has_a_name_and_a_decided_second_factor():
    assert set(policies.ROLE_NAMES) == set(Role)
    for role in Role:
        others = policies.permissions_of(role) - {Permission.MENTOR}
        assert policies.role_needs_second_factor(role) is bool(others), role


def test_hr_gives_neither_hr_nor_administration():
    given_by_hr = policies.grantable_roles({Role.HR})
    assert Role.ADMIN not in given_by_hr
    assert Role.HR not in given_by_hr
    assert policies.grantable_roles({Role.ATASAN, Role.MENTOR}) == frozenset()
    assert Role.ADMIN in policies.grantable_roles({Role.ADMIN})


@given(st.dates(), st.dates(), st.dates(), st.tuples(st.booleans(), st.booleans(), st.booleans()))
def test_what_is_not_held_is_never_delegated(starts_on, ends_on, today, flags):
    same, held, delegable = flags
    refusal = rules.delegation_refusal(
        starts_on=starts_on, ends_on=ends_on, today=today, same_person=same, held=held, delegable=delegable
    )
    if same or not held or not delegable:
        assert refusal is not None
    if refusal is None:
        assert today <= starts_on <= ends_on <= starts_on + timedelta(days=92)


def test_each_refusal_and_fault_has_its_sentence():
    assert set(REFUSAL_TEXTS) == set(DelegationRefusal)
    assert set(PASSWORD_TEXTS) == set(PasswordFault)
    assert {Role.ADMIN, Role.MENTOR, Role.PEGAWAI}.isdisjoint(policies.DELEGABLE)


def test_ipv6_counts_by_network_and_ipv4_by_address():
    assert rules.source_of("2001:db8:1:2:3::9") == rules.source_of("2001:db8:1:2:ffff::1")
    assert rules.source_of("10.0.0.7") != rules.source_of("10.0.0.8")
    assert rules.source_of("::ffff:10.0.0.7") == "10.0.0.7"
    assert rules.source_of(None) == "unknown"


def test_devices_are_told_so_that_their_owner_knows_them():
    agent = "Mozilla/5.0 (Linux; Android 12; SM-A135F) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36"
    assert rules.device_name(agent) == "Chrome, Android"
    assert rules.device_name(None) == ""
