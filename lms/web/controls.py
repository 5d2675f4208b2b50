"""The control of a form field with what ties it to its label, hint and error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Flask
    from wtforms import Field

_NUMERIC = {
    "NipField": "numeric",
    "WholeField": "numeric",
    "DecimalField": "decimal",
    "ClockField": "decimal",
}
_OFF = frozenset({"DayField", "ClockField", "WholeField", "DecimalField"})
HEAT_STEPS = (0.10, 0.25, 0.40, 0.55)  # the same limits on every page


def control(field: Field, *, hinted: Any, extra: Mapping[str, Any]) -> Markup:
    """Return the control of a field.

    Args:
        field: a bound WTForms field.
        hinted: the hint that stands above it, if any.
        extra: more attributes; `cls` adds classes.
    """
    attributes = dict(extra)
    cls = attributes.pop("cls", "")
    if field.type != "BooleanField":
        attributes["class"] = f"input {cls}".strip()
    told = [field.id + end for end, there in (("-h", hinted), ("-e", field.errors)) if there]
    if told:
        attributes["aria-describedby"] = " ".join(told)
    if field.errors:
        attributes["aria-invalid"] = "true"
    if field.type in _NUMERIC:
        attributes.setdefault("inputmode", _NUMERIC[field.type])
    if field.type in _OFF:
        attributes.setdefault("autocomplete", "off")
    return Markup(field(**attributes))  # noqa: S704 -- WTForms escapes what it draws


def heat_step(share: float) -> int:
    """Return the shade, 0 to 4, of a share of people below standard."""
    # The page shows whole per cents, so the limits are compared with what a person reads.
    read = int(share * 100 + 0.5) / 100
    return sum(read >= limit for limit in HEAT_STEPS)


def init_controls(app: Flask) -> None:
    """Give templates `control()` and `heat_step()`."""
    app.jinja_env.globals.update(control=control, heat_step=heat_step)
