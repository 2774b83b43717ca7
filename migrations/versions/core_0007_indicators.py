"""Values of indicators; accounts that were closed for good."""

import sqlalchemy as sa
from alembic import op

from core.tenancy.ddl import protect

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

REACHABLE = "login IS NOT NULL OR phone_index IS NOT NULL"


def upgrade() -> None:
    op.create_table(
        "indicator_value",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("indicator", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "place_id"],
            ["place.tenant_id", "place.id"],
            name="indicator_value_place_id_fkey",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "indicator", "period", "place_id", name="indicator_value_pkey"
        ),
    )
    op.create_index("indicator_value_place_id_ix", "indicator_value", ["tenant_id", "place_id"])
    protect("indicator_value")
    _reachable(f"{REACHABLE} OR status = 'closed'")


def downgrade() -> None:
    # Accounts that were closed meanwhile stay as they are.
    _reachable(REACHABLE, not_valid=True)
    op.drop_table("indicator_value")


def _reachable(condition: str, *, not_valid: bool = False) -> None:
    name = op.f("user_account_reachable_check")
    op.drop_constraint(name, "user_account", type_="check")
    op.create_check_constraint(name, "user_account", condition, postgresql_not_valid=not_valid)
