"""Steps of a reminder cover each day before a deadline once."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from lms.courses.rules import STEPS, days_of_step, step_of

DAY = date(2026, 11, 24)


@given(st.integers(-30, 60))
def test_each_day_before_a_deadline_is_in_the_step_that_names_it_and_in_no_other(left):
    deadline = DAY + timedelta(days=left)
    inside = [step for step in STEPS if days_of_step(DAY, step)[0] <= deadline <= days_of_step(DAY, step)[1]]
    expected = step_of(left)
    assert inside == ([] if expected is None else [expected])
    assert (expected is None) == (left < 0 or left > 14)
