"""Who is matched with whom in a programme: what forbids a pair, what a pair is worth, and why.

The score of a pair is a whole number from 0 to 1,000: the weighted mean of five parts, each from 0 to 1
(`Part`). The same formulas stand here twice: for one pair in plain Python, which gives the reasons, and for
all pairs at once in NumPy, which feeds the optimal assignment. Tests hold the two against one another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WEIGHT_KEYS = ("competency", "nearness", "load", "mentee_wish", "mentor_wish")
DEFAULT_WEIGHTS: Mapping[str, int] = {
    "competency": 40, "nearness": 20, "load": 15, "mentee_wish": 15, "mentor_wish": 10,
}  # fmt: skip
WEIGHT_MAX = 100
SCALE = 1000
LEVELS = 5
FARTHEST = 5  # steps in the unit tree from which on nothing is near


class Block(StrEnum):
    """Why two people are never matched, whatever their score."""

    SELF = "self"
    RIGHT = "right"
    LINE = "line"
    BEFORE = "before"
    REFUSED = "refused"
    NO_HELP = "no_help"
    FULL = "full"


# What a mentee without a mentor is told: the block that most mentors met, in this order on a tie.
BLOCK_ORDER = tuple(Block)


@dataclass(frozen=True, slots=True)
class MenteeInput:
    """A mentee as the matching sees one.

    Args:
        id: employee.
        path: ids of the units from the root to the person's own, empty for nobody's.
        gaps: verified gaps, competency to (level now, level required); claims do not count.
        leaders: employees who lead the person's unit or one above it.
        wishes: mentors wished for, the dearest first.
        before: mentors with whom the person was or is paired, and pairs that a coordinator took out.
        refused: mentors that a coordinator took out.
    """

    id: int
    path: tuple[int, ...]
    gaps: Mapping[int, tuple[int, int]]
    leaders: frozenset[int]
    wishes: tuple[int, ...] = ()
    before: frozenset[int] = frozenset()
    refused: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class MentorInput:
    """A mentor as the matching sees one.

    Args:
        id: employee.
        path: as of the mentee; empty for an external mentor.
        levels: accepted levels by competency.
        leaders: employees who lead the mentor's unit or one above it.
        rights: paths of the units over which the mentor's role is held, `(1, 4)` for unit 4 below 1.
        capacity: mentees whom the mentor takes on at most.
        load: active mentees already.
        wishes: mentees wished for.
        is_external: without records here; the coordinator answers for the choice.
    """

    id: int
    path: tuple[int, ...]
    levels: Mapping[int, int]
    leaders: frozenset[int]
    rights: tuple[tuple[int, ...], ...]
    capacity: int
    load: int = 0
    wishes: tuple[int, ...] = ()
    is_external: bool = False


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything that a run depends on, in a fixed order; kept with the run.

    Args:
        mentees, mentors: by id.
        weights: part to weight, 0 to 100.
        most: strive for the most people first, then for the best total; else for the best total alone.
        locked: mentee to mentor, kept by the coordinator.
    """

    mentees: tuple[MenteeInput, ...]
    mentors: tuple[MentorInput, ...]
    weights: Mapping[str, int]
    most: bool
    locked: Mapping[int, int]

    def to_json(self) -> dict[str, Any]:
        """Return plain values that `from_json` reads."""
        return {
            "weights": dict(self.weights),
            "most": self.most,
            "locked": sorted(self.locked.items()),
            "mentees": [
                [
                    m.id, m.path, sorted((c, *v) for c, v in m.gaps.items()), sorted(m.leaders), m.wishes,
                    sorted(m.before), sorted(m.refused),
                ]
                for m in self.mentees
            ],
            "mentors": [
                [
                    m.id, m.path, sorted(m.levels.items()), sorted(m.leaders), m.rights, m.capacity, m.load,
                    m.wishes, m.is_external,
                ]
                for m in self.mentors
            ],
        }  # fmt: skip

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Inputs:
        """Return the inputs that `to_json` wrote."""
        mentees = tuple(
            MenteeInput(
                row[0], tuple(row[1]), {c: (now, asked) for c, now, asked in row[2]}, frozenset(row[3]),
                tuple(row[4]), frozenset(row[5]), frozenset(row[6]),
            )
            for row in data["mentees"]
        )  # fmt: skip
        mentors = tuple(
            MentorInput(
                row[0], tuple(row[1]), dict(row[2]), frozenset(row[3]),
                tuple(tuple(path) for path in row[4]), row[5], row[6], tuple(row[7]), row[8],
            )
            for row in data["mentors"]
        )  # fmt: skip
        locked = dict(data["locked"])
        return cls(mentees, mentors, dict(data["weights"]), data["most"], locked)


@dataclass(frozen=True, slots=True)
class Match:
    """What a run found for one mentee.

    Args:
        mentor_id: None when nobody was found; `reasons` then says why.
        score: 0 to 1,000.
        reasons: keys with their values, the weightiest first.
        competency_id, goal_level: what the two would work on, None without a verified gap.
    """

    mentee_id: int
    mentor_id: int | None
    score: int
    reasons: tuple[tuple[Any, ...], ...]
    competency_id: int | None = None
    goal_level: int | None = None
    locked: bool = False


def weights_fault(weights: Mapping[str, int]) -> bool:
    """Return whether weights cannot be used: each is from 0 to 100, and not all are 0."""
    known = [weights.get(key, 0) for key in WEIGHT_KEYS]
    return (
        set(weights) - set(WEIGHT_KEYS) != set() or not all(0 <= one <= WEIGHT_MAX for one in known) or not sum(known)
    )


def help_of(mentee: MenteeInput, mentor: MentorInput) -> tuple[int, int, int]:
    """Return (gap × level, competency, goal level) of the gap in which a mentor helps most; zeros: in none.

    A mentor helps where the accepted level is above the mentee's own. The goal is the standard, or the
    mentor's level where that is lower. On a tie the competency with the lower id counts.
    """
    best = (0, 0, 0)
    for competency in sorted(mentee.gaps):
        now, asked = mentee.gaps[competency]
        level = mentor.levels.get(competency, 0)
        worth = (asked - now) * level if level > now else 0
        if worth > best[0]:
            best = (worth, competency, min(asked, level))
    return best


def steps_between(one: Sequence[int], other: Sequence[int]) -> int:
    """Return the steps between two units in the tree; `FARTHEST` when one has none."""
    if not one or not other:
        return FARTHEST
    common = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        common += 1
    return min(FARTHEST, len(one) + len(other) - 2 * common)


def block_of(mentee: MenteeInput, mentor: MentorInput) -> Block | None:  # noqa: PLR0911 -- one answer per rule
    """Return why two people are never matched, or None."""
    if mentee.id == mentor.id:
        return Block.SELF
    if not any(mentee.path[: len(right)] == right for right in mentor.rights):
        return Block.RIGHT
    if mentor.id in mentee.leaders or mentee.id in mentor.leaders:
        return Block.LINE
    if mentor.id in mentee.before:
        return Block.BEFORE
    if mentor.id in mentee.refused:
        return Block.REFUSED
    if mentee.gaps and not mentor.is_external and not help_of(mentee, mentor)[0]:
        return Block.NO_HELP
    return None


def _lightness(mentor: MentorInput, place: int) -> float:
    return 1 - (mentor.load + place) / mentor.capacity


def places_of(mentor: MentorInput) -> int:
    """Return how many mentees a mentor may still take on."""
    return max(0, mentor.capacity - mentor.load)


def pair_score(mentee: MenteeInput, mentor: MentorInput, weights: Mapping[str, int], *, place: int) -> int:
    """Return the score of a pair, 0 to 1,000.

    Args:
        mentee: who is accompanied.
        mentor: who accompanies.
        weights: part to weight.
        place: how many mentees of this run the mentor has before this one; each makes the next lighter in score,
            so that a strong mentor is not everybody's first choice.
    """
    whole = sum(weights.get(key, 0) for key in WEIGHT_KEYS)
    worth = help_of(mentee, mentor)[0] / (LEVELS * LEVELS)
    near = 1 - steps_between(mentee.path, mentor.path) / FARTHEST
    fixed = (
        weights.get("competency", 0) * worth
        + weights.get("nearness", 0) * near
        + weights.get("mentee_wish", 0) * (mentor.id in mentee.wishes)
        + weights.get("mentor_wish", 0) * (mentee.id in mentor.wishes)
    )
    light = weights.get("load", 0) * _lightness(mentor, place)
    # The two parts are rounded apart: the order of places must not move the first by a unit.
    return round(SCALE * fixed / whole) + round(SCALE * light / whole)


def explain(mentee: MenteeInput, mentor: MentorInput) -> tuple[tuple[Any, ...], ...]:
    """Return why these two: keys with values, for the words of the screen."""
    reasons: list[tuple[Any, ...]] = []
    worth, competency, goal = help_of(mentee, mentor)
    if worth:
        now, asked = mentee.gaps[competency]
        reasons.append(("competency", competency, now, asked, mentor.levels[competency], goal))
    elif mentee.gaps:
        reasons.append(("external",))
    else:
        reasons.append(("no_gap",))
    reasons.append(("steps", steps_between(mentee.path, mentor.path)))
    if mentor.id in mentee.wishes:
        reasons.append(("mentee_wish",))
    if mentee.id in mentor.wishes:
        reasons.append(("mentor_wish",))
    reasons.append(("load", mentor.load, mentor.capacity))
    return tuple(reasons)


def _paths(paths: Sequence[tuple[int, ...]], depth: int, missing: int) -> NDArray[np.int64]:
    import numpy as np  # noqa: PLC0415 -- heavy, and needed in jobs only

    made = np.full((len(paths), depth), missing, dtype=np.int64)
    for number, path in enumerate(paths):
        made[number, : len(path)] = path
    return made


def _nearness(mentees: Sequence[MenteeInput], mentors: Sequence[MentorInput]) -> NDArray[np.float64]:
    import numpy as np  # noqa: PLC0415 -- heavy, and needed in jobs only

    depth = max([len(one.path) for one in mentees] + [len(one.path) for one in mentors], default=0) or 1
    left = _paths([one.path for one in mentees], depth, -1)
    right = _paths([one.path for one in mentors], depth, -2)
    still = np.ones((len(mentees), len(mentors)), dtype=bool)
    common = np.zeros(still.shape, dtype=np.int16)
    for level in range(depth):
        still &= left[:, level, None] == right[None, :, level]
        common += still
    left_size = np.array([len(one.path) for one in mentees], dtype=np.int16)
    right_size = np.array([len(one.path) for one in mentors], dtype=np.int16)
    steps = np.minimum(FARTHEST, left_size[:, None] + right_size[None, :] - 2 * common)
    steps[left_size == 0, :] = FARTHEST
    steps[:, right_size == 0] = FARTHEST
    made: NDArray[np.float64] = 1 - steps / FARTHEST
    return made


def _help(mentees: Sequence[MenteeInput], mentors: Sequence[MentorInput]) -> NDArray[np.int16]:
    import numpy as np  # noqa: PLC0415 -- heavy, and needed in jobs only

    best = np.zeros((len(mentees), len(mentors)), dtype=np.int16)
    for competency in sorted({one for mentee in mentees for one in mentee.gaps}):
        rows = [number for number, mentee in enumerate(mentees) if competency in mentee.gaps]
        levels = np.array([mentor.levels.get(competency, 0) for mentor in mentors], dtype=np.int16)
        now = np.array([mentees[number].gaps[competency][0] for number in rows], dtype=np.int16)
        asked = np.array([mentees[number].gaps[competency][1] for number in rows], dtype=np.int16)
        worth = (asked - now)[:, None] * levels[None, :] * (levels[None, :] > now[:, None])
        best[rows] = np.maximum(best[rows], worth)
    return best


def _allowed(
    mentees: Sequence[MenteeInput], mentors: Sequence[MentorInput], worth: NDArray[np.int16]
) -> NDArray[np.bool_]:
    import numpy as np  # noqa: PLC0415 -- heavy, and needed in jobs only

    allowed = np.zeros(worth.shape, dtype=bool)
    under: dict[tuple[int, ...], list[int]] = {}
    for number, mentee in enumerate(mentees):
        for length in range(len(mentee.path) + 1):
            under.setdefault(mentee.path[:length], []).append(number)
    for number, mentor in enumerate(mentors):
        for right in mentor.rights:
            allowed[under.get(right, []), number] = True
    has_gaps = np.array([bool(mentee.gaps) for mentee in mentees], dtype=bool)
    inside = np.array([not mentor.is_external for mentor in mentors], dtype=bool)
    allowed &= ~(has_gaps[:, None] & inside[None, :] & (worth == 0))
    for row, column in _forbidden(mentees, mentors):
        allowed[row, column] = False
    return allowed


def _forbidden(mentees: Sequence[MenteeInput], mentors: Sequence[MentorInput]) -> Iterable[tuple[int, int]]:
    """Yield the places of single pairs that are blocked: oneself, reporting line, paired before, taken out."""
    column = {mentor.id: number for number, mentor in enumerate(mentors)}
    row = {mentee.id: number for number, mentee in enumerate(mentees)}
    for number, mentee in enumerate(mentees):
        for mentor_id in (mentee.id, *mentee.leaders, *mentee.before, *mentee.refused):
            if mentor_id in column:
                yield number, column[mentor_id]
    for number, mentor in enumerate(mentors):
        for leader in mentor.leaders:
            if leader in row:
                yield row[leader], number


def dense_gains(
    mentees: Sequence[MenteeInput], mentors: Sequence[MentorInput], weights: Mapping[str, int], *, most: bool,
    taken: Mapping[int, int],
) -> tuple[NDArray[np.float64], list[tuple[int, int]]]:  # fmt: skip
    """Return what each mentee gains at each free place, and whose place each column is.

    Args:
        mentees: who seeks a mentor.
        mentors: who has places.
        weights: part to weight.
        most: one more person counts more than any score.
        taken: mentor to places that locked pairs take.

    Returns: a matrix of mentees by places, 0 where a pair is forbidden and at least 1 elsewhere, and for each
        column (number of the mentor, number of the place). An assignment of the greatest sum is the optimum,
        once pairs with 0 are left out.
    """
    import numpy as np  # noqa: PLC0415 -- heavy, and needed in jobs only

    whole = sum(weights.get(key, 0) for key in WEIGHT_KEYS)
    worth = _help(mentees, mentors)
    fixed = weights.get("competency", 0) * (worth / (LEVELS * LEVELS))
    fixed += weights.get("nearness", 0) * _nearness(mentees, mentors)
    row = {mentee.id: number for number, mentee in enumerate(mentees)}
    column = {mentor.id: number for number, mentor in enumerate(mentors)}
    for number, mentee in enumerate(mentees):
        for wish in set(mentee.wishes) & column.keys():
            fixed[number, column[wish]] += weights.get("mentee_wish", 0)
    for number, mentor in enumerate(mentors):
        for wish in set(mentor.wishes) & row.keys():
            fixed[row[wish], number] += weights.get("mentor_wish", 0)
    allowed = _allowed(mentees, mentors, worth)
    places = [
        (number, place)
        for number, mentor in enumerate(mentors)
        for place in range(taken.get(mentor.id, 0), min(places_of(mentor), taken.get(mentor.id, 0) + len(mentees)))
    ]
    bonus = (SCALE + 1) * (min(len(mentees), len(places)) + 1) if most else 1
    base = np.where(allowed, np.round(SCALE * fixed / whole) + bonus, 0.0)
    gains = base[:, [number for number, _place in places]]
    light = np.array(
        [
            round(SCALE * weights.get("load", 0) * _lightness(mentors[number], place) / whole)
            for number, place in places
        ],
        dtype=np.float64,
    )
    gains += np.where(gains > 0, light[None, :], 0.0)
    return gains, places


def matches_of(inputs: Inputs, chosen: Iterable[tuple[int, int]]) -> list[Match]:
    """Return the result of a run, one line per mentee, with scores and reasons.

    Args:
        inputs: of the run.
        chosen: (mentee, mentor) of the assignment, with the locked pairs among them.
    """
    mentors = {mentor.id: mentor for mentor in inputs.mentors}
    pairs = dict(chosen)
    used: dict[int, int] = {}
    found = []
    # Locked ones take the first places; then by id, so that the same inputs give the same lines.
    for mentee in sorted(inputs.mentees, key=lambda one: (one.id not in inputs.locked, one.id)):
        mentor = mentors.get(pairs.get(mentee.id, 0))
        if mentor is None:
            found.append(Match(mentee.id, None, 0, (_why_not(mentee, inputs.mentors),)))
            continue
        place = used.get(mentor.id, 0)
        used[mentor.id] = place + 1
        worth, competency, goal = help_of(mentee, mentor)
        found.append(
            Match(
                mentee.id, mentor.id, pair_score(mentee, mentor, inputs.weights, place=place),
                explain(mentee, mentor), competency if worth else None, goal if worth else None,
                inputs.locked.get(mentee.id) == mentor.id,
            )
        )  # fmt: skip
    return sorted(found, key=lambda match: match.mentee_id)


def _why_not(mentee: MenteeInput, mentors: Sequence[MentorInput]) -> tuple[Any, ...]:
    counts: dict[Block, int] = {}
    for mentor in mentors:
        block = block_of(mentee, mentor) or Block.FULL
        counts[block] = counts.get(block, 0) + 1
    if counts.get(Block.FULL):
        return ("full",)
    if not counts:
        return ("no_mentor",)
    return (max(BLOCK_ORDER, key=lambda block: counts.get(block, 0)).value,)
