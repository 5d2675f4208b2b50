"""Pages of log-in, one's own account, and the administration of access."""

from __future__ import annotations

from lms.identity.views import account, admin, login, operations, personal, rights
from lms.identity.views.base import bp
from lms.identity.views.loader import install

__all__ = ["account", "admin", "bp", "install", "login", "operations", "personal", "rights"]
