"""Plausible names from several regions of Indonesia.

Names are combined at random; a likeness to a living person is chance. Mononyms and long names are kept on
purpose, because forms and certificates must hold them.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from random import Random

    from .models import Education, Gender


@dataclass(frozen=True, slots=True)
class Culture:
    """How the people of one region are named: given names, last names, and how often a name stands alone."""

    key: str
    weight: int
    male: tuple[str, ...]
    female: tuple[str, ...]
    last_male: tuple[str, ...]
    last_female: tuple[str, ...]
    mononym_percent: int = 0
    uses_hajj_title: bool = False


def _words(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(","))


_BUGIS_LAST = _words("Mappanyukki, Pallawa, Mappatunru, Pattola, Mappeasse, Patunru, Tenriawaru, Mangkona, Pananrang")
_TORAJA_LAST = _words(
    "Pasang, Tandilolo, Ranteallo, Sarungallo, Palimbong, Lembang, Patandianan, Sampetoding, "
    "Tangdilintin, Pongmasak, Bunga', Payung, Toding, Rantelembang, Bua', Massora, Parinding, Kalalembang"
)
_BATAK_LAST = _words("Sihombing, Pardede, Hutapea, Nainggolan, Siregar, Harahap, Manurung, Tampubolon, Ginting")
_AMBON_LAST = _words("Pattiwael, Lekatompessy, Latupeirissa, Tuhumury, Sahetapy, Manuputty, Wattimena, Tuasikal")
_PAPUA_LAST = _words("Rumbiak, Wanggai, Kogoya, Mandacan, Krey, Wenda, Yoku, Ayomi, Kambuaya")
_MINANG_LAST = _words("Chaniago, Koto, Sikumbang, Piliang, Tanjung, Jambak")

CULTURES: Final = (
    Culture(
        "bugis",
        28,
        _words(
            "Andi Baso, Andi Pangerang, Muhammad Ilham, Muh. Arsyad, Abdul Rahman, Ambo Tuwo, Syamsul, "
            "Baharuddin, Kaharuddin, Ahmad Fauzi, Andi Rizal, Sultan, Anwar, Burhanuddin, Hasanuddin, "
            "Muh. Yusuf, Irfan, Amiruddin"
        ),
        _words(
            "Andi Tenri, Andi Nurul, Sitti Nurhayati, Sitti Aminah, Besse Rahma, Indo Upe, Nurhaliza, "
            "Hasnah, Fatmawati, Rosmiati, Andi Batari, Sitti Hajar, Nurjannah, Mardiana, Suriani, "
            "Marwah, Rahmawati, Darmawati"
        ),
        _words("Mallarangan, Nasir, Tahir, Rasyid, Latif, Saleh, Hamid, Basri, Yunus, Idris, Sudirman") + _BUGIS_LAST,
        _words("Tahir, Rasyid, Latif, Saleh, Hamid, Basri, Yunus, Idris, Amin, Sulaiman, Djafar") + _BUGIS_LAST,
        mononym_percent=8,
        uses_hajj_title=True,
    ),
    Culture(
        "luwu",
        23,
        _words(
            "Patiware, Muh. Nur, Syahrir, Jumardin, Masdar, Abdul Salam, Nasrum, Haeruddin, Rustam, "
            "Mustamin, Asdar, Muh. Takdir, Andi Kaddiraja, Zainal, Sukardi, Firman, Ikhsan, Budiman, "
            "Hisbullah, Aswar"
        ),
        _words(
            "Nurlaela, Hasnawati, Sitti Rabiah, Jumriani, Irmawati, Masnaeni, Hartati, Nurmiati, Andi "
            "Sitti, Rusdiana, Nilawati, Hernawati, Sumarni, Wahida, Mirnawati, Risnawati, Asriani, "
            "Megawati, Yuliana, Hasrida"
        ),
        _words(
            "Makkulau, Lamuru, Kasim, Rauf, Ismail, Bachtiar, Mansyur, Palatte, Djabir, Tosalili, Hafid, Kadir, Umar"
        ),
        _words("Makkulau, Kasim, Rauf, Ismail, Bachtiar, Mansyur, Djabir, Hafid, Kadir, Umar, Mustafa, Halim"),
        mononym_percent=10,
        uses_hajj_title=True,
    ),
    Culture(
        "toraja",
        17,
        _words(
            "Yohanis, Marthen, Daud, Yusuf, Petrus, Markus, Simon, Semuel, Andarias, Paulus, Matius, "
            "Agustinus, Yunus, Luther, Benyamin, Natan, Yulius, Elieser"
        ),
        _words(
            "Elisabet, Damaris, Ruth, Debora, Marta, Yuliana, Agustina, Ester, Kristina, Naomi, Selfi, "
            "Dorkas, Rosalina, Yospina, Adriana, Hermin, Lidia, Novita"
        ),
        _TORAJA_LAST,
        _TORAJA_LAST,
    ),
    Culture(
        "jawa",
        11,
        _words(
            "Suparno, Sutrisno, Wagiman, Sugeng, Bambang, Slamet, Joko, Agus, Heru, Widodo, Eko, "
            "Purwanto, Teguh, Sumarno"
        ),
        _words(
            "Sumiyati, Wahyuni, Sri, Endang, Tri, Dwi, Suparmi, Lestari, Retno, Wiwik, Sulastri, Ratna, "
            "Umi, Kartini, Siti"
        ),
        _words("Santoso, Setiawan, Prasetyo, Hartono, Nugroho, Wibowo, Raharjo, Susanto, Utomo, Kurniawan"),
        _words("Rahayu, Astuti, Handayani, Wulandari, Setyowati, Kusumawati, Hastuti, Ningsih, Purwaningsih"),
        mononym_percent=35,
    ),
    Culture(
        "bali",
        6,
        _words("I Wayan, I Made, I Nyoman, I Ketut, I Putu, I Gede, I Gusti Made, I Komang, Ida Bagus Putu"),
        _words("Ni Wayan, Ni Made, Ni Nyoman, Ni Ketut, Ni Luh Putu, Ni Kadek, Ni Komang, Ida Ayu Made, Ni Luh Gede"),
        _words("Sudiarta, Suardana, Wirawan, Artana, Sukerta, Darmawan, Widiasa, Mahendra, Sutama, Parwata"),
        _words("Ayu Lestari, Suarniti, Sukerti, Widiastuti, Ariani, Puspawati, Sri Astini, Damayanti, Suryani"),
    ),
    Culture(
        "batak",
        3,
        _words("Parlindungan, Tigor, Maruli, Saut, Binsar, Jonggi, Hotben, Poltak, Togar"),
        _words("Tiurma, Rotua, Lamria, Duma, Mariani, Renta, Hotmaida, Saur"),
        _BATAK_LAST,
        _BATAK_LAST,
    ),
    Culture(
        "minang",
        3,
        _words("Zulkifli, Syafrizal, Ardi, Yuliandri, Febri, Rinaldi, Afrizal, Hendri"),
        _words("Yulidar, Desi, Fitri, Rahmi, Elvi, Yusni, Nelfia, Mela"),
        _MINANG_LAST,
        _MINANG_LAST,
        mononym_percent=25,
        uses_hajj_title=True,
    ),
    Culture(
        "sunda",
        3,
        _words("Asep, Ujang, Dadang, Cecep, Deden, Iwan, Yayan, Entis"),
        _words("Neneng, Euis, Cucu, Ai, Iis, Nining, Teti, Yayah"),
        _words("Hidayat, Suherman, Sutisna, Permana, Gunawan, Ruhiyat, Kosasih, Supriatna"),
        _words("Rohaeti, Komalasari, Nurhasanah, Suryati, Rostika, Kurniasih, Sumiati"),
        uses_hajj_title=True,
    ),
    Culture(
        "ambon",
        3,
        _words("Johanis, Semuel, Frans, Melianus, Izaak, Hendrik, Rifai, Abubakar"),
        _words("Fransina, Yosina, Martha, Elsina, Welmince, Jacoba, Salma, Nurain"),
        _AMBON_LAST,
        _AMBON_LAST,
    ),
    Culture(
        "papua",
        3,
        _words("Yulius, Marthinus, Obet, Septinus, Alfius, Derek, Isak, Yance"),
        _words("Yosepina, Dolfina, Mince, Orpa, Yakomina, Dorce, Naomi, Selvince"),
        _PAPUA_LAST,
        _PAPUA_LAST,
    ),
)

# Names that do not fit on one line of most forms: pages and certificates are tried with them.
LONG_NAMES: Final[tuple[tuple[str, Gender], ...]] = (
    ("Andi Muhammad Fadhlurrahman Baso Mappanyompa Opu Daeng Mattiro", "male"),
    ("I Gusti Agung Ayu Ngurah Made Wirasari Kusumaningrat Pemayun", "female"),
)

_DEGREES: Final[dict[str, tuple[str, ...]]] = {
    "SMA": ("",),
    "D3": ("A.Md.", "A.Md.Kom.", "A.Md.Ak."),
    "D4": ("S.STP.", "S.Tr.IP."),
    "S1": ("S.Sos.", "S.IP.", "S.E.", "S.H.", "S.A.P.", "S.Kom.", "S.Pd.", "S.T.", "S.P."),
    "S2": (
        "S.Sos., M.Si.",
        "S.STP., M.Si.",
        "S.E., M.M.",
        "S.H., M.H.",
        "S.IP., M.A.P.",
        "S.T., M.T.",
        "S.Kom., M.Kom.",
    ),
    "S3": ("S.Sos., M.Si.", "S.IP., M.A.P."),
}
_LAST_YEAR_OF_DRS: Final = 1971  # who was born later holds S.Sos., S.E. and the like instead of Drs./Dra.
_LAST_YEAR_OF_HAJJ: Final = 1984
_HAJJ_PERCENT: Final = 25


@dataclass(frozen=True, slots=True)
class DrawnName:
    """A name as drawn, with what is needed to add titles once the age is known."""

    name: str
    gender: Gender
    culture: Culture


class NameSource:
    """Draws names; a namesake may occur, as in life, but rarely."""

    def __init__(self, rng: Random) -> None:
        """Start with no name drawn."""
        self._rng = rng
        self._drawn: set[str] = set()
        self._mailboxes: set[str] = set()
        self._weights = [culture.weight for culture in CULTURES]

    def draw(self, gender: Gender | None = None) -> DrawnName:
        """Return a name, of either gender unless told."""
        rng = self._rng
        gender = gender or ("male" if rng.random() < 0.52 else "female")
        culture = rng.choices(CULTURES, self._weights)[0]
        name = self._compose(culture, gender)
        for _ in range(8):
            if name not in self._drawn:
                break
            name = self._compose(culture, gender)
        self._drawn.add(name)
        return DrawnName(name, gender, culture)

    def _compose(self, culture: Culture, gender: Gender) -> str:
        rng = self._rng
        given = rng.choice(culture.male if gender == "male" else culture.female)
        if rng.randrange(100) < culture.mononym_percent and " " not in given:
            return given
        return f"{given} {rng.choice(culture.last_male if gender == 'male' else culture.last_female)}"

    def titles(self, drawn: DrawnName, *, education: Education, birth_year: int) -> tuple[str, str]:
        """Return the titles before and after a name."""
        rng = self._rng
        after = rng.choice(_DEGREES[education])
        before: list[str] = []
        if education == "S3":
            before.append("Dr.")
        hajj = drawn.culture.uses_hajj_title and birth_year <= _LAST_YEAR_OF_HAJJ and rng.randrange(100) < _HAJJ_PERCENT
        if hajj:
            before.append("H." if drawn.gender == "male" else "Hj.")
        if education in {"S1", "S2"} and birth_year <= _LAST_YEAR_OF_DRS:
            before.insert(0, "Drs." if drawn.gender == "male" else "Dra.")
            after = "M.Si." if education == "S2" else ""
        return " ".join(before), after

    def email(self, name: str, *, domain: str) -> str:
        """Return an address that nobody else in this region has."""
        plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
        words = re.findall(r"[a-z]+", plain.replace("'", ""))
        base = ".".join(words if len(words) <= 2 else (words[0], words[-1]))
        mailbox, number = base, 2
        while mailbox in self._mailboxes:
            mailbox, number = f"{base}{number}", number + 1
        self._mailboxes.add(mailbox)
        return f"{mailbox}@{domain}"
