"""What every tenant-owned table shares: its key, and references that cannot cross tenants."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Column, ForeignKeyConstraint, Index, Integer, MetaData, Table, Uuid, event
from sqlalchemy.orm import Mapped, MappedColumn, declared_attr, mapped_column

from core.ids import new_id
from core.tenancy import context

NAMING = {
    "ix": "%(table_name)s_%(column_0_N_name)s_ix",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ck": "%(table_name)s_%(constraint_name)s_check",
    "fk": "%(table_name)s_%(column_1_name)s_fkey",
    "pk": "%(table_name)s_pkey",
}


class TenantOwned:
    """Mixin of derived tables: a natural primary key that begins with ``tenant_id``.

    ``tenant_id`` is filled from ``tenancy.enter``.
    """

    @declared_attr
    def tenant_id(cls) -> Mapped[int]:
        return mapped_column(
            Integer, primary_key=True, autoincrement=False, default=context.required, sort_order=-2
        )


class TenantScoped(TenantOwned):
    """Mixin of every other tenant-owned model: primary key ``(tenant_id, id)``.

    ``id`` is a UUIDv7 made here unless the caller (a phone that recorded offline) brings one.
    """

    @declared_attr
    def id(cls) -> Mapped[UUID]:
        return mapped_column(Uuid, primary_key=True, default=new_id, sort_order=-1)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"allow_partial_pks": False}


def ref(
    target: Any,
    *,
    ondelete: str = "RESTRICT",
    nullable: bool = False,
    index: bool = True,
    primary_key: bool = False,
) -> MappedColumn[Any]:
    """A column that points to a row of ``target`` in the same tenant.

    Args:
        target: a mapped class, a table, or the name of a table in the same metadata.
        ondelete: ``RESTRICT``, or ``CASCADE`` for rows that are no ledger. ``SET NULL`` is not
            possible, since it would clear ``tenant_id`` too.
        index: add the index ``(tenant_id, column)``.
        primary_key: the column is part of a natural key.

    The table gets the composite foreign key ``(tenant_id, column) → (tenant_id, id)``.
    """
    if ondelete not in ("RESTRICT", "CASCADE"):
        raise ValueError("ondelete must be RESTRICT or CASCADE")
    target = getattr(target, "__table__", target)
    info = {"ref": (target, ondelete), "ref_index": index}
    return mapped_column(Uuid, nullable=nullable, primary_key=primary_key, info=info)


@event.listens_for(Table, "after_parent_attach")
def _add_references(table: Table, parent: Any) -> None:
    if not isinstance(parent, MetaData):
        return
    for column in list(table.columns):
        if "ref" in column.info:
            _add_reference(table, column)


def _add_reference(table: Table, column: Column[Any]) -> None:
    target, ondelete = column.info["ref"]
    remote: list[Any] = (
        [f"{target}.tenant_id", f"{target}.id"]
        if isinstance(target, str)
        else [target.c.tenant_id, target.c.id]
    )
    name = f"{table.name}_{column.name}_fkey"
    table.append_constraint(
        ForeignKeyConstraint(["tenant_id", column.name], remote, name=name, ondelete=ondelete)
    )
    if column.info["ref_index"]:
        Index(f"{table.name}_{column.name}_ix", table.c.tenant_id, column)
