"""Item kinds: what each kind of question must be able to do, and the table of those that are known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from fractions import Fraction
    from random import Random

Payload = dict[str, Any]


class BadResponse(ValueError):
    """What a page sent cannot be a response to this item."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One option as a learner sees it.

    Args:
        code: key of the option in its item, stable over shuffling.
        letter: A, B, C … in the order of this attempt; empty where letters would confuse.
        text: Markdown of one line.
    """

    code: str
    letter: str
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """What may leave the server before the attempt is over: never a key, never feedback.

    Args:
        control: `radio`, `checkbox` or `text`.
        choices: options in the order of this attempt; empty for `text`.
        hint: what to do, for kinds where the control does not say it.
    """

    control: str
    choices: tuple[Choice, ...] = ()
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One option, or one typed text, as the result page explains it.

    Args:
        label: the option's text or what was typed.
        letter: as in the attempt.
        chosen: whether the person gave it.
        correct: whether it belongs to the right answer.
        feedback: why.
    """

    label: str
    letter: str
    chosen: bool
    correct: bool
    feedback: str


class ItemKind(Protocol):
    """A kind of item; a new one is a module beside this that ends in `register(...)`."""

    name: str
    # Whether the order of options may differ from attempt to attempt.
    shuffles: bool

    def faults(self, item: Mapping[str, Any]) -> list[str]:
        """Return what is wrong with an item of a bank file, in Indonesian; empty when nothing is."""

    def body(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a version keeps of an item of a bank file, key and feedback included."""

    def order(self, body: Mapping[str, Any], random: Random) -> list[str]:
        """Return the order of options for one attempt."""

    def question(self, body: Mapping[str, Any], order: Sequence[str]) -> Question:
        """Return what the learner sees."""

    def read(self, body: Mapping[str, Any], codes: Sequence[str], text: str) -> Payload | None:
        """Return the response in its one normal form, None for an empty one.

        Raises: BadResponse: an option that does not exist, several where one is allowed, too long.
        """

    def mark(self, body: Mapping[str, Any], payload: Payload | None) -> Fraction:
        """Return the part of one full mark that a response earns, 0 to 1."""

    def review(self, body: Mapping[str, Any], payload: Payload | None, order: Sequence[str]) -> list[Verdict]:
        """Return each option, or the typed text and the right one, with its feedback."""


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
