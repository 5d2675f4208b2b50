"""Settings of the running process, for kernel parts that no application object reaches."""

from __future__ import annotations

from lms.core.settings import Settings

_active: list[Settings] = []


def configure(settings: Settings) -> None:
    """Make these the settings of the process; `create_app` and the commands call it."""
    _active[:] = [settings]


def settings() -> Settings:
    """Return the settings of the process; read from the environment when none were given."""
    if not _active:
        _active.append(Settings())
    return _active[0]
