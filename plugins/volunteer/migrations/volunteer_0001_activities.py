"""Activities and sign-ups."""

import sqlalchemy as sa
from alembic import op

from core.sdk.migrations import protect

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "p_volunteer__activity",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("organiser", sa.Text(), nullable=False),
        sa.Column("risks", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('draft', 'published', 'cancelled')",
            name=op.f("p_volunteer__activity_status_check"),
        ),
        sa.CheckConstraint(
            "capacity BETWEEN 1 AND 10000", name=op.f("p_volunteer__activity_capacity_check")
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("p_volunteer__activity_times_check")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "place_id"],
            ["place.tenant_id", "place.id"],
            name="p_volunteer__activity_place_id_fkey",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="p_volunteer__activity_pkey"),
    )
    op.create_index(
        "p_volunteer__activity_starts_at_ix",
        "p_volunteer__activity",
        ["tenant_id", "place_id", "starts_at"],
        unique=False,
    )
    op.create_table(
        "p_volunteer__sign_up",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("phone_index", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "activity_id"],
            ["p_volunteer__activity.tenant_id", "p_volunteer__activity.id"],
            name="p_volunteer__sign_up_activity_id_fkey",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="p_volunteer__sign_up_pkey"),
        sa.UniqueConstraint(
            "tenant_id", "activity_id", "phone_index", name="p_volunteer__sign_up_phone_key"
        ),
    )
    op.create_index(
        "p_volunteer__sign_up_activity_id_ix",
        "p_volunteer__sign_up",
        ["tenant_id", "activity_id"],
        unique=False,
    )
    protect("p_volunteer__activity")
    protect("p_volunteer__sign_up")


def downgrade() -> None:
    op.drop_table("p_volunteer__sign_up")
    op.drop_table("p_volunteer__activity")
