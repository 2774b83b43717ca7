"""The district's word on a plugin becomes spans of time."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("plugin_policy", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_constraint("plugin_policy_plugin_key", "plugin_policy", type_="unique")
    op.create_index(
        "plugin_policy_open_key",
        "plugin_policy",
        ["tenant_id", "plugin"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def downgrade() -> None:
    # Forced row-level security would hide every district's rows from the owner.
    op.execute("ALTER TABLE plugin_policy NO FORCE ROW LEVEL SECURITY")
    op.execute("DELETE FROM plugin_policy WHERE ended_at IS NOT NULL")
    op.execute("ALTER TABLE plugin_policy FORCE ROW LEVEL SECURITY")
    op.drop_index("plugin_policy_open_key", table_name="plugin_policy")
    op.create_unique_constraint(
        "plugin_policy_plugin_key", "plugin_policy", ["tenant_id", "plugin"]
    )
    op.drop_column("plugin_policy", "ended_at")
