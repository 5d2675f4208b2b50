"""Menus: features register where they stand; the frame shows what the actor may open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from flask import current_app, g, request, url_for
from markupsafe import Markup

from lms.web.frame import frame
from lms.web.i18n import translate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flask import Flask

    from lms.core.actor import Actor, Permission, Role

SHOWN_ON_PHONE = 4


@dataclass(frozen=True, slots=True)
class MenuItem:
    """One entry.

    Args:
        endpoint: of a page without parameters in its address.
        label: lazy Indonesian text, one or two words.
        icon: name in the sprite.
        order: smaller stands first.
        permission: shown to those who hold it anywhere; None: no permission is asked.
        roles: shown to holders of one of these roles; None: no role is asked.
        place: `main` for the tabs, `account` for the menu under the person's name.
        without_roles: hidden from holders of these, who have a better entry of their own.
    """

    endpoint: str
    label: Any
    icon: str
    order: int = 50
    permission: Permission | None = None
    roles: Iterable[Role] | None = None
    place: Literal["main", "account"] = "main"
    without_roles: Iterable[Role] | None = None

    def is_for(self, actor: Actor) -> bool:
        """Return whether the actor is shown this entry."""
        if self.permission is not None and not actor.may(self.permission):
            return False
        if self.without_roles is not None and any(actor.has_role(role) for role in self.without_roles):
            return False
        return self.roles is None or any(actor.has_role(role) for role in self.roles)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as the frame draws it."""

    url: str
    label: str
    icon: str
    endpoint: str
    blueprint: str


_items: dict[tuple[str, str], MenuItem] = {}
_drawn: dict[Any, tuple[Entry, ...]] = {}


def register(item: MenuItem) -> None:
    """Add an entry; registering the same endpoint again replaces it."""
    _items[item.place, item.endpoint] = item
    _drawn.clear()


def entries(place: str = "main") -> tuple[Entry, ...]:
    """Return the entries that the actor of this request is shown, in order."""
    shown = frame()
    key = (place, shown.locale, shown.actor.grants, shown.actor.own)
    found = _drawn.get(key)
    if found is None:
        if len(_drawn) > 2048:
            _drawn.clear()
        items = sorted((i for i in _items.values() if i.place == place), key=lambda i: (i.order, i.endpoint))
        found = _drawn[key] = tuple(
            Entry(url_for(i.endpoint), translate(i.label), i.icon, i.endpoint, i.endpoint.split(".")[0])
            for i in items
            if i.is_for(shown.actor)
        )
    return found


def current_endpoint(shown: tuple[Entry, ...]) -> str:
    """Return the entry the page belongs to: `g.menu`, its own endpoint, or its blueprint's first."""
    here = g.get("menu") or request.endpoint or ""
    if any(entry.endpoint == here for entry in shown):
        return str(here)
    blueprint = here.split(".")[0]
    if blueprint == "web":
        return ""
    return next((entry.endpoint for entry in shown if entry.blueprint == blueprint), "")


def _remember(name: str, template: str, key: tuple[Any, ...], **context: Any) -> Markup:
    """Draw a part of the frame once for each key; what stands in it is the same for many people."""
    kept: dict[Any, Markup] = current_app.extensions.setdefault("lms_frame_parts", {})
    found = kept.get((name, *key))
    if found is None:
        if len(kept) > 2048:
            kept.clear()
        drawn = current_app.jinja_env.get_template(template).render(context)
        # Templates escape what they show; their result is markup.
        found = kept[(name, *key)] = Markup(drawn.strip())  # noqa: S704
    return found


def tabs() -> Markup:
    """Return the tabs of the header."""
    shown = entries()
    if not shown:
        return Markup()
    here = current_endpoint(shown)
    return _remember("tabs", "web/_tabs.html", (frame().locale, shown, here), tabs=shown, here=here)


def account_links() -> Markup:
    """Return the links of the menu under the person's name."""
    shown = entries("account")
    return _remember("account", "web/_account_links.html", (frame().locale, shown), links=shown)


def footer(wrap: str) -> Markup:
    """Return the footer."""
    shown = frame()
    key = (shown.locale, wrap, shown.agency, shown.phone, shown.signed_in)
    return _remember("footer", "web/_footer.html", key, wrap=wrap, shown=shown)


def init_app(app: Flask) -> None:
    """Give templates the parts of the frame that menus fill."""
    app.jinja_env.globals.update(frame_tabs=tabs, frame_account_links=account_links, frame_footer=footer)
