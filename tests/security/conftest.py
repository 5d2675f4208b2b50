"""The world of the break-in tests."""

from __future__ import annotations

import pytest

from tests.security import world as made


@pytest.fixture
def on_one_database(request):
    """What the database has no part in need not be walked twice."""
    if request.config.getoption("--postgresql"):
        pytest.skip("the same on both databases")


@pytest.fixture
def world(session):
    return made.make(session)


@pytest.fixture
def on_the_stricter_database(request):
    """PostgreSQL refuses more than SQLite does: what it takes of hostile letters, SQLite takes too."""
    if not request.config.getoption("--postgresql"):
        pytest.skip("walked on PostgreSQL, which refuses more")
