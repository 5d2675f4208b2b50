"""Progress: one number, and what completion asks for."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from lms.courses.rules import LessonState, clamp_permille, completion_state, lesson_minutes_left

LESSON = st.builds(LessonState, minutes=st.integers(0, 120), is_done=st.booleans(), permille=st.integers(-50, 1100))
LESSONS = st.lists(LESSON, max_size=12)
CONDITIONS = st.dictionaries(st.sampled_from(["exam_passed", "survey"]), st.booleans(), max_size=2)


@given(LESSONS, CONDITIONS, st.integers(0, 90))
def test_progress_is_a_percentage_and_full_only_when_all_is_done(lessons, conditions, other):
    state = completion_state(lessons, conditions, other_minutes=other)
    assert 0 <= state.percent <= 100
    complete = all(lesson.is_done for lesson in lessons) and all(conditions.values())
    assert state.is_complete is complete
    assert (state.percent == 100) is complete
    if not complete:
        began = any(lesson.is_done for lesson in lessons) or any(conditions.values())
        assert (state.percent > 0) is began


@given(LESSONS, LESSON, CONDITIONS)
def test_progress_stays_in_bounds_when_a_lesson_is_added_or_removed(lessons, added, conditions):
    for changed in ([*lessons, added], lessons[1:], lessons[:-1]):
        assert 0 <= completion_state(changed, conditions).percent <= 100


@given(LESSONS, CONDITIONS, st.data())
def test_finishing_one_more_lesson_never_lowers_progress(lessons, conditions, data):
    open_ones = [index for index, lesson in enumerate(lessons) if not lesson.is_done]
    if not open_ones:
        return
    index = data.draw(st.sampled_from(open_ones))
    after = list(lessons)
    after[index] = LessonState(lessons[index].minutes, is_done=True)
    before_state, after_state = completion_state(lessons, conditions), completion_state(after, conditions)
    assert after_state.percent >= before_state.percent
    assert after_state.minutes_left <= before_state.minutes_left


@given(LESSON)
def test_minutes_left_shrink_while_reading_and_end_at_nothing(lesson):
    left = lesson_minutes_left(lesson)
    assert 0 <= left <= max(lesson.minutes, 0)
    assert (left == 0) is (lesson.is_done or lesson.minutes == 0)


def test_only_the_exam_is_left():
    state = completion_state([LessonState(25, is_done=True)] * 9, {"exam_passed": False}, other_minutes=40)
    assert (state.percent, state.lessons_done, state.missing, state.minutes_left) == (
        84,
        9,
        ("exam_passed",),
        40,
    )


def test_a_reading_place_from_a_script_is_clamped():
    odd = [(-5, 0), (430.7, 430), (5000, 1000), ("x", 0), (None, 0), (True, 0), (math.nan, 0)]
    assert [clamp_permille(value) for value, _expected in odd] == [expected for _value, expected in odd]
