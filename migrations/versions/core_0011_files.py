"""Files that people hand in as evidence, and those of refused forms, kept aside for a day."""

import sqlalchemy as sa
from alembic import op

from core.tenancy.ddl import protect

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create(
        "stored_file",
        sa.Column("plugin", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("size > 0", name=op.f("stored_file_size_check")),
    )
    op.create_index("stored_file_place_id_ix", "stored_file", ["tenant_id", "place_id", "plugin"])
    _create(
        "file_aside",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("plugin", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["user_account.tenant_id", "user_account.id"],
            name="file_aside_user_id_fkey",
            ondelete="CASCADE",
        ),
    )
    op.create_index("file_aside_user_id_ix", "file_aside", ["tenant_id", "user_id", "created_at"])
    op.create_index("file_aside_place_id_ix", "file_aside", ["tenant_id", "place_id"])


def downgrade() -> None:
    op.drop_table("file_aside")
    op.drop_table("stored_file")


def _create(table: str, *parts: sa.schema.SchemaItem) -> None:
    op.create_table(
        table,
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        *parts,
        sa.PrimaryKeyConstraint("tenant_id", "id", name=f"{table}_pkey"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "place_id"],
            ["place.tenant_id", "place.id"],
            name=f"{table}_place_id_fkey",
            ondelete="RESTRICT",
        ),
    )
    protect(table)
