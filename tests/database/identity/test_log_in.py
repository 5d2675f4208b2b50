"""Log-in, throttling, second factor and activation against the database."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select

from lms.core import sessions
from lms.core.audit import AuditEntry
from lms.core.db import current_session, transaction
from lms.core.errors import Forbidden, Invalid, Refused
from lms.core.sessions import LoginSession
from lms.identity import queries, rules, services
from lms.identity.models import Account, AccountState, LoginThrottle
from tests.factories.identity import PASSWORD, AccountFactory, code_of
from tests.factories.people import EmployeeFactory

NOW = datetime(2026, 11, 24, 6, 5, tzinfo=UTC)
NIP = "198504122010012003"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def try_in(typed=NIP, password=PASSWORD, *, now=NOW, address="10.0.0.7", device=None):
    with transaction() as session:
        tried = services.begin_log_in(session, rules.login_name(typed), address=address, device=device, now=now)
    judged = services.judge_log_in(tried, password)
    with transaction() as session:
        return services.finish_log_in(session, judged, now=now, shared=False, address=address)


@pytest.fixture
def account(session):
    row = AccountFactory(employee=EmployeeFactory(nip=NIP))
    session.commit()
    return row


def test_the_right_password_opens_a_session(session, account):
    done = try_in()
    row = session.get(LoginSession, done.session_id)
    assert not row.is_half
    assert sessions.find(session, done.token).id == row.id
    assert session.scalar(select(func.count()).where(AuditEntry.action == "account.log_in")) == 1


def test_the_token_is_nowhere_in_the_database(session, account):
    done = try_in()
    stored = session.execute(select(LoginSession.token_hash)).scalar_one()
    assert done.token not in stored
    assert len(done.token) >= 40


def test_a_login_name_works_for_people_without_a_number(session):
    AccountFactory(login="ratna.mentor")
    session.commit()
    assert try_in(" Ratna.Mentor ") is not None


def test_a_former_number_no_longer_opens(session, account):
    from lms.people.models import EmployeeNumber

    session.scalars(select(EmployeeNumber)).one().valid_to_on = NOW.date()
    session.commit()
    assert try_in() is None


@pytest.mark.parametrize("state", [AccountState.PENDING, AccountState.DISABLED])
def test_only_active_accounts_open(session, account, state):
    account.state = state
    session.commit()
    assert try_in() is None


def test_five_failures_cost_a_growing_wait(session, account):
    for _ in range(5):
        assert try_in(password="salah salah salah") is None
    with pytest.raises(services.TooManyTries) as first:
        try_in()
    assert 0 < first.value.details["retry_after"] <= 30
    later = NOW + timedelta(seconds=31)
    assert try_in(password="salah salah salah", now=later) is None
    with pytest.raises(services.TooManyTries) as second:
        try_in(now=later + timedelta(seconds=31))
    assert second.value.details["retry_after"] > 20
    assert try_in(now=later + timedelta(seconds=61)) is not None
    assert try_in(password="salah", now=later + timedelta(seconds=62)) is None  # the count began anew


def test_unknown_names_are_throttled_just_the_same(session):
    for _ in range(5):
        assert try_in("199001012015011009", "salah salah salah") is None
    with pytest.raises(services.TooManyTries):
        try_in("199001012015011009", "salah salah salah")


def test_a_known_browser_is_not_locked_out_by_a_stranger(session, account):
    device = services.device_token(account.public_id)
    for _ in range(5):
        try_in(password="tebak tebak tebak", address="203.0.113.9")
    with pytest.raises(services.TooManyTries):
        try_in()
    assert try_in(device=device) is not None
    forged = services.device_token("01jzzzzzzzzzzzzzzzzzzzzzzz")
    with pytest.raises(services.TooManyTries):
        try_in(device=forged)


def test_guesses_at_once_are_not_judged_beyond_the_free_ones(app, session, account):
    judged, waited = [], []

    def guess():
        with app.app_context():
            try:
                with transaction() as own:
                    services.begin_log_in(own, rules.login_name(NIP), address="10.0.0.7", now=NOW)
                judged.append(1)
            except services.TooManyTries:
                waited.append(1)

    threads = [threading.Thread(target=guess) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(judged), len(waited)) == (5, 11)


def test_throttle_rows_name_nobody(session, account):
    try_in(password="salah salah salah")
    keys = set(session.scalars(select(LoginThrottle.key)))
    assert keys
    assert all(NIP not in key and len(key) == 64 for key in keys)


def test_an_old_hash_is_made_anew_at_log_in(session, account):
    account.password_hash = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    session.commit()
    assert try_in() is not None
    session.expire_all()
    assert "m=19456,t=2,p=1" in session.get(Account, account.id).password_hash


def test_a_password_changed_in_between_does_not_open(session, account):
    with transaction() as own:
        tried = services.begin_log_in(own, rules.login_name(NIP), address="10.0.0.7", now=NOW)
    judged = services.judge_log_in(tried, PASSWORD)
    with transaction() as own:
        queries.get_locked(own, account.id).password_hash = services.hash_password("lontara sagu ombak")
    with transaction() as own:
        assert services.finish_log_in(own, judged, now=NOW, shared=False) is None


def test_failures_are_in_the_trail_of_the_person(session, account):
    try_in(password="salah salah salah")
    trail = queries.list_own_trail(session, account.employee_id)
    assert [row.action for row in trail] == ["account.log_in_failed"]


def test_a_person_whose_number_is_long_gets_no_free_match(session, account):
    assert try_in(password=PASSWORD + "x" * 300) is None


class TestSecondFactor:
    @pytest.fixture
    def strong(self, session):
        row = AccountFactory(employee=EmployeeFactory(nip=NIP), totp=SECRET)
        session.commit()
        return row

    def half(self, session):
        done = try_in()
        assert done.needs_code
        return session.get(LoginSession, done.session_id)

    def finish(self, half, code, *, now=NOW):
        with transaction() as session:
            return services.finish_second_factor(session, half, code, now=now)

    def test_the_code_opens_a_new_session_and_ends_the_half_one(self, session, strong):
        half = self.half(session)
        done = self.finish(half, code_of(SECRET, NOW))
        session.expire_all()
        assert session.get(LoginSession, half.id).ended_at is not None
        whole = session.get(LoginSession, done.session_id)
        assert (whole.is_half, whole.second_factor_at) == (False, NOW)

    def test_a_code_opens_once(self, session, strong):
        code = code_of(SECRET, NOW)
        assert self.finish(self.half(session), code) is not None
        assert self.finish(self.half(session), code) is None

    def test_one_code_at_two_places_opens_one(self, app, session, strong):
        halves = [self.half(session).id for _ in range(6)]
        session.commit()
        opened = []

        def show(half_id):
            with app.app_context():
                row = current_session().get(LoginSession, half_id)
                with transaction() as own:
                    try:
                        done = services.finish_second_factor(own, row, code_of(SECRET, NOW), now=NOW)
                    except services.TooManyTries:
                        done = None
                if done is not None:
                    opened.append(done)

        threads = [threading.Thread(target=show, args=(one,)) for one in halves]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(opened) == 1

    def test_guessing_codes_is_throttled_over_all_half_sessions(self, session, strong):
        for number in range(5):
            assert self.finish(self.half(session), f"{number:06}") is None
        with pytest.raises(services.TooManyTries):
            self.finish(self.half(session), code_of(SECRET, NOW))

    def test_a_half_session_ends_after_ten_minutes(self, session, strong):
        half, late = self.half(session), NOW + timedelta(minutes=10)
        with pytest.raises(Forbidden):
            self.finish(half, code_of(SECRET, late), now=late)

    def test_the_secret_is_stored_encrypted(self, session, strong):
        stored = session.execute(select(Account.totp_secret)).scalar_one()
        assert SECRET.encode() not in stored

    def test_set_up_gives_ten_codes_that_work_once_each(self, session, account):
        row, _token = sessions.begin(session, account_id=account.id, now=NOW, shared=False)
        other, _token = sessions.begin(session, account_id=account.id, now=NOW, shared=False)
        session.commit()
        actor = queries.load_actor(session, row)
        session.commit()
        with transaction() as own:
            secret = services.prepare_second_factor(own, actor)
        with transaction() as own:
            assert services.confirm_second_factor(own, actor, "000000", now=NOW) is None
        with transaction() as own:
            codes = services.confirm_second_factor(own, actor, code_of(secret, NOW), now=NOW)
        assert len(set(codes)) == 10
        session.expire_all()
        assert session.get(LoginSession, row.id).second_factor_at == NOW
        assert session.get(LoginSession, other.id).ended_at == NOW  # it had shown the password alone
        assert self.finish(self.half(session), codes[0].lower()) is not None
        assert self.finish(self.half(session), codes[0]) is None
        assert self.finish(self.half(session), codes[1]) is not None

    def test_a_set_up_factor_is_not_replaced_without_removing_it(self, session, strong):
        row, _token = sessions.begin(session, account_id=strong.id, now=NOW, shared=False, second_factor=True)
        session.commit()
        actor = queries.load_actor(session, row)
        session.commit()
        with pytest.raises(Refused), transaction() as own:
            services.prepare_second_factor(own, actor)
        with transaction() as own:
            assert not services.remove_second_factor(own, actor, "000000", now=NOW)
        with transaction() as own:
            assert services.remove_second_factor(own, actor, code_of(SECRET, NOW), now=NOW)
        session.expire_all()
        assert session.get(Account, strong.id).totp_secret is None
        assert session.get(LoginSession, row.id).second_factor_at is None


class TestActivation:
    @pytest.fixture
    def pending(self, session):
        row = AccountFactory(employee=EmployeeFactory(nip=NIP), state=AccountState.PENDING, password_hash=None)
        session.commit()
        return row

    def issue(self, account, *, now=NOW):
        with transaction() as session:
            return services.reset_by_operator(session, account, now=now, clear_factor=False)

    def use(self, code, *, now=NOW):
        with transaction() as session:
            return services.activate(session, code, password_hash="x", now=now)

    def test_a_code_opens_once_and_is_gone(self, session, pending):
        code = self.issue(pending)
        assert self.use(code.lower().replace("-", " ")) is not None
        session.expire_all()
        assert session.get(Account, pending.id).state is AccountState.ACTIVE
        assert self.use(code) is None

    def test_a_code_ends_after_seventy_two_hours(self, session, pending):
        code = self.issue(pending)
        assert self.use(code, now=NOW + timedelta(hours=72)) is None
        assert self.use(code, now=NOW + timedelta(hours=71, minutes=59)) is not None

    def test_a_newer_code_replaces_the_older(self, session, pending):
        older, newer = self.issue(pending), self.issue(pending)
        assert self.use(older) is None
        assert self.use(newer) is not None

    def test_two_who_use_one_code_at_once_make_one_session(self, app, session, pending):
        code, opened = self.issue(pending), []

        def use():
            with app.app_context():
                done = self.use(code)
                if done is not None:
                    opened.append(done)

        threads = [threading.Thread(target=use) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(opened) == 1

    def test_the_code_is_not_in_the_database(self, session, pending):
        code = rules.normal_code(self.issue(pending))
        stored = session.execute(select(Account.activation_hash)).scalar_one()
        assert code not in stored
        assert len(stored) == 64

    def test_guessing_codes_is_throttled_per_source(self, session, pending):
        for _ in range(rules.SOURCE.free):
            with transaction() as own:
                assert services.begin_activation(own, "AAAA-BBBB-CCCC", address="203.0.113.9", now=NOW) is None
        with pytest.raises(services.TooManyTries), transaction() as own:
            services.begin_activation(own, "AAAA-BBBB-CCCC", address="203.0.113.9", now=NOW)


class TestPasswordChange:
    def test_it_ends_all_other_sessions(self, session, account):
        here, _token = sessions.begin(session, account_id=account.id, now=NOW, shared=False)
        there, _token = sessions.begin(session, account_id=account.id, now=NOW, shared=False)
        session.commit()
        actor = queries.load_actor(session, here)
        session.commit()
        with transaction() as own:
            change = services.begin_password_change(own, actor, now=NOW)
        services.judge_password_change(change, old=PASSWORD, new="lontara sagu ombak")
        with transaction() as own:
            new_hash = services.hash_password("lontara sagu ombak")
            services.change_password(own, actor, change, new_hash=new_hash, now=NOW)
        session.expire_all()
        assert session.get(LoginSession, here.id).ended_at is None
        assert session.get(LoginSession, there.id).ended_at == NOW
        assert try_in(password="lontara sagu ombak") is not None
        assert try_in() is None

    @pytest.mark.parametrize(
        ("old", "new", "field"),
        [("salah", "lontara sagu ombak", "kata_sandi_lama"), (PASSWORD, "pendek", "kata_sandi_baru"),
         (PASSWORD, PASSWORD, "kata_sandi_baru")],
    )  # fmt: skip
    def test_it_is_refused_at_the_field(self, session, account, old, new, field):
        row, _token = sessions.begin(session, account_id=account.id, now=NOW, shared=False)
        session.commit()
        actor = queries.load_actor(session, row)
        session.commit()
        with transaction() as own:
            change = services.begin_password_change(own, actor, now=NOW)
        with pytest.raises(Invalid) as refused:
            services.judge_password_change(change, old=old, new=new)
        assert field in refused.value.fields


def test_sessions_idle_only_on_shared_computers_and_never_in_an_exam(session, account):
    own, _token = sessions.begin(session, account_id=account.id, now=NOW, shared=False)
    shared, _token = sessions.begin(session, account_id=account.id, now=NOW, shared=True)
    later = NOW + timedelta(minutes=15)
    assert sessions.is_alive(own, now=later)
    assert not sessions.is_alive(shared, now=later)
    assert sessions.is_alive(shared, now=later - timedelta(seconds=1))
    sessions.keep_awake(session, session_id=shared.id, until=NOW + timedelta(hours=1))
    session.expire_all()
    assert sessions.is_alive(session.get(LoginSession, shared.id), now=later)
    session.flush()
    for moment in (NOW, later, NOW + timedelta(hours=1), NOW + timedelta(days=20)):
        by_sql = set(session.scalars(select(LoginSession.id).where(sessions.alive_condition(moment))))
        by_rule = {row.id for row in session.scalars(select(LoginSession)) if sessions.is_alive(row, now=moment)}
        assert by_sql == by_rule
