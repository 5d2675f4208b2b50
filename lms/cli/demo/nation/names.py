"""Names of a whole nation: the regions' name sources, weighted by province, with a second given name for most."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from lms.cli.demo.identity_data import NATION_DOMAIN
from lms.cli.demo.names import CULTURES, Culture, NameSource

if TYPE_CHECKING:
    from random import Random

    from lms.cli.demo.models import Gender

DOMAIN: Final = NATION_DOMAIN
_SECOND_NAME_PERCENT: Final = 70
# Weights of the name sources, by the first digits of a province's code; the longest that fits counts.
_LEANING: Final[dict[str, dict[str, int]]] = {
    "1": {"minang": 45, "jawa": 35, "batak": 20},
    "11": {"minang": 55, "jawa": 30, "batak": 15},
    "12": {"batak": 60, "jawa": 25, "minang": 15},
    "3": {"jawa": 88, "sunda": 10, "batak": 2},
    "31": {"jawa": 40, "sunda": 30, "batak": 15, "minang": 15},
    "32": {"sunda": 80, "jawa": 20},
    "36": {"sunda": 60, "jawa": 35, "batak": 5},
    "51": {"bali": 90, "jawa": 10},
    "52": {"bali": 25, "bugis": 45, "jawa": 30},
    "53": {"ambon": 45, "toraja": 40, "jawa": 15},
    "6": {"jawa": 45, "bugis": 40, "minang": 15},
    "7": {"bugis": 55, "luwu": 20, "toraja": 15, "jawa": 10},
    "71": {"ambon": 55, "toraja": 25, "jawa": 20},
    "8": {"ambon": 75, "bugis": 15, "jawa": 10},
    "9": {"papua": 70, "ambon": 15, "jawa": 15},
}


class NationNames(NameSource):
    """Draws names as they are common in a province; namesakes occur, as among so many people they must."""

    def __init__(self, rng: Random) -> None:
        """Start with no name drawn, and with names from everywhere."""
        super().__init__(rng)
        self._boxes: dict[str, int] = defaultdict(int)

    def lean_to(self, province: str) -> None:
        """Let the names that follow be those of a province."""
        known = [key for key in (province[:2], province[:1]) if key in _LEANING]
        weights = _LEANING[known[0]] if known else {}
        self._weights = [weights.get(culture.key, 0) if weights else culture.weight for culture in CULTURES]

    def _compose(self, culture: Culture, gender: Gender) -> str:
        rng = self._rng
        name = super()._compose(culture, gender)
        if " " not in name or culture.key == "bali" or rng.randrange(100) >= _SECOND_NAME_PERCENT:
            return name
        second = rng.choice(culture.male if gender == "male" else culture.female)
        first, last = name.rsplit(" ", 1)
        return name if second in first or " " in second else f"{first} {second} {last}"

    def email(self, name: str, *, domain: str = DOMAIN) -> str:  # noqa: ARG002 -- one domain for the whole nation
        """Return an address that nobody else has: addresses of namesakes carry a number."""
        plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
        words = re.findall(r"[a-z]+", plain.replace("'", ""))
        box = ".".join(words if len(words) <= 2 else (words[0], words[-1]))
        self._boxes[box] += 1
        number = self._boxes[box]
        return f"{box}{number if number > 1 else ''}@{DOMAIN}"
