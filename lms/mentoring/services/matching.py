"""The optimal matching of a programme: rules say what a pair is worth, the kernel finds the best assignment."""

from __future__ import annotations

from lms.core.assignment import best_assignment
from lms.mentoring.rules import Inputs, Match, block_of, dense_gains, matches_of, places_of


def solve(inputs: Inputs) -> list[Match]:
    """Return who is matched with whom, one line per mentee; the same inputs give the same lines.

    A forbidden pair never comes out, not even a locked one: a lock that has become forbidden, such as after a
    transfer, is dropped and its mentee is matched anew.
    """
    mentors = {mentor.id: mentor for mentor in inputs.mentors}
    taken: dict[int, int] = {}
    kept: dict[int, int] = {}
    for mentee in inputs.mentees:
        mentor = mentors.get(inputs.locked.get(mentee.id, 0))
        if mentor is None or block_of(mentee, mentor) is not None:
            continue
        if taken.get(mentor.id, 0) < places_of(mentor):
            taken[mentor.id] = taken.get(mentor.id, 0) + 1
            kept[mentee.id] = mentor.id
    free = [mentee for mentee in inputs.mentees if mentee.id not in kept]
    gains, places = dense_gains(free, inputs.mentors, inputs.weights, most=inputs.most, taken=taken)
    chosen = [(free[row].id, inputs.mentors[places[column][0]].id) for row, column in best_assignment(gains)]
    return matches_of(
        Inputs(inputs.mentees, inputs.mentors, inputs.weights, inputs.most, kept), [*kept.items(), *chosen]
    )
