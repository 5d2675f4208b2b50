"""The home page: a greeting, and the panels that features register."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from flask import current_app, render_template
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from sqlalchemy.orm import Session

from lms.core import clock
from lms.core.actor import Actor
from lms.core.db import current_session
from lms.web import menus
from lms.web.guard import authenticated, current_actor

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Flask
    from flask.typing import ResponseReturnValue

Slot = Literal["hero", "waiting", "main", "side"]
Build = Callable[[Session, Actor], tuple[str, dict[str, Any]] | None]
SLOTS: tuple[Slot, ...] = ("hero", "waiting", "main", "side")


@dataclass(frozen=True, slots=True)
class Panel:
    """One part of the home page.

    Args:
        key: unique name.
        slot: `hero` (one thing to go on with), `waiting` (what waits for the person, lists of `<li>`
            are drawn by the panel itself), `main` or `side`.
        order: smaller stands first within its slot.
        build: reads what the panel needs and returns (template, context), or None to be left out.
    """

    key: str
    slot: Slot
    order: int
    build: Build


_panels: dict[str, Panel] = {}


def register_panel(panel: Panel) -> None:
    """Add a panel; registering the same key again replaces it."""
    _panels[panel.key] = panel


def greeting(now: datetime, zone_name: str) -> str:
    """Return `Selamat pagi`, `siang`, `sore` or `malam` by the clock of the person's unit."""
    hour = now.astimezone(clock.zone(zone_name)).hour
    if 4 <= hour < 11:
        return _("Selamat pagi")
    if 11 <= hour < 15:
        return _("Selamat siang")
    if 15 <= hour < 18:
        return _("Selamat sore")
    return _("Selamat malam")


def called(name: str) -> str:
    """Return a name without the titles behind it."""
    return name.split(",", maxsplit=1)[0].strip()


@authenticated
def home() -> ResponseReturnValue:
    """Show the home page; one hero at most, the first that has something to say."""
    actor, session, now = current_actor(), current_session(), clock.now()
    environment = current_app.jinja_env
    drawn: dict[str, list[Markup]] = {slot: [] for slot in SLOTS}
    for panel in sorted(_panels.values(), key=lambda p: (p.order, p.key)):
        if panel.slot == "hero" and drawn["hero"]:
            continue
        built = panel.build(session, actor)
        if built is not None:
            template, context = built
            # Templates escape what they show; their result is markup.
            # Straight through Jinja: Flask's own call would gather the context of the request for each panel anew.
            drawn[panel.slot].append(Markup(environment.get_template(template).render(context)))  # noqa: S704
    return render_template(
        "web/home.html", greeting=greeting(now, actor.timezone), name=called(actor.name), now=now, drawn=drawn
    )


def init_app(_app: Flask) -> None:
    """Put the home page into the menu; its address is added by `lms.web.pages`."""
    menus.register(menus.MenuItem("web.home", _l("Beranda"), "home", 0))
