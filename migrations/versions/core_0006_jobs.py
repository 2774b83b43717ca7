"""Long work and its log."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from core.tenancy.ddl import protect, show_due_work

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLES = ("job", "job_log")
UNDER_WAY = sa.text("state IN ('queued', 'running')")


def upgrade() -> None:
    op.create_table(
        "job",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("plugin", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=True),
        sa.Column("arguments", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("result", postgresql.JSONB(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("requested_by", sa.Uuid(), nullable=True),
        sa.Column("requested_name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_requested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("stalled", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'done', 'failed', 'cancelled')",
            name=op.f("job_state_check"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "place_id"],
            ["place.tenant_id", "place.id"],
            name="job_place_id_fkey",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="job_pkey"),
        sa.UniqueConstraint("tenant_id", "name", "place_id", "period", name="job_period_key"),
    )
    op.create_index(
        "job_under_way_key",
        "job",
        ["tenant_id", "name", "place_id", "key"],
        unique=True,
        postgresql_where=UNDER_WAY,
    )
    op.create_index("job_due_ix", "job", ["tenant_id", "due_at"], postgresql_where=UNDER_WAY)
    op.create_index("job_created_at_ix", "job", ["tenant_id", "created_at"])
    op.create_index("job_place_id_ix", "job", ["tenant_id", "place_id"])
    op.create_table(
        "job_log",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "job_id"],
            ["job.tenant_id", "job.id"],
            name="job_log_job_id_fkey",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="job_log_pkey"),
    )
    op.create_index("job_log_at_ix", "job_log", ["tenant_id", "job_id", "at"])
    for table in TABLES:
        protect(table)
    show_due_work("job")


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
