"""Which topic a notice belongs to, and how it reaches a person: at once, once a day, or on the screen only."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Way(StrEnum):
    """How mail about a topic is sent; the notice itself always stands on the screen."""

    AT_ONCE = "at_once"
    DAILY = "daily"
    NEVER = "never"


class Topic(StrEnum):
    """What a person chooses a way for."""

    LEARNING = "learning"
    DEADLINES = "deadlines"
    EXAMS = "exams"
    CERTIFICATES = "certificates"
    COMPETENCIES = "competencies"
    MENTORING = "mentoring"
    COMMUNITY = "community"
    ACCESS = "access"


# By the first word of a notice's kind; a kind that stands here whole counts more.
_BY_PACKAGE: Mapping[str, Topic] = {
    "courses": Topic.LEARNING,
    "enrolment": Topic.LEARNING,
    "assessments": Topic.EXAMS,
    "certificates": Topic.CERTIFICATES,
    "competencies": Topic.COMPETENCIES,
    "mentoring": Topic.MENTORING,
    "community": Topic.COMMUNITY,
    "identity": Topic.ACCESS,
}
_BY_KIND: Mapping[str, Topic] = {"courses.deadline": Topic.DEADLINES}
# News about the account itself must not be missed: whoever took it over would turn it off first.
ALWAYS_AT_ONCE = frozenset({Topic.ACCESS})
DIGEST_HOUR = 7  # in the zone of the person's unit, before the office opens


def topic_of(kind: str) -> Topic:
    """Return the topic of a notice's kind, such as `courses.enrolment_approved`; unknown ones are learning."""
    return _BY_KIND.get(kind) or _BY_PACKAGE.get(kind.partition(".")[0], Topic.LEARNING)


def way_of(topic: Topic, *, chosen: Way | None, office: Way | None, is_locked: bool) -> Way:
    """Return how mail about a topic goes to a person.

    Args:
        chosen: the person's own choice, None while there is none.
        office: what the office set, None while it set nothing.
        is_locked: the office's word counts whatever the person chose.
    """
    if topic in ALWAYS_AT_ONCE:
        return Way.AT_ONCE
    if is_locked and office is not None:
        return office
    return chosen or office or Way.AT_ONCE
