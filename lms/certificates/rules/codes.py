"""The code of a certificate: 15 random characters of Crockford base 32 and one check character.

Check character (docs/rules/certificates.md#check): the characters are numbers 0 to 31, taken as elements of
the field GF(32) = GF(2)[x] / (x^5 + x^2 + 1), whose element 2 (that is x) generates all 31 others. With
c1 … c16 the characters from left to right, a code is right when

    2^15·c1 + 2^14·c2 + … + 2·c15 + c16 = 0    (powers and sums in the field; a sum is XOR).

One wrong character changes the sum by (a power of 2)·(a difference), which is never 0. Two characters that
change places change it by (difference of two different powers)·(difference), which is never 0 either, since
2^0 … 2^15 all differ. So every single wrong character and every swap, of neighbours or not, is caught.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from enum import StrEnum
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH: Final = 16
RANDOM_BITS: Final = 5 * (CODE_LENGTH - 1)
GROUP_LENGTH: Final = 4
_VALUE: Final = {sign: number for number, sign in enumerate(ALPHABET)}
_POLYNOMIAL: Final = 0b100101
# What eyes and fingers take for one another; Crockford's list.
_LOOK_ALIKE: Final = str.maketrans({"O": "0", "I": "1", "L": "1"})
_ADDRESS = re.compile(r"^.*?/V/", re.DOTALL)
_BETWEEN = re.compile(r"[\s.\-_‐-―·]+")


class CodeFault(StrEnum):
    """Why a typed code cannot be one of ours."""

    EMPTY = "empty"
    LENGTH = "length"
    LETTER = "letter"
    CHECK = "check"


def _doubled(value: int) -> int:
    """Return 2·value in the field."""
    value <<= 1
    return value ^ _POLYNOMIAL if value & 0b100000 else value


def _sum_of(characters: str) -> int:
    """Return the weighted sum by Horner's scheme; 0 for a whole and right code."""
    total = 0
    for sign in characters:
        total = _doubled(total) ^ _VALUE[sign]
    return total


def check_character(body: str) -> str:
    """Return the character that makes `body`, 15 characters, a right code."""
    return ALPHABET[_doubled(_sum_of(body))]


def new_code() -> str:
    """Return a code nobody can guess: 75 random bits and the check character, without groups."""
    number = secrets.randbits(RANDOM_BITS)
    body = "".join(ALPHABET[number >> (5 * place) & 31] for place in range(CODE_LENGTH - 1))
    return body + check_character(body)


def grouped_code(code: str) -> str:
    """Return `4T8W-N5HC-2VQJ-7K3M`, as it is printed and as it stands in the address."""
    return "-".join(code[start : start + GROUP_LENGTH] for start in range(0, len(code), GROUP_LENGTH))


def normalised_code(typed: str) -> str:
    """Return what was typed as a code: capitals, 0 for O, 1 for I and L, without spaces, dots and dashes.

    A whole verification address may be given too; what stands after its code is left out.
    """
    text = unicodedata.normalize("NFKC", typed).upper().strip()
    if "/V/" in text:
        text = re.split(r"[/?#]", _ADDRESS.sub("", text), maxsplit=1)[0]
    return _BETWEEN.sub("", text).translate(_LOOK_ALIKE)


def code_fault(code: str) -> CodeFault | None:
    """Return why a normalised code is not one of ours, or None when its form is right."""
    if not code:
        return CodeFault.EMPTY
    if len(code) != CODE_LENGTH:
        return CodeFault.LENGTH
    if any(sign not in _VALUE for sign in code):
        return CodeFault.LETTER
    return CodeFault.CHECK if _sum_of(code) else None
