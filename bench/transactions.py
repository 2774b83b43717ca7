"""What tenant and row-level security cost a transaction with one SELECT by key."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Engine, Integer, Text, Uuid, create_engine, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from bench.community import DISTRICT
from bench.figures import Figure, Goal, Row, interleave, ratios
from bench.site import Site
from core import tenancy
from core.db import db, transaction
from core.places.models import Place
from core.tenancy.models import Tenant

ROUNDS = 25
TIMES = 200
TENANT = int(DISTRICT)


class Base(DeclarativeBase):
    """Base of the copy."""


class Copy(Base):
    """A table like ``place``, with the same rows and without row-level security."""

    __tablename__ = "bench_place_copy"

    tenant_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    code: Mapped[str] = mapped_column(Text)
    grid_code: Mapped[str | None] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    parent_id: Mapped[UUID | None] = mapped_column(Uuid)
    name: Mapped[str] = mapped_column(Text)
    official_name: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


def measure(site: Site) -> list[Row]:
    """Compare our engine and session with plain ones, transaction by transaction."""
    _copy(site)
    plain = create_engine(site.url)
    with site.app.app_context(), tenancy.enter(TENANT):
        with transaction():
            key = db.session.execute(select(Place.id).where(Place.code == DISTRICT)).scalar_one()
        found = interleave(
            {
                "plain": lambda: _select(plain, Copy, key),
                "ours": lambda: _select(db.engine, Place, key),
                "plain orm": lambda: _repeat(lambda: _read_plain(plain, key)),
                "our orm": lambda: _repeat(lambda: _read_ours(key)),
            },
            ROUNDS,
        )
        db.session.remove()
    plain.dispose()
    return [
        _row(
            "transaction with a SELECT, by Core",
            found["ours"],
            found["plain"],
            Goal("ratio", "≥", 0.95),
            "BEGIN with SET LOCAL, SELECT under RLS, COMMIT; yardstick: the same on a copy"
            " without RLS by a plain engine",
        ),
        _row(
            "transaction with a SELECT, by the ORM",
            found["our orm"],
            found["plain orm"],
            None,
            "with the tenant added to the statement, audit and unit-of-work listeners",
        ),
    ]


def _row(name: str, ours: list[float], plain: list[float], goal: Goal | None, note: str) -> Row:
    return Row(name, Figure.of(ours, "µs"), Figure.of(plain, "µs"), ratios(plain, ours), goal, note)


def _copy(site: Site) -> None:
    with site.app.app_context():
        tenants = db.session.execute(select(Tenant.id)).scalars().all()
        db.session.remove()
    with site.owner_engine().begin() as connection:
        connection.execute(text(f"CREATE TABLE {Copy.__tablename__} (LIKE place INCLUDING ALL)"))
        for tenant in tenants:
            connection.execute(text(f"SET LOCAL linli.tenant = '{tenant}'"))
            connection.execute(
                text(f"INSERT INTO {Copy.__tablename__} SELECT * FROM place WHERE tenant_id = :id"),
                {"id": tenant},
            )
        connection.execute(text(f"GRANT SELECT ON {Copy.__tablename__} TO PUBLIC"))
    site.analyse()


def _select(engine: Engine, model: type[Copy] | type[Place], key: UUID) -> float:
    table = model.__table__
    statement = select(table.c.name).where(table.c.tenant_id == TENANT, table.c.id == key)

    def once() -> None:
        with engine.begin() as connection:
            connection.execute(statement).one()

    return _repeat(once)


def _read_plain(engine: Engine, key: UUID) -> None:
    with Session(engine) as session, session.begin():
        session.execute(select(Copy).where(Copy.tenant_id == TENANT, Copy.id == key)).scalar_one()


def _read_ours(key: UUID) -> None:
    with transaction() as session:
        session.execute(select(Place).where(Place.id == key)).scalar_one()


def _repeat(once: Callable[[], None]) -> float:
    """Return the mean time of one transaction in microseconds."""
    start = time.perf_counter()
    for _ in range(TIMES):
        once()
    return (time.perf_counter() - start) / TIMES * 1e6
