"""People with accounts, and clients that log in by the page."""

from __future__ import annotations

import re

import pytest

from lms.core.actor import Role
from tests.factories.identity import PASSWORD, AccountFactory, GrantFactory, code_of
from tests.factories.people import EmployeeFactory, PositionFactory, UnitFactory

NIP = "198504122010012003"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


class Town:
    """A region, a kecamatan, a kelurahan, and the usual people."""

    def __init__(self):
        self.region = UnitFactory(kind="region", name="Kota Palopo")
        self.kecamatan = UnitFactory(parent=self.region, kind="kecamatan", name="Kecamatan Wara")
        self.kelurahan = UnitFactory(parent=self.kecamatan, name="Kelurahan Tompotikka")
        self.staff = self.person(self.kelurahan, nip=NIP, name="Rahmawati Saleng")
        self.admin = self.person(self.region, (Role.ADMIN, self.region), name="Irwan Admin", totp=SECRET)
        self.hr = self.person(self.region, (Role.HR, self.region), name="Hasnah Pegawaian", totp=SECRET)
        self.lurah = self.person(self.kelurahan, (Role.ATASAN, self.kelurahan), name="Baso Lurah", totp=SECRET)

    def person(self, unit, *roles, nip=None, name=None, **kwargs):
        more = {"name": name} if name else {}
        employee = EmployeeFactory(position=PositionFactory(unit=unit), nip=nip, **more)
        account = AccountFactory(employee=employee, **kwargs)
        account.employee = employee
        for role, over in roles:
            GrantFactory(account=account, role=role, unit=over)
        return account


@pytest.fixture
def town(session):
    made = Town()
    session.commit()
    return made


@pytest.fixture
def enter(client):
    """Log in by the page, like a person; returns the last answer."""

    def log_in(typed=NIP, password=PASSWORD, *, use=None, **fields):
        target = use or client
        return target.submit("/masuk", {"nip": typed, "kata_sandi": password, **fields}, page="/masuk")

    return log_in


def text_of(response):
    """Return the words of a page, in one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.get_data(as_text=True)).split())


__all__ = ["NIP", "PASSWORD", "SECRET", "Town", "code_of", "text_of"]
