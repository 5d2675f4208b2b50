"""Floors: what bare Flask, Jinja, the ORM and the disk do on this machine, today."""

from __future__ import annotations

import os

from flask import Flask, render_template_string
from sqlalchemy import String, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    """Root of the floor's one table."""


class Row(Base):
    """A row such as a catalogue shows."""

    __tablename__ = "floor_row"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(120))
    summary: Mapped[str] = mapped_column(String(240))


PAGE = """<!doctype html><html lang="id"><title>Lantai</title><h1>Lantai</h1><ul>
{% for row in rows %}<li><a href="/x/{{ row.id }}"><b>{{ row.title }}</b></a><p>{{ row.summary }}</p></li>
{% endfor %}</ul></html>"""

engine = create_engine(os.environ["FLOOR_DATABASE_URL"])
app = Flask(__name__)


def prepare() -> None:
    """Make the table and its fifty rows."""
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all(
            Row(title=f"Pelatihan nomor {n} untuk aparatur kelurahan", summary="Ringkasan pelatihan. " * 8)
            for n in range(50)
        )
        session.commit()


@app.get("/hello")
def hello() -> str:
    """Answer with one word."""
    return "halo"


@app.get("/page")
def page() -> str:
    """Answer with about 10 KB from 50 ORM rows."""
    with Session(engine) as session:
        return render_template_string(PAGE, rows=session.scalars(select(Row).order_by(Row.id)).all())


if os.environ.get("FLOOR_PREPARE"):
    prepare()
