"""Employee numbers that look right and can belong to nobody.

Rule: Perka BKN 22/2007 and 43/2007 for PNS; for PPPK the practice of public records. Serials 900 to 999
keep every generated number apart from those of living people.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from random import Random

    from .models import Gender

FIRST_SERIAL: Final = 900
LAST_SERIAL: Final = 999
PPPK_COUNTER: Final = "21"  # digits 13-14, where a PNS has the month; as found in public records


class NipIssuer:
    """Gives out numbers, each one once."""

    def __init__(self, rng: Random, *, taken: Iterable[str] = ()) -> None:
        """Start with what others have issued; `rng` chooses where the serials of a stem begin."""
        self._rng = rng
        self._issued: set[str] = set(taken)

    def for_pns(self, *, birth_on: date, cpns_on: date, gender: Gender) -> str:
        """Return a new NIP of a PNS or CPNS."""
        return self._issue(f"{birth_on:%Y%m%d}{cpns_on:%Y%m}", gender)

    def for_pppk(self, *, birth_on: date, contract_start_on: date, gender: Gender) -> str:
        """Return a new NI PPPK, full time or part time."""
        return self._issue(f"{birth_on:%Y%m%d}{contract_start_on:%Y}{PPPK_COUNTER}", gender)

    def _issue(self, stem: str, gender: Gender) -> str:
        stem += "1" if gender == "male" else "2"
        size = LAST_SERIAL - FIRST_SERIAL + 1
        start = self._rng.randrange(size)
        for step in range(size):
            nip = f"{stem}{FIRST_SERIAL + (start + step) % size}"
            if nip not in self._issued:
                self._issued.add(nip)
                return nip
        message = f"no serial from {FIRST_SERIAL} to {LAST_SERIAL} is left for one birthday and appointment"
        raise ValueError(message)
