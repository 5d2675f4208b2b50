"""`lms accounts`: the first administrator, and access for somebody who lost it."""

from __future__ import annotations

import click

from lms.core import clock
from lms.core.actor import SYSTEM, Role
from lms.core.db import current_session, transaction
from lms.core.errors import NotFound, Refused
from lms.core.text import N_
from lms.identity import queries, rules, services
from lms.identity.models import AccountState


@click.group("accounts")
def accounts() -> None:
    """Akun: pengelola pertama, dan kode aktivasi baru."""


def _show(name: str, code: str) -> None:
    click.echo(f"{name}: kode aktivasi {code}, berlaku 72 jam, sekali pakai. Buka /aktivasi.")


@accounts.command("create-admin")
@click.option("--login", "login_typed", required=True, metavar="NAMA_MASUK", help="Nama masuk, tanpa spasi.")
@click.option("--name", required=True, metavar="NAMA", help="Nama orangnya.")
@click.option("--unit", default=None, metavar="KODE", help="Unit yang dikelola. Bawaan: seluruh daerah.")
@click.option("--dry-run", is_flag=True, help="Periksa saja, tanpa menulis.")
def create_admin(login_typed: str, name: str, unit: str | None, dry_run: bool) -> None:
    """Buat pengelola sistem; hasilnya kode aktivasi yang tampil sekali."""
    login = rules.login_name(login_typed)
    if login.name is None:
        raise click.UsageError(str(services.login_fault_text(login) or services.NUMBER_AS_NAME))
    now, session = clock.now(), current_session()
    if queries.find_for_login(session, login) is not None:
        raise Refused(N_("Nama masuk itu sudah dipakai. Pilih nama lain, atau pakai lms accounts reset."))
    if dry_run:
        click.echo(f"Akan dibuat: pengelola sistem {name} ({login.name}).")
        return
    with transaction() as session:
        code = services.create_admin(session, login=login.name, name=name, unit_code=unit, now=now)
    _show(name, code)


@accounts.command("reset")
@click.argument("who", metavar="NIP|NAMA_MASUK")
@click.option("--clear-second-factor", "clear_factor", is_flag=True, help="Lepas juga faktor kedua.")
@click.option("--dry-run", is_flag=True, help="Periksa saja, tanpa menulis.")
def reset(who: str, clear_factor: bool, dry_run: bool) -> None:
    """Buat kode aktivasi baru; kata sandi lama dan semua sesi berakhir."""
    login = rules.login_name(who)
    if login.fault is not None:
        raise click.UsageError(str(services.login_fault_text(login)))
    account = queries.find_for_login(current_session(), login)
    if account is None:
        raise NotFound(N_("Akun itu tidak ditemukan."))
    if account.state is AccountState.DISABLED:
        raise Refused(N_("Akun ini ditutup. Buka kembali dahulu."))
    person = queries.password_person(current_session(), account.employee_id, login=account.login)
    if dry_run:
        click.echo(f"Akan diatur ulang: {person.name}.")
        return
    with transaction() as session:
        code = services.reset_by_operator(session, account, now=clock.now(), clear_factor=clear_factor)
    _show(person.name, code)


@accounts.command("list-admins")
def list_admins() -> None:
    """Tampilkan para pengelola sistem."""
    today = clock.local_day(clock.now(), clock.DEFAULT_ZONE)
    rows, _total = queries.list_grants(current_session(), SYSTEM, role=Role.ADMIN, today=today, limit=100)
    for row in rows:
        click.echo(f"{row.name} ({row.unit_name})")
    if not rows:
        click.echo("Belum ada. Buat dengan lms accounts create-admin.")
