"""Numbers of demonstration employees."""

from __future__ import annotations

import random
from datetime import date

import pytest

from lms.cli.demo.nip import NipIssuer


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_one_stem_gives_each_serial_once_and_then_refuses(seed):
    issuer = NipIssuer(random.Random(seed))
    dates = {"birth_on": date(1985, 3, 30), "cpns_on": date(2009, 2, 1)}
    issued = {issuer.for_pns(gender="male", **dates) for _ in range(100)}
    assert issued == {f"198503302009021{serial}" for serial in range(900, 1000)}
    with pytest.raises(ValueError, match="no serial"):
        issuer.for_pns(gender="male", **dates)
    assert issuer.for_pns(gender="female", **dates).startswith("1985033020090229")


def test_a_contract_number_carries_the_counter_instead_of_a_month():
    issuer = NipIssuer(random.Random(1))
    nip = issuer.for_pppk(birth_on=date(1990, 1, 2), contract_start_on=date(2023, 6, 1), gender="female")
    assert nip[:15] == "199001022023212"
