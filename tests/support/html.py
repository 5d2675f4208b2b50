"""A strict HTML client: every page it sees must be well formed and keep the house rules."""

from __future__ import annotations

import contextvars
import re
from typing import Any

import html5lib
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

_INLINE = re.compile(r"<script(?![^>]*\bsrc=)|\son[a-z]+\s*=\s*[\"']|\sstyle\s*=\s*[\"']|<style", re.IGNORECASE)
_CSRF = re.compile(r'name="csrf_token" value="([0-9a-f]+)"')
_ONCE = re.compile(r'name="once" value="([^"]+)"')


class StrictClient(FlaskClient):
    """Test client that parses each HTML answer and refuses what the house forbids."""

    last_html: str = ""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send a request in a fresh context, so that it never shares the test's session."""
        kwargs.setdefault("buffered", True)  # else a file that is sent stays open when nobody reads it
        response = contextvars.Context().run(super().open, *args, **kwargs)
        if response.mimetype == "text/html" and response.status_code not in {301, 302, 303, 304}:
            self._check(response)
        return response

    def _check(self, response: TestResponse) -> None:
        text = response.get_data(as_text=True)
        if not text.lstrip().lower().startswith("<!doctype"):
            return  # a fragment
        self.last_html = text
        parser = html5lib.HTMLParser(strict=False)
        parser.parse(text)
        faults = [f for f in parser.errors if f[1] != "expected-doctype-but-got-eof"]
        assert not faults, f"not valid HTML: {faults[:3]}"
        assert re.search(r'<html lang="(id|en)"', text), "lang is missing"
        inline = _INLINE.search(text)
        assert inline is None, f"inline script or style: {text[inline.start() : inline.start() + 80]!r}"
        assert "default-src 'none'" in response.headers.get("Content-Security-Policy", "")
        assert text.count("<h1") == 1, "a page has exactly one h1"

    def submit(
        self, url: str, data: dict[str, Any] | None = None, *, page: str | None = None, **kwargs: Any
    ) -> TestResponse:
        """Post a form with the CSRF token (and one-time key) of `page`, or of the last page seen."""
        if page is not None:
            self.get(page)
        fields = dict(data or {})
        token = _CSRF.search(self.last_html)
        if token is None:
            self.get("/beranda")
            token = _CSRF.search(self.last_html)
        if token is not None:
            fields.setdefault("csrf_token", token.group(1))
        once = _ONCE.search(self.last_html)
        if once is not None:
            fields.setdefault("once", once.group(1))
        return self.post(url, data=fields, **kwargs)
