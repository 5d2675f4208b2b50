"""Hotspot: places of a picture are options; each has a letter, so that no pointing is needed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from lms.assessments.rules.kinds.base import (
    N_,
    BadResponse,
    Choice,
    Field,
    Keep,
    Payload,
    Question,
    Rows,
    plain_words,
    register,
)
from lms.assessments.rules.kinds.options import OptionKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SHAPES = {"rect": 4, "circle": 3, "ellipse": 4, "poly": 6}
MAX_SIDE = 8_000


def numbers(text: object) -> tuple[float, ...] | None:
    """Return the numbers of a place, or None: `10,20,110,80`."""
    parts = re.split(r"[,;\s]+", str(text).strip())
    if not all(re.fullmatch(r"-?\d{1,5}(?:\.\d{1,3})?", one) for one in parts):
        return None
    return tuple(float(one) for one in parts)


class Hotspot(OptionKind):
    """Places of a picture; one right place is a single choice, several are marked like several answers.

    Rule: rect is left, top, right, bottom; circle is middle and radius; ellipse is middle and both radii; poly
        is a list of corners; all in pixels of the picture's width and height.
    """

    name = "hotspot"
    label = N_("Tunjuk di gambar")
    shuffles = False
    form: ClassVar[tuple[Field | Rows | Keep, ...]] = (
        Field("image", N_("Gambar"), "image"),
        Field("alt", N_("Gambar dalam kata-kata"), hint=N_("Dibacakan bagi yang tidak melihat gambar.")),
        Field("width", N_("Lebar (piksel)"), "number"),
        Field("height", N_("Tinggi (piksel)"), "number"),
        Rows(
            "options", N_("Tempat"),
            (
                Field("text", N_("Nama tempat")), Field("correct", N_("Benar"), "tick", usual=False),
                Field(
                    "shape", N_("Bentuk"), "select", usual="rect",
                    options=(
                        ("rect", N_("Kotak")), ("circle", N_("Lingkaran")), ("ellipse", N_("Elips")),
                        ("poly", N_("Segi banyak")),
                    ),
                ),
                Field("coords", N_("Angka tempatnya"), hint=N_("Kotak: kiri, atas, kanan, bawah.")),
                Field("feedback", N_("Umpan balik")),
            ),
        ),
    )  # fmt: skip

    def faults(self, item: Mapping[str, Any]) -> list[str]:
        """Return what is wrong with picture and places."""
        found = super().faults(item)
        if found:
            return found
        if not re.fullmatch(r"/berkas-soal/[0-9A-Za-z]{10,40}|berkas:.{1,200}", plain_words(item.get("image"))):
            found.append("`image` belum menunjuk gambar bank ini")
        for name in ("width", "height"):
            value = str(item.get(name, "")).strip()
            if not value.isdigit() or not 0 < int(value) <= MAX_SIDE:
                found.append(f"`{name}` harus 1 sampai {MAX_SIDE}")
        for option in item["options"]:
            coords, least = numbers(option.get("coords", "")), SHAPES.get(str(option.get("shape")))
            if least is None or coords is None or len(coords) < least or len(coords) > 200:
                found.append(f"tempat “{plain_words(option.get('text'))[:40]}” belum punya bentuk dan angka yang benar")
            elif (option["shape"] != "poly" and len(coords) != least) or (
                len(coords) % 2 and option["shape"] == "poly"
            ):
                found.append(f"jumlah angka tempat “{plain_words(option.get('text'))[:40]}” tidak benar")
        return found

    def lacks(self, item: Mapping[str, Any]) -> list[str]:
        """Return what is missing for those who do not see the picture."""
        found = super().lacks(item)
        return found if plain_words(item.get("alt")) else [*found, "`alt` belum menceritakan gambarnya"]

    def _count_faults(self, correct: int, *, weighted: bool) -> list[str]:
        del weighted
        return [] if correct else ["paling sedikit satu tempat harus benar"]

    def body(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """Return picture and places."""
        made = super().body(item)
        for kept, option in zip(made["options"], item["options"], strict=True):
            kept |= {"shape": option["shape"], "coords": str(option["coords"]).strip()}
        made |= {
            "image": item["image"].strip(), "alt": plain_words(item.get("alt")), "width": int(item["width"]),
            "height": int(item["height"]),
        }  # fmt: skip
        return made

    def _is_many(self, body: Mapping[str, Any]) -> bool:
        return sum(bool(option["correct"]) for option in body["options"]) > 1

    def question(self, body: Mapping[str, Any], order: Sequence[str]) -> Question:
        """Return the picture with its lettered places."""
        choices = tuple(
            Choice(choice.code, choice.letter, choice.text, (option["shape"], numbers(option["coords"]) or ()))
            for choice, option in zip(super().question(body, order).choices, self._in_order(body, order), strict=True)
        )
        many = self._is_many(body)
        return Question(
            "picture", choices, N_("Boleh memilih lebih dari satu.") if many else "", many=many,
            picture=(body["image"], body["alt"], body["width"], body["height"]),
        )  # fmt: skip

    def read(self, body: Mapping[str, Any], codes: Sequence[str], text: str) -> Payload | None:
        """Return the chosen places in the order of the item."""
        wanted = set(codes)
        if text or not wanted <= {option["code"] for option in body["options"]}:
            raise BadResponse
        if len(wanted) > 1 and not self._is_many(body):
            raise BadResponse
        return {"options": [o["code"] for o in body["options"] if o["code"] in wanted]} if wanted else None


register(Hotspot())
