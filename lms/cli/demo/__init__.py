"""Demonstration data: a city with its people, made from one number, without database and without web.

`build_region` makes the city, `build_big` the same with as many people as wanted, and `write_siasn_xlsx` and
`write_siasn_csv` write the file that a staff office would export. All people are invented.
"""

from __future__ import annotations

from .models import Agreement, Employment, Partner, Person, Position, Region, Unit
from .region import REFERENCE_ON, build_big, build_region
from .siasn import COLUMNS, SENSITIVE_COLUMNS, write_siasn_csv, write_siasn_xlsx

__all__ = [
    "COLUMNS",
    "REFERENCE_ON",
    "SENSITIVE_COLUMNS",
    "Agreement",
    "Employment",
    "Partner",
    "Person",
    "Position",
    "Region",
    "Unit",
    "build_big",
    "build_region",
    "write_siasn_csv",
    "write_siasn_xlsx",
]
