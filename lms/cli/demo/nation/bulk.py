"""Writing rows by the hundred thousand: `executemany` on SQLite, `COPY` on PostgreSQL, in the caller's transaction.

Rows are plain tuples. They pass through the column types of the models, so that days, instants, enumerations
and JSON are kept exactly as the ORM keeps them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Boolean, Enum, func, select, text

from lms.core.ids import CROCKFORD

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import date

    from sqlalchemy import Dialect, Table
    from sqlalchemy.orm import Session
    from sqlalchemy.types import TypeEngine

CHUNK: Final = 5_000
_CACHE_KIB: Final = 200_000
_PAIRS: Final = tuple(one + other for one in CROCKFORD.lower() for other in CROCKFORD.lower())

Row = tuple[Any, ...]


def nothing(_count: int) -> None:
    """Take the progress of a part that nobody watches."""


class PublicIds:
    """Public ids (UUIDv7) that follow from the draws: the same seed gives the same ones.

    Args:
        start: the day before which all of them lie, so that ids of later acts sort after them.
    """

    def __init__(self, rng: random.Random, start: date) -> None:
        self._bits = rng.getrandbits
        noon = datetime(start.year, start.month, start.day, tzinfo=UTC) - timedelta(days=2)
        self._milliseconds = int(noon.timestamp() * 1000)
        self._count = 0

    def __call__(self) -> str:
        """Return the next id; ids sort in the order in which they are given out."""
        self._count += 1
        drawn = self._bits(74)
        value = (self._milliseconds + self._count // 64) << 80
        value |= 0x7 << 76 | (drawn >> 62) << 64 | 0b10 << 62 | drawn & ((1 << 62) - 1)
        return "".join([_PAIRS[(value >> shift) & 1023] for shift in range(120, -1, -10)])


class Bulk:
    """Writes rows into tables past the unit of work.

    Args:
        advance: is told how many rows were written, chunk by chunk.
    """

    def __init__(self, session: Session, advance: Callable[[int], None] = nothing) -> None:
        self._session = session
        self._advance = advance
        self._is_postgresql = session.get_bind().dialect.name == "postgresql"
        session.flush()  # what waits in the session comes before rows that name it
        if not self._is_postgresql:
            # Memory only: the pages of one part fit in it. How a commit reaches the disk stays as it is.
            session.connection().exec_driver_sql(f"PRAGMA cache_size = -{_CACHE_KIB}")

    def next_id(self, table: Table) -> int:
        """Return the first free id of a table."""
        return (self._session.scalar(select(func.max(table.c.id))) or 0) + 1

    def write(self, table: Table, columns: Sequence[str], rows: Iterable[Row]) -> int:
        """Write rows whose values stand in the order of `columns`; return how many.

        Columns that are not named get the default of the database. Memory: one chunk.

        Rows may read from the database until the first of them is given: while a COPY runs, its connection answers
        nothing else, and a read would wait for ever.
        """
        chunks = _chunks(self._converted(table, columns, rows))
        first = next(chunks, None)
        if first is None:
            return 0
        count = 0
        if self._is_postgresql:
            names = ", ".join(f'"{name}"' for name in columns)
            raw: Any = self._session.connection().connection.dbapi_connection
            with raw.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
                for chunk in chain([first], chunks):
                    for row in chunk:
                        copy.write_row(row)
                    count += len(chunk)
                    self._advance(len(chunk))
            if "id" in columns:
                self._session.execute(
                    text(
                        f"SELECT setval(pg_get_serial_sequence('\"{table.name}\"', 'id'),"  # noqa: S608 -- our table
                        f' (SELECT max(id) FROM "{table.name}"))'
                    )
                )
            return count
        names = ", ".join(f'"{name}"' for name in columns)
        places = ", ".join("?" * len(columns))
        statement = f'INSERT INTO "{table.name}" ({names}) VALUES ({places})'  # noqa: S608 -- our own names
        connection = self._session.connection()
        for chunk in chain([first], chunks):
            connection.exec_driver_sql(statement, chunk)
            count += len(chunk)
            self._advance(len(chunk))
        return count

    def _converted(self, table: Table, columns: Sequence[str], rows: Iterable[Row]) -> Iterable[Row]:
        dialect = self._session.get_bind().dialect
        made = [_step(table.c[name].type, dialect) for name in columns]
        steps = [(place, step) for place, step in enumerate(made) if step is not None]
        if not steps:
            return rows
        return _apply(rows, steps)

    def analyse(self) -> None:
        """Let the database count anew what it holds; its plans rest on it."""
        self._session.connection().exec_driver_sql("ANALYZE")


def _step(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """Return how a value of a column is handed to the driver, None for as it is."""
    if isinstance(kind, Enum):
        return _plain  # much cheaper than the look-up, and the database checks the word anyway
    if isinstance(kind, Boolean):
        return None
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _plain(value: Any) -> str | None:
    return None if value is None else str(value)


def _apply(rows: Iterable[Row], steps: Sequence[tuple[int, Callable[[Any], Any]]]) -> Iterator[Row]:
    for row in rows:
        values = list(row)
        for place, step in steps:
            values[place] = step(values[place])
        yield tuple(values)


def _chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    iterator = iter(rows)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk
