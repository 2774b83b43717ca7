"""Volunteers as people of a community, attendances, and points as a ledger.

A sign-up carried a name and a sealed number; now it refers to a volunteer. The first sign-up of a
number in a community becomes the volunteer and gives its id, because the seal is bound to it. Going
back, a number opens only in a sign-up of that id: of several sign-ups of one volunteer the one for
the latest activity is kept, and attendances and points are gone.
"""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from core.sdk.migrations import protect

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ACTIVITY, SIGN_UP = "p_volunteer__activity", "p_volunteer__sign_up"
VOLUNTEER, ATTENDANCE = "p_volunteer__volunteer", "p_volunteer__attendance"
RULE, ACCOUNT, TRANSFER = (
    "p_volunteer__points_rule",
    "p_volunteer__account",
    "p_volunteer__transfer",
)


def upgrade() -> None:
    op.add_column(ACTIVITY, sa.Column("check_in_code", sa.Text(collation="C"), nullable=True))
    _create_volunteer()
    _create_ledger()
    _create_attendance()
    for table in (VOLUNTEER, RULE, ACCOUNT, TRANSFER, ATTENDANCE):
        protect(table)
    _refer_sign_ups_to_volunteers()


def downgrade() -> None:
    _give_sign_ups_their_names_back()
    for table in (ATTENDANCE, TRANSFER, ACCOUNT, RULE, VOLUNTEER):
        op.drop_table(table)
    op.drop_column(ACTIVITY, "check_in_code")


def _create_volunteer() -> None:
    op.create_table(
        VOLUNTEER,
        *_key(),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("phone_index", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _refers(VOLUNTEER, "place_id", "place"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=f"{VOLUNTEER}_pkey"),
        sa.UniqueConstraint("tenant_id", "phone_index", "place_id", name=f"{VOLUNTEER}_phone_key"),
    )
    op.create_index(f"{VOLUNTEER}_place_id_ix", VOLUNTEER, ["tenant_id", "place_id", "name"])


def _create_ledger() -> None:
    op.create_table(
        RULE,
        *_key(),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("step_minutes", sa.Integer(), nullable=False),
        sa.Column("cap_minutes", sa.Integer(), nullable=False),
        sa.Column("day_cap_minutes", sa.Integer(), nullable=False),
        sa.Column("points_per_hour", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _check(RULE, "number", "number > 0"),
        _check(RULE, "step", "step_minutes BETWEEN 1 AND 60"),
        _check(RULE, "cap", "cap_minutes BETWEEN 1 AND 1440"),
        _check(RULE, "day_cap", "day_cap_minutes BETWEEN 1 AND 1440"),
        _check(RULE, "points_per_hour", "points_per_hour >= 0"),
        _refers(RULE, "place_id", "place"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=f"{RULE}_pkey"),
        sa.UniqueConstraint("tenant_id", "place_id", "number", name=f"{RULE}_number_key"),
    )
    op.create_table(
        ACCOUNT,
        *_key(),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("volunteer_id", sa.Uuid(), nullable=True),
        _check(
            ACCOUNT,
            "owner",
            "(kind = 'volunteer' AND volunteer_id IS NOT NULL AND id = volunteer_id)"
            " OR (kind = 'issue' AND volunteer_id IS NULL AND id = place_id)",
        ),
        _refers(ACCOUNT, "place_id", "place"),
        _refers(ACCOUNT, "volunteer_id", VOLUNTEER),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=f"{ACCOUNT}_pkey"),
    )
    op.create_index(f"{ACCOUNT}_place_id_ix", ACCOUNT, ["tenant_id", "place_id"])
    op.create_index(f"{ACCOUNT}_volunteer_id_ix", ACCOUNT, ["tenant_id", "volunteer_id"])
    op.create_table(
        TRANSFER,
        *_key(),
        sa.Column("debit_account_id", sa.Uuid(), nullable=False),
        sa.Column("credit_account_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("cause_id", sa.Uuid(), nullable=False),
        sa.Column("rule_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        _check(TRANSFER, "points", "points > 0"),
        _check(TRANSFER, "accounts", "debit_account_id <> credit_account_id"),
        _refers(TRANSFER, "debit_account_id", ACCOUNT),
        _refers(TRANSFER, "credit_account_id", ACCOUNT),
        _refers(TRANSFER, "rule_id", RULE),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=f"{TRANSFER}_pkey"),
        sa.UniqueConstraint("tenant_id", "key", name=f"{TRANSFER}_key_key"),
    )
    for side in ("credit", "debit"):
        op.create_index(
            f"{TRANSFER}_{side}_ix",
            TRANSFER,
            ["tenant_id", f"{side}_account_id", "posted_at"],
            postgresql_include=["points"],
        )


def _create_attendance() -> None:
    op.create_table(
        ATTENDANCE,
        *_key(),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("volunteer_id", sa.Uuid(), nullable=False),
        sa.Column("served_on", sa.Date(), nullable=False),
        sa.Column("checked_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("minutes_confirmed", sa.Integer(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("rule_id", sa.Uuid(), nullable=True),
        _check(ATTENDANCE, "how", "how IN ('staff', 'code')"),
        _check(ATTENDANCE, "times", "checked_out_at > checked_in_at"),
        _check(ATTENDANCE, "minutes", "minutes_confirmed BETWEEN 0 AND 1440"),
        _check(
            ATTENDANCE,
            "confirmed",
            "(minutes_confirmed IS NULL) = (confirmed_at IS NULL)"
            " AND (minutes_confirmed IS NULL) = (rule_id IS NULL)"
            " AND (minutes_confirmed IS NULL OR checked_out_at IS NOT NULL)",
        ),
        _refers(ATTENDANCE, "activity_id", ACTIVITY),
        _refers(ATTENDANCE, "volunteer_id", VOLUNTEER),
        _refers(ATTENDANCE, "rule_id", RULE),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=f"{ATTENDANCE}_pkey"),
        sa.UniqueConstraint(
            "tenant_id", "activity_id", "volunteer_id", name=f"{ATTENDANCE}_volunteer_key"
        ),
    )
    op.create_index(f"{ATTENDANCE}_day_ix", ATTENDANCE, ["tenant_id", "volunteer_id", "served_on"])
    op.execute(f"ALTER TABLE {ATTENDANCE} SET (fillfactor = 50)")


def _refer_sign_ups_to_volunteers() -> None:
    op.add_column(SIGN_UP, sa.Column("volunteer_id", sa.Uuid(), nullable=True))
    for tenant in _entered_tenants():
        _run(
            tenant,
            "INSERT INTO p_volunteer__volunteer"
            " (tenant_id, id, place_id, name, phone_sealed, phone_index, created_at)"
            " SELECT DISTINCT ON (a.place_id, s.phone_index) s.tenant_id, s.id, a.place_id,"
            " s.name, s.phone_sealed, s.phone_index, s.created_at"
            " FROM p_volunteer__sign_up AS s JOIN p_volunteer__activity AS a"
            " ON a.tenant_id = s.tenant_id AND a.id = s.activity_id"
            " WHERE s.tenant_id = :tenant"
            " ORDER BY a.place_id, s.phone_index, s.created_at, s.id",
        )
        _run(
            tenant,
            "UPDATE p_volunteer__sign_up AS s SET volunteer_id = v.id"
            " FROM p_volunteer__volunteer AS v, p_volunteer__activity AS a"
            " WHERE s.tenant_id = :tenant AND v.tenant_id = s.tenant_id"
            " AND a.tenant_id = s.tenant_id AND a.id = s.activity_id"
            " AND v.place_id = a.place_id AND v.phone_index = s.phone_index",
        )
        _run(
            tenant,
            "INSERT INTO p_volunteer__account (tenant_id, id, kind, place_id, volunteer_id)"
            " SELECT v.tenant_id, v.id, 'volunteer', v.place_id, v.id"
            " FROM p_volunteer__volunteer AS v"
            " WHERE v.tenant_id = :tenant",
        )
        _run(
            tenant,
            "INSERT INTO p_volunteer__account (tenant_id, id, kind, place_id, volunteer_id)"
            " SELECT DISTINCT v.tenant_id, v.place_id, 'issue', v.place_id, NULL::uuid"
            " FROM p_volunteer__volunteer AS v WHERE v.tenant_id = :tenant",
        )
    op.alter_column(SIGN_UP, "volunteer_id", nullable=False)
    op.drop_constraint(f"{SIGN_UP}_phone_key", SIGN_UP, type_="unique")
    op.drop_index(f"{SIGN_UP}_activity_id_ix", SIGN_UP)
    for column in ("name", "phone_sealed", "phone_index"):
        op.drop_column(SIGN_UP, column)
    op.create_unique_constraint(
        f"{SIGN_UP}_volunteer_key", SIGN_UP, ["tenant_id", "activity_id", "volunteer_id"]
    )
    op.create_foreign_key(
        f"{SIGN_UP}_volunteer_id_fkey",
        SIGN_UP,
        VOLUNTEER,
        ["tenant_id", "volunteer_id"],
        ["tenant_id", "id"],
        ondelete="RESTRICT",
    )
    op.create_index(f"{SIGN_UP}_volunteer_id_ix", SIGN_UP, ["tenant_id", "volunteer_id"])


def _give_sign_ups_their_names_back() -> None:
    op.drop_constraint(f"{SIGN_UP}_volunteer_id_fkey", SIGN_UP, type_="foreignkey")
    op.drop_constraint(f"{SIGN_UP}_volunteer_key", SIGN_UP, type_="unique")
    op.drop_index(f"{SIGN_UP}_volunteer_id_ix", SIGN_UP)
    op.add_column(SIGN_UP, sa.Column("name", sa.Text(), nullable=True))
    op.add_column(SIGN_UP, sa.Column("phone_sealed", sa.LargeBinary(), nullable=True))
    op.add_column(SIGN_UP, sa.Column("phone_index", sa.Text(), nullable=True))
    for tenant in _entered_tenants():
        _run(
            tenant,
            "WITH kept AS (SELECT DISTINCT ON (s.volunteer_id) s.id FROM p_volunteer__sign_up AS s"
            " JOIN p_volunteer__activity AS a ON a.tenant_id = s.tenant_id AND a.id = s.activity_id"
            " JOIN p_volunteer__volunteer AS v"
            " ON v.tenant_id = s.tenant_id AND v.id = s.volunteer_id"
            " WHERE s.tenant_id = :tenant AND v.phone_sealed IS NOT NULL"
            " ORDER BY s.volunteer_id, a.starts_at DESC, s.id)"
            " DELETE FROM p_volunteer__sign_up AS s WHERE s.tenant_id = :tenant"
            " AND s.id NOT IN (SELECT kept.id FROM kept)",
        )
        _run(
            tenant,
            "UPDATE p_volunteer__sign_up AS s SET id = v.id, name = v.name,"
            " phone_sealed = v.phone_sealed, phone_index = v.phone_index"
            " FROM p_volunteer__volunteer AS v"
            " WHERE s.tenant_id = :tenant AND v.tenant_id = s.tenant_id AND v.id = s.volunteer_id",
        )
    op.drop_column(SIGN_UP, "volunteer_id")
    for column in ("name", "phone_sealed", "phone_index"):
        op.alter_column(SIGN_UP, column, nullable=False)
    op.create_index(f"{SIGN_UP}_activity_id_ix", SIGN_UP, ["tenant_id", "activity_id"])
    op.create_unique_constraint(
        f"{SIGN_UP}_phone_key", SIGN_UP, ["tenant_id", "activity_id", "phone_index"]
    )


def _entered_tenants() -> Iterator[int]:
    """Yield every tenant, entered: under forced row security even the owner sees nothing else."""
    connection = op.get_bind()
    tenants = list(connection.execute(sa.text("SELECT t.id FROM tenant AS t ORDER BY t.id")))
    for (tenant,) in tenants:
        connection.execute(sa.text(f"SET LOCAL linli.tenant = '{tenant:d}'"))
        yield tenant
    connection.execute(sa.text("SET LOCAL linli.tenant = ''"))


def _run(tenant: int, statement: str) -> None:
    op.get_bind().execute(sa.text(statement), {"tenant": tenant})


def _key() -> tuple[sa.Column[Any], sa.Column[Any]]:
    return (
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
    )


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"{table}_{name}_check"))


def _refers(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"{target}.tenant_id", f"{target}.id"],
        name=f"{table}_{column}_fkey",
        ondelete="RESTRICT",
    )
