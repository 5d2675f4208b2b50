"""Time: the present instant, and calendar days in a unit's zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

ZONE_LABELS = {"Asia/Jakarta": "WIB", "Asia/Pontianak": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}
DEFAULT_ZONE = "Asia/Makassar"


def now() -> datetime:
    """Return the present instant in UTC; web tests move it with time-machine."""
    return datetime.now(UTC)


@lru_cache(maxsize=16)
def zone(name: str) -> ZoneInfo:
    """Return the zone of an IANA name."""
    return ZoneInfo(name)


def zone_label(name: str) -> str:
    """Return WIB, WITA or WIT; other zones keep their IANA name."""
    return ZONE_LABELS.get(name, name)


def local_day(instant: datetime, zone_name: str) -> date:
    """Return the calendar day of an instant in a zone."""
    return instant.astimezone(zone(zone_name)).date()


def day_start(day: date, zone_name: str) -> datetime:
    """Return the instant at which a calendar day begins in a zone."""
    return datetime.combine(day, time.min, tzinfo=zone(zone_name)).astimezone(UTC)


def day_end(day: date, zone_name: str) -> datetime:
    """Return the instant at which the next calendar day begins (exclusive end)."""
    return day_start(day + timedelta(days=1), zone_name)
