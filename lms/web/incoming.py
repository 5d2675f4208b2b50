"""What arrives: bytes that no browser sends are made harmless before a view reads them.

PostgreSQL stores no zero byte, a query may hold bytes that are no UTF-8, and JSON may be nested without end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Request, request
from flask.json.provider import DefaultJSONProvider
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import NotFound

if TYPE_CHECKING:
    from flask import Flask

_ZERO = "\x00"
MAX_PAGE = 100_000
MAX_PLAIN_BYTES = 512 << 10
MAX_NUMBER = (1 << 31) - 1


class Fields(ImmutableMultiDict[str, Any]):
    """Fields of a form or a query, without zero bytes in their names and values."""

    def __init__(self, mapping: Any = None) -> None:
        """Take the fields from pairs, as Werkzeug's parsers give them."""
        if isinstance(mapping, list):
            mapping = [(_clean(name), _clean(value)) for name, value in mapping]
        super().__init__(mapping)


def _clean(value: Any) -> Any:
    return value.replace(_ZERO, "") if isinstance(value, str) and _ZERO in value else value


class IncomingRequest(Request):
    """A request whose query can be read, whatever bytes it holds, and whose body is large only for a file."""

    parameter_storage_class = Fields

    def __init__(self, environ: Any, *args: Any, **kwargs: Any) -> None:
        """Percent-encode what should have been; Werkzeug leaves alone what is no UTF-8 then."""
        query = environ.get("QUERY_STRING", "")
        if not query.isascii():
            encoded = "".join(sign if sign.isascii() else f"%{ord(sign):02X}" for sign in query)
            environ = {**environ, "QUERY_STRING": encoded}
        super().__init__(environ, *args, **kwargs)
        # Werkzeug bounds neither the size nor the number of fields of a form that is no multipart.
        if self.mimetype != "multipart/form-data":
            self.max_content_length = MAX_PLAIN_BYTES


class IncomingJson(DefaultJSONProvider):
    """JSON of Flask; what is nested too deep is no JSON, rather than a fault of ours."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Return the value of a JSON text.

        Raises: ValueError: not JSON, or nested without end.
        """
        try:
            return super().loads(s, **kwargs)
        except RecursionError as error:
            msg = "nested too deep"
            raise ValueError(msg) from error


def whole_argument(name: str, *, least: int = 1, most: int = MAX_PAGE) -> int | None:
    """Return a whole number of the query within bounds; anything else counts as absent.

    Databases refuse numbers of more than 64 bits, so each has its bound.
    """
    typed = request.args.get(name, type=int)
    return typed if typed is not None and least <= typed <= most else None


def page_argument(name: str = "hal") -> int:
    """Return the number of the page that is asked for, 1 when none is."""
    return whole_argument(name) or 1


def year_argument(default: int) -> int:
    """Return the year that is asked for with `tahun`, else the default."""
    return whole_argument("tahun", least=1900, most=2199) or default


def _refuse_zero_bytes() -> None:
    if _ZERO in request.path:
        raise NotFound


def init_app(app: Flask) -> None:
    """Put the readers in place; after the guard, so that the answer knows who asks."""
    app.request_class = IncomingRequest
    app.json = IncomingJson(app)
    app.before_request(_refuse_zero_bytes)
