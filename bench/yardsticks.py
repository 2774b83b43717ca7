"""The bare pages that ours stand beside: plain Flask-SQLAlchemy, tables without RLS.

``/five`` is the five-query page: five queries by the ORM, twenty rows, a small template, one
transaction. ``/one`` is the one-SELECT app: a row by its key in a transaction, as JSON.
Served by ``gunicorn "bench.yardsticks:create_app()"``.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime

from flask import Flask, abort, jsonify, render_template
from flask.typing import ResponseReturnValue
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, ForeignKey, Integer, Text, func, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from bench.site import Site

PLACES, PEOPLE, POSTS = 200, 2_000, 20
PLACE, PERSON = 77, 777


class Base(DeclarativeBase):
    """Base of the yardstick's tables."""


db = SQLAlchemy(model_class=Base)


class Place(Base):
    __tablename__ = "bench_place"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("bench_place.id"))
    name: Mapped[str] = mapped_column(Text)


class Person(Base):
    __tablename__ = "bench_person"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(Text)


class Post(Base):
    __tablename__ = "bench_post"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    place_id: Mapped[int] = mapped_column(ForeignKey("bench_place.id"), index=True)
    title: Mapped[str] = mapped_column(Text)
    location: Mapped[str] = mapped_column(Text)
    starts_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    capacity: Mapped[int] = mapped_column(Integer)


def create_app() -> Flask:
    """Build the yardstick's application, with as large a pool as ours."""
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"pool_size": 8, "max_overflow": 8}
    db.init_app(app)
    app.add_url_rule("/five", view_func=five)
    app.add_url_rule("/one", view_func=one)
    return app


def five() -> str:
    """Show a place with its posts to a person."""
    person = db.session.execute(select(Person).where(Person.id == PERSON)).scalar_one_or_none()
    place = db.session.execute(select(Place).where(Place.id == PLACE)).scalar_one_or_none()
    if person is None or place is None:
        abort(404)
    parent = db.session.execute(select(Place).where(Place.id == place.parent_id)).scalar_one()
    here = Post.place_id == place.id
    total = db.session.execute(select(func.count()).select_from(Post).where(here)).scalar_one()
    posts = db.session.execute(
        select(Post).where(here).order_by(Post.starts_at, Post.id).limit(POSTS)
    ).scalars()
    page = render_template(
        "five.html", person=person, place=place, parent=parent, total=total, posts=posts
    )
    db.session.commit()
    return page


def one() -> ResponseReturnValue:
    """Answer with one row."""
    with db.engine.begin() as connection:
        row = connection.execute(select(Place.id, Place.name).where(Place.id == PLACE)).one()
    return jsonify(id=row.id, name=row.name)


def prepare(site: Site) -> None:
    """Make the tables, fill them, and let the role that serves read them."""
    engine = site.owner_engine()
    Base.metadata.create_all(engine)
    with Session(engine) as session, session.begin():
        session.add_all(
            Place(id=i, parent_id=i // 10 or None, name=f"第 {i} 社区")
            for i in range(1, PLACES + 1)
        )
        session.add_all(Person(id=i, name=f"工作人员 {i}") for i in range(1, PEOPLE + 1))
        session.flush()
        session.add_all(
            Post(
                place_id=i % PLACES + 1,
                title=f"第 {i} 次清扫楼道",
                location="3 栋门口",
                starts_at=datetime(2099, 5, 1, 9, tzinfo=UTC),
                capacity=20,
            )
            for i in range(PLACES * POSTS)
        )
        for table in Base.metadata.sorted_tables:
            session.execute(text(f"GRANT SELECT ON {table.name} TO PUBLIC"))
    engine.dispose()
    site.analyse()
