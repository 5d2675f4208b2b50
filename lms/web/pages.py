"""Pages that belong to no feature: start, help, statements, look, language, operators' addresses."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    send_from_directory,
    url_for,
)
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import inspect, text
from sqlalchemy.exc import SQLAlchemyError

from lms.core import metrics
from lms.core.db import current_session
from lms.core.richtext import render_markdown
from lms.core.settings import Environment
from lms.web import gallery
from lms.web.frame import LOCALE_COOKIE, LOCALES, THEME_COOKIE, THEMES, forget_frame, frame
from lms.web.guard import current_actor, public
from lms.web.home import home
from lms.web.i18n import translate
from lms.web.static import assets

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.typing import ResponseReturnValue

bp = Blueprint("web", __name__)
bp.add_url_rule("/beranda", "home", home)

PROJECT = Path(__file__).resolve().parent.parent.parent
GUIDES = PROJECT / "docs" / "panduan"
_YEAR = 365 * 24 * 3600
_PICTURES = frozenset({".png", ".webp", ".jpg", ".jpeg", ".avif"})
# Saves the choice in the account; wiring gives the function, since accounts are an upper package.
appearance_savers: list[Callable[[str, str], None]] = []


@dataclass(frozen=True, slots=True)
class Guide:
    """One help text: `slug` is its file name, `roles` whom it is for (the first words of its file name)."""

    slug: str
    title: str
    summary: str
    html: str


@lru_cache(maxsize=64)
def _guide(path: Path, _changed: float) -> Guide:
    source = path.read_text(encoding="utf-8")
    lines = source.splitlines()
    title = next((line[2:].strip() for line in lines if line.startswith("# ")), path.stem)
    body = "\n".join(line for line in lines if not line.startswith("# "))
    drawn = render_markdown(body)
    first = next((part.strip() for part in drawn.plain.split("\n") if part.strip()), "")
    return Guide(path.stem, title, first if len(first) < 200 else first[:197] + "…", str(drawn.html))


def guides() -> list[Guide]:
    """Return the help texts that exist, those of the actor's roles first."""
    held = {grant.role.value for grant in current_actor().grants} | {"pegawai"}
    found = [_guide(path, path.stat().st_mtime) for path in sorted(GUIDES.glob("[a-z]*.md"))]
    return sorted(found, key=lambda guide: (guide.slug.split("-")[0] not in held, guide.slug))


@bp.get("/")
@public
def index() -> ResponseReturnValue:
    """Lead to the home page, or to the log-in page."""
    there = "/beranda" if current_actor().account_id is not None else "/masuk"
    return redirect(there, code=303)


@bp.get("/bantuan")
@public
def help_index() -> ResponseReturnValue:
    """List the help texts."""
    return render_template("web/help_index.html", guides=guides())


@bp.get("/bantuan/<string:slug>")
@public
def help_page(slug: str) -> ResponseReturnValue:
    """Show one help text."""
    guide = next((one for one in guides() if one.slug == slug), None)
    if guide is None:
        abort(404)
    # render_markdown sanitises what it returns.
    return render_template("web/help_page.html", guide=guide, body=Markup(guide.html))  # noqa: S704


@bp.get("/bantuan/gambar/<path:name>")
@public
def help_picture(name: str) -> ResponseReturnValue:
    """Send a picture of a help text."""
    if Path(name).suffix.lower() not in _PICTURES:
        abort(404)
    answer = send_from_directory(GUIDES / "gambar", name)
    answer.headers["Cache-Control"] = "public, max-age=86400"
    return answer


@bp.get("/aksesibilitas")
@public
def accessibility() -> ResponseReturnValue:
    """Say what works for whom, and whom to tell when it does not."""
    return render_template("web/accessibility.html")


@bp.get("/privasi")
@public
def privacy() -> ResponseReturnValue:
    """Say which personal data are held, why, for how long, and what rights a person has."""
    return render_template("web/privacy.html")


@bp.get("/tampilan")
@public
def appearance() -> ResponseReturnValue:
    """Offer look and language."""
    return render_template(
        "web/appearance.html",
        themes=[(key, translate(label)) for key, label in THEMES.items()],
        locales=list(LOCALES.items()),
        here=_local_path(request.args.get("dari", "") or _page_before()),
    )


def _page_before() -> str:
    """Return the path of the page of this site from which the person came."""
    try:
        before = urlsplit(request.referrer or "")
    except ValueError:  # no address at all, such as half an IPv6 one
        return ""
    same = before.netloc == request.host and not before.path.startswith("/tampilan")
    return before.path if same else ""


def _local_path(path: str) -> str:
    """Return a path on this site; anything else leads home."""
    plain = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if plain else url_for("web.index")


@bp.post("/tampilan")
@public
def appearance_save() -> ResponseReturnValue:
    """Keep look and language: in the account of one who is logged in, and in this browser."""
    theme, locale = request.form.get("tampilan", ""), request.form.get("bahasa", "")
    if theme not in THEMES or locale not in LOCALES:
        abort(422)
    if current_actor().account_id is not None:
        for save in appearance_savers:
            save(theme, locale)
    answer = redirect(_local_path(request.form.get("dari", "")), code=303)
    secure = not current_app.config["LMS"].plain_cookie
    for name, value in ((THEME_COOKIE, theme), (LOCALE_COOKIE, locale)):
        answer.set_cookie(name, value, max_age=_YEAR, secure=secure, httponly=True, samesite="Lax", path="/")
    forget_frame()
    flash(_("Pilihan tampilan disimpan."), "ok")
    return answer


@bp.get("/_/live")
@public
def live() -> ResponseReturnValue:
    """Say that the process answers; touches nothing."""
    return Response("ok\n", mimetype="text/plain")


def expected_revision() -> str | None:
    """Return the migration that this code needs, or None where the migrations are not at hand."""
    head = PROJECT / "migrations" / "HEAD"
    return head.read_text().strip() if head.is_file() else None


@bp.get("/_/ready")
@public
def ready() -> ResponseReturnValue:
    """Say whether pages can be served: the database answers and is at this code's migration."""
    state = {"database": "ok", "migration": "ok"}
    try:
        connection = current_session().connection()
        wanted = expected_revision()
        if wanted is not None and not inspect(connection).has_table("alembic_version"):
            state["migration"] = "absent"
        elif wanted is not None:
            held = connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or ""
            # A newer database is fine: the upgrade runs before the last old node stops.
            state["migration"] = "ok" if held >= wanted else "behind"
    except SQLAlchemyError:
        state["database"] = "away"
    return jsonify(state), 200 if set(state.values()) == {"ok"} else 503


@bp.get("/_/komponen")
@public
def components() -> ResponseReturnValue:
    """Show every component in its states; not in production."""
    if current_app.config["LMS"].env is Environment.PRODUCTION:
        abort(404)
    return render_template("web/gallery.html", **gallery.samples())


def _asked_locally() -> bool:
    """Return whether the request comes from this machine itself and through no proxy."""
    if any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP")):
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


@bp.get("/metrics")
@public
def show_metrics() -> ResponseReturnValue:
    """Show the counters to a collector on this machine."""
    if not _asked_locally():
        abort(404)
    return Response(metrics.render(), content_type=metrics.CONTENT_TYPE)


@bp.get("/robots.txt")
@public
def robots() -> ResponseReturnValue:
    """Keep search engines out: pages are for staff, and certificates are for those who hold the code."""
    return Response("User-agent: *\nDisallow: /\n", mimetype="text/plain")


@bp.get("/favicon.ico")
@public
def favicon() -> ResponseReturnValue:
    """Send the mark to browsers that ask under the old address."""
    mark = assets().by_name["img/bina.svg"]
    return Response(mark.body, content_type=mark.media_type, headers={"Cache-Control": "public, max-age=86400"})


@bp.get("/manifest.webmanifest")
@public
def manifest() -> ResponseReturnValue:
    """Describe the application to telephones that put it on their first screen."""
    answer = jsonify(
        name=f"Bina · {frame().agency}",
        short_name="Bina",
        lang="id",
        start_url="/beranda",
        scope="/",
        display="minimal-ui",
        background_color="#faf6ee",
        theme_color="#1b2f5e",
        icons=[{"src": assets().url("img/bina.svg"), "sizes": "any", "type": "image/svg+xml"}],
    )
    answer.content_type = "application/manifest+json"
    answer.headers["Cache-Control"] = "public, max-age=86400"
    return answer
