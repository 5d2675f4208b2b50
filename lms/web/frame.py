"""The frame around every page: who is shown in the header, in which language and look."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from flask import current_app, g, get_flashed_messages, request, session

from lms.core.settings import Environment
from lms.core.text import N_
from lms.web.guard import current_actor

if TYPE_CHECKING:
    from collections.abc import Collection

    from flask import Flask

    from lms.core.actor import Actor, ActorGrant, Permission
    from lms.core.settings import Settings

LOCALES = {"id": "Bahasa Indonesia", "en": "English"}
THEMES = {"auto": N_("Ikuti perangkat"), "light": N_("Terang"), "dark": N_("Gelap")}
LOCALE_COOKIE, THEME_COOKIE = "bahasa", "tampilan"
_TITLES = frozenset({"dr", "dra", "drs", "ir", "h", "hj", "prof", "kh", "st", "sdr", "bpk", "ibu"})


@dataclass(frozen=True, slots=True)
class Frame:
    """What the header and footer show.

    Args:
        actor: who asks; `ANONYMOUS` before log-in.
        unit_name: unit of the main job, empty when unknown.
        locale: `id` or `en`.
        theme: `auto`, `light` or `dark`.
        agency, phone: of the installation.
        is_demo: whether everybody in it is made up.
    """

    actor: Actor
    unit_name: str
    locale: str
    theme: str
    agency: str
    phone: str
    is_demo: bool

    @property
    def signed_in(self) -> bool:
        """Whether the header shows an account."""
        return self.actor.account_id is not None

    @property
    def initials(self) -> str:
        """First letters of the first two names, for the round sign beside the menu."""
        return initials(self.actor.name)

    @property
    def fingerprint(self) -> str:
        """All that the frame depends on, as one text: person, login session, rights and address."""
        who = self.actor
        rights = _rights_digest(who.grants, who.own)
        return f"{who.account_id}/{who.session_id}/{rights}/{who.name}/{self.unit_name}/{who.timezone}"


@lru_cache(maxsize=4096)
def _rights_digest(grants: tuple[ActorGrant, ...], own: frozenset[Permission]) -> str:
    """Return a short text that is the same on every node for the same rights."""
    held = [
        sorted(own),
        *sorted((g.path, g.role, sorted(g.permissions), g.acting_for_id or 0) for g in grants),
    ]
    return hashlib.sha256(repr(held).encode()).hexdigest()[:12]


def initials(name: str) -> str:
    """Return up to two initials of a name; titles before and after it do not count."""
    words = [
        w for w in name.split(",", maxsplit=1)[0].replace(".", ". ").split() if w.rstrip(".").lower() not in _TITLES
    ]
    return "".join(w[0] for w in words[:2]).upper()


def _chosen(name: str, cookie: str, allowed: Collection[str], default: str) -> str:
    """Return the account's choice, else the browser's, else the default."""
    for value in (getattr(g.get("account"), name, None), request.cookies.get(cookie)):
        if value in allowed:
            return str(value)
    return default


def frame() -> Frame:
    """Return the frame of this request.

    The actor loader sets `g.account` (with `locale` and `theme`) and `g.unit_name`; nothing is read here.
    """
    found: Frame | None = g.get("lms_frame")
    if found is None:
        settings: Settings = current_app.config["LMS"]
        found = g.lms_frame = Frame(
            actor=current_actor(),
            unit_name=g.get("unit_name", ""),
            locale=_chosen("locale", LOCALE_COOKIE, LOCALES, "id"),
            theme=_chosen("theme", THEME_COOKIE, THEMES, "auto"),
            agency=settings.agency_name,
            phone=settings.help_phone,
            is_demo=settings.env is Environment.DEMO,
        )
    return found


def forget_frame() -> None:
    """Make the frame anew, after a log-in, a log-out or another choice within the request."""
    g.pop("lms_frame", None)


def flashes() -> list[tuple[str, str]]:
    """Return the messages of the step before; a page that shows one is not kept by the browser."""
    found = get_flashed_messages(with_categories=True)
    if found:
        g.flash_shown = True
    return cast("list[tuple[str, str]]", found)


def has_flashes() -> bool:
    """Return whether the step before left a message."""
    return "_flashes" in session


def init_frame(app: Flask) -> None:
    """Give templates `frame()`, `flashes()` and the filter `inisial`."""
    app.jinja_env.globals.update(frame=frame, flashes=flashes, has_flashes=has_flashes)
    app.jinja_env.filters["inisial"] = initials
