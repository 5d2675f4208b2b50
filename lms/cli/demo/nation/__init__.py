"""A whole nation of invented people around the demo city, written in bulk; docs/adr/0020 tells why and how.

Every part is one function of a `World`: session, size, seed and day. A part reads what it needs from the
database and writes plain tuples, so that a build that broke off goes on with the next part.
"""

from __future__ import annotations

from .parts import LABELS, PARTS, SLICED, Part, World, slices
from .size import NATION, Size

__all__ = ["LABELS", "NATION", "PARTS", "SLICED", "Part", "Size", "World", "slices"]
