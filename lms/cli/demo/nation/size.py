"""How large a demo nation is, and how it is drawn."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Size:
    """What is built.

    Args:
        people: employees in all, those of the demo city among them.
        courses: courses in all, the shipped ones among them.
        offerings: runs in all, one for self-study of each course among them.
        regencies: at most so many regencies and cities, spread over the country; None for all.
        logins: people beside the known ones who have the known password of "pegawai", for load tests.
    """

    people: int
    courses: int
    offerings: int
    regencies: int | None = None
    logins: int = 200


NATION: Final = Size(people=250_000, courses=500, offerings=5_000)


def draws(seed: int, part: str) -> random.Random:
    """Return the draws of one part; no part changes what another draws."""
    return random.Random(f"bina/nation/{seed}/{part}")  # noqa: S311 -- repeatable demo, no secret
