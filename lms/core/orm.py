"""Declarative base and column types; plain SQLAlchemy, no Flask."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, cast

from sqlalchemy import JSON, BigInteger, DateTime, Enum, Integer, MetaData, String, or_
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.types import TypeDecorator

from lms.core.ids import new_public_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import ColumnElement, CursorResult, Dialect, Executable
    from sqlalchemy.orm import InstrumentedAttribute, Session

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """Timezone-aware UTC instants on every backend; naive values are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 -- SQLAlchemy's signature
        """Return the instant in UTC, or refuse a naive one."""
        if value is None:
            return None
        if value.tzinfo is None:
            msg = "naive datetime"
            raise ValueError(msg)
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002 -- likewise
        """Return an aware instant, also from SQLite, which keeps no zone."""
        if value is None:
            return None
        instant = cast("datetime", value)
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


class Base(DeclarativeBase):
    """Root of all tables; plain SQLAlchemy, so type checkers understand it."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime,
        dict[str, Any]: JSON,
        list[Any]: JSON,
        StrEnum: Enum(
            StrEnum,
            native_enum=False,
            length=32,
            create_constraint=True,
            values_callable=lambda members: [member.value for member in members],
        ),
    }


# SQLite only gives a rowid alias, and thus a counter, to a column typed exactly INTEGER.
BigInt = BigInteger().with_variant(Integer(), "sqlite")
Pk = Annotated[int, mapped_column(BigInt, primary_key=True, sort_order=-2)]
PublicId = Annotated[str, mapped_column(String(26), unique=True, default=new_public_id, sort_order=-1)]
Ref = Annotated[int, mapped_column(BigInt)]


def path_within(
    column: InstrumentedAttribute[str] | ColumnElement[str], prefixes: Iterable[str]
) -> ColumnElement[bool]:
    """Return the condition that a materialised unit path lies in one of the subtrees.

    Args:
        column: path column, such as `/1/4/12/`.
        prefixes: paths of subtree roots; none of them gives a condition that is never true.
    """
    # Paths hold digits and slashes only, so LIKE needs no escaping.
    conditions = [column.like(prefix + "%") for prefix in sorted(set(prefixes))]
    return or_(False, *conditions)  # noqa: FBT003 -- SQL literal, not a flag


def read_rows(
    session: Session, statement: Executable, values: Mapping[str, Any] | None = None
) -> CursorResult[*tuple[Any, ...]]:
    """Run a select of columns, without the part of the ORM that makes objects; about half of what it costs else.

    For the statements of pages that many people open. Changes that wait in the session are written first, as the
    ORM would do. The statement lists columns, never whole classes.
    """
    session.flush()
    return session.connection().execute(statement, values)
