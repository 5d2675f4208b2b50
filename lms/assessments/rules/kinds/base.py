"""What each kind of question must be able to do, and the table of those that are known."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from random import Random

Payload = dict[str, Any]
MAX_TEXT = 4_000
MAX_ROWS = 40


def N_(text: str) -> str:  # noqa: N802 -- the extractor's usual keyword; rules stay free of the kernel
    """Return a sentence that the page translates."""
    return text


class BadResponse(ValueError):
    """What a page sent cannot be a response to this item."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One option as a learner sees it.

    Args:
        code: key of the option in its item, stable over shuffling.
        letter: A, B, C … in the order of this attempt; empty where letters would confuse.
        text: Markdown of one line.
        place: where it lies on the picture, as (shape, numbers); empty for the others.
    """

    code: str
    letter: str
    text: str
    place: tuple[str, tuple[float, ...]] | tuple[()] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One part of a question with a control of its own: a pair, a place, a gap.

    Args:
        code: key of the part; a response to it is the word `code=value`.
        text: Markdown of one line; empty for a gap, which stands in its text.
        choices: what may be chosen; empty when something is typed.
        many: several may be chosen.
        size: characters of the widest answer that is expected, for the width of a typed gap.
    """

    code: str
    text: str
    choices: tuple[Choice, ...] = ()
    many: bool = False
    size: int = 12


@dataclass(frozen=True, slots=True)
class Question:
    """What may leave the server before the attempt is over: never a key, never feedback.

    Args:
        control: `radio`, `checkbox`, `text`, `area`, `rows`, `gaps` or `picture`.
        choices: options in the order of this attempt; empty for the others.
        hint: what to do, where the control does not say it; an Indonesian sentence that the page translates.
        rows: the parts of `rows` and `gaps`.
        text: Markdown of `gaps`, where `[[code]]` is the place of a gap.
        values: words that take the place of `{name}` in the question of this attempt.
        picture: address, alternative text, width and height of a picture.
    """

    control: str
    choices: tuple[Choice, ...] = ()
    hint: str = ""
    rows: tuple[Row, ...] = ()
    text: str = ""
    values: tuple[tuple[str, str], ...] = ()
    picture: tuple[str, str, int, int] | tuple[()] = ()
    many: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """One option, part or typed text, as the result page explains it.

    Args:
        label: the option's text or what was typed.
        letter: as in the attempt.
        chosen: whether the person gave it.
        correct: whether it belongs to the right answer.
        feedback: why.
        plain: the label is what a person typed: it is shown as it stands.
        right: the right answer in words, where the label tells only what was given.
    """

    label: str
    letter: str
    chosen: bool
    correct: bool
    feedback: str
    plain: bool = False
    right: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an item's form.

    Args:
        name: key in the item of a bank file.
        label: Indonesian words, translated by the page.
        control: `text`, `area`, `tick`, `select`, `number` or `list` (several words parted by |).
        options: value and label of each choice of a `select`.
        hint: what to write.
        usual: what stands in an empty form.
    """

    name: str
    label: str
    control: str = "text"
    options: tuple[tuple[str, str], ...] = ()
    hint: str = ""
    usual: Any = ""


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of an item's form that look alike: options, pairs, gaps.

    Args:
        name: key in the item; its value is a list of objects with the columns' names.
        coded: each row has a `code` that the form keeps and gives to new rows.
        bare: the value is a list of words rather than of objects.
    """

    name: str
    label: str
    columns: tuple[Field, ...]
    coded: bool = True
    bare: bool = False
    empty_rows: int = 4
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Keep:
    """A part of the item that has no field: the form carries it over as it was."""

    name: str


class ItemKind(Protocol):
    """A kind of item; a new one is a module of this folder that ends in `register(...)`."""

    name: str
    # Indonesian words for lists and forms, translated by the page.
    label: str
    # The form of the item, in the order in which its fields stand.
    form: ClassVar[tuple[Field | Rows | Keep, ...]]
    # Whether the order of options may differ from attempt to attempt.
    shuffles: bool
    # Whether a person must give the mark; such items are not drawn for attempts that mark themselves.
    needs_marker: bool

    def faults(self, item: Mapping[str, Any]) -> list[str]:
        """Return why an item cannot work, in Indonesian; empty when it can."""

    def lacks(self, item: Mapping[str, Any]) -> list[str]:
        """Return what a good item has and this one has not: feedback, enough options; empty when nothing."""

    def body(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a version keeps of an item of a bank file, key and feedback included.

        The body is itself the item's part of a bank file: `body(body(item)) == body(item)`.
        """

    def order(self, body: Mapping[str, Any], random: Random, *, shuffles: bool = True) -> list[str]:
        """Return what is drawn for one attempt: the order of options, or the figures of a calculation."""

    def question(self, body: Mapping[str, Any], order: Sequence[str]) -> Question:
        """Return what the learner sees."""

    def read(self, body: Mapping[str, Any], codes: Sequence[str], text: str) -> Payload | None:
        """Return the response in its one normal form, None for an empty one.

        Raises: BadResponse: an option that does not exist, several where one is allowed, too long.
        """

    def mark(self, body: Mapping[str, Any], payload: Payload | None, order: Sequence[str] = ()) -> Fraction:
        """Return the part of one full mark that a response earns, 0 to 1."""

    def review(self, body: Mapping[str, Any], payload: Payload | None, order: Sequence[str]) -> list[Verdict]:
        """Return each option, or the typed text and the right one, with its feedback."""

    def right(self, body: Mapping[str, Any], order: Sequence[str] = ()) -> Payload | None:
        """Return a response that earns the most, for keys and proofs; None where a person marks."""

    def wrong(self, body: Mapping[str, Any], random: Random, order: Sequence[str] = ()) -> Payload | None:
        """Return a response that earns less than the right one, as a person may give it."""

    def words(self, body: Mapping[str, Any], payload: Payload, order: Sequence[str]) -> str:
        """Return a response in words, for lists."""

    def guess(self, body: Mapping[str, Any]) -> Fraction | None:
        """Return the mean mark of answers by chance (peers: shown beside the facility); None where unknown."""


class Kind:
    """What most kinds share."""

    name = ""
    label = ""
    form: ClassVar[tuple[Field | Rows | Keep, ...]] = ()
    shuffles = False
    needs_marker = False

    def lacks(self, item: Mapping[str, Any]) -> list[str]:
        """Return nothing."""
        del item
        return []

    def order(self, body: Mapping[str, Any], random: Random, *, shuffles: bool = True) -> list[str]:
        """Return nothing: there is no order."""
        del body, random, shuffles
        return []

    def words(self, body: Mapping[str, Any], payload: Payload, order: Sequence[str]) -> str:
        """Return what was typed."""
        del body, order
        return str(payload.get("text", ""))

    def guess(self, body: Mapping[str, Any]) -> Fraction | None:
        """Return 0: nobody types the right answer by chance."""
        del body
        return Fraction(0)


def share(percent: object) -> Fraction:
    """Return a written per cent as an exact part of one; 33.33333 is a third.

    Raises: ValueError: no number.
    """
    if isinstance(percent, bool) or percent is None:
        raise ValueError(percent)
    written = Fraction(str(percent).strip().replace(",", ".")) / 100
    near = written.limit_denominator(60)
    # Files of other systems round thirds, sixths and sevenths to five places.
    return near if abs(near - written) < Fraction(1, 1_000_000) else written


def percent_fault(value: object, *, least: int = 0) -> bool:
    """Return whether a value is no per cent from `least` to 100."""
    try:
        return not least <= share(value) * 100 <= 100
    except (ValueError, ZeroDivisionError):
        return True


def plain_words(value: object) -> str:
    """Return a text of a file without spaces around it; empty for what is no text."""
    return value.strip() if isinstance(value, str) else ""


def rows_of(item: Mapping[str, Any], name: str) -> list[dict[str, Any]] | None:
    """Return a list of objects of an item, or None when it is something else or too long."""
    rows = item.get(name)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows) or len(rows) > MAX_ROWS:
        return None
    return rows


def code_faults(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what is wrong with the codes of rows: they are short, different and of letters, digits and dashes."""
    codes = [row.get("code") for row in rows]
    if any(not isinstance(one, str) or not 0 < len(one) <= 10 or not one.replace("-", "").isalnum() for one in codes):
        return ["setiap baris memerlukan `code` 1 sampai 10 huruf atau angka"]
    return ["ada kode yang sama"] if len(set(codes)) < len(codes) else []


def form_order(kind: ItemKind) -> list[str]:
    """Return the names of the fields of a kind's form."""
    return [part.name for part in kind.form]


_KINDS: dict[str, ItemKind] = {}


def register(kind: ItemKind) -> None:
    """Make a kind known under its name.

    Raises: ValueError: the name is taken by another kind.
    """
    if kind.name in _KINDS and type(_KINDS[kind.name]) is not type(kind):
        raise ValueError(kind.name)
    _KINDS[kind.name] = kind


def kind_of(name: str) -> ItemKind:
    """Return the kind of this name.

    Raises: KeyError: no such kind.
    """
    return _KINDS[name]


def kind_names() -> list[str]:
    """Return the names of all kinds, sorted."""
    return sorted(_KINDS)
