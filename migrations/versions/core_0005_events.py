"""The outbox and its deliveries."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from core.tenancy.ddl import protect, show_due_work

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = ("event_outbox", "event_delivery")


def upgrade() -> None:
    op.create_table(
        "event_outbox",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'relayed')", name=op.f("event_outbox_state_check")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "place_id"],
            ["place.tenant_id", "place.id"],
            name="event_outbox_place_id_fkey",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="event_outbox_pkey"),
    )
    op.create_index(
        "event_outbox_waiting_ix",
        "event_outbox",
        ["tenant_id"],
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index("event_outbox_occurred_at_ix", "event_outbox", ["tenant_id", "occurred_at"])
    op.create_index("event_outbox_place_id_ix", "event_outbox", ["tenant_id", "place_id"])
    op.create_table(
        "event_delivery",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("subscriber", sa.Text(), nullable=False),
        sa.Column("plugin", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'done', 'dead')", name=op.f("event_delivery_state_check")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "event_id"],
            ["event_outbox.tenant_id", "event_outbox.id"],
            name="event_delivery_event_id_fkey",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="event_delivery_pkey"),
        sa.UniqueConstraint(
            "tenant_id", "event_id", "subscriber", name="event_delivery_subscriber_key"
        ),
    )
    op.create_index(
        "event_delivery_due_ix",
        "event_delivery",
        ["tenant_id", "due_at"],
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "event_delivery_dead_ix",
        "event_delivery",
        ["tenant_id"],
        postgresql_where=sa.text("state = 'dead'"),
    )
    for table in TABLES:
        protect(table)
        show_due_work(table)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
