"""The spine: tenants, places, accounts, plugin switches, audit."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from core.tenancy.ddl import protect, protect_shared, show_due_work, update_once

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TENANT_TABLES = (
    "audit_entry",
    "place",
    "plugin_policy",
    "tenant_key",
    "user_account",
    "audit_payload",
    "one_time_link",
    "plugin_enablement",
    "role_grant",
    "user_session",
)


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("object_type", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("place_code", sa.Text(collation="C"), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("payload_digest", sa.LargeBinary(), nullable=False),
        sa.Column("seal_number", sa.Integer(), nullable=True),
        sa.Column("seal", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('done', 'refused')", name=op.f("audit_entry_outcome_check")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="audit_entry_pkey"),
        sa.UniqueConstraint("tenant_id", "seal_number", name="audit_entry_seal_number_key"),
    )
    op.create_index("audit_entry_at_ix", "audit_entry", ["tenant_id", "at"], unique=False)
    op.create_index(
        "audit_entry_unsealed_ix",
        "audit_entry",
        ["tenant_id"],
        unique=False,
        postgresql_where=sa.text("seal_number IS NULL"),
    )
    op.create_table(
        "place",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=64, collation="C"), nullable=False),
        sa.Column("grid_code", sa.String(length=64, collation="C"), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("official_name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('district', 'street', 'community', 'grid', 'micro_grid', 'courtyard',"
            " 'building', 'entrance', 'household')",
            name=op.f("place_kind_check"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "parent_id"],
            ["place.tenant_id", "place.id"],
            name="place_parent_id_fkey",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="place_pkey"),
        sa.UniqueConstraint("tenant_id", "code", name="place_code_key"),
    )
    op.create_index("place_grid_code_ix", "place", ["tenant_id", "grid_code"], unique=False)
    op.create_index("place_parent_id_ix", "place", ["tenant_id", "parent_id"], unique=False)
    op.create_table(
        "plugin_policy",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plugin", sa.Text(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "policy IN ('available', 'mandatory', 'forbidden')",
            name=op.f("plugin_policy_policy_check"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="plugin_policy_pkey"),
        sa.UniqueConstraint("tenant_id", "plugin", name="plugin_policy_plugin_key"),
    )
    op.create_table(
        "tenant",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("route_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("province", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("status_before", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("route_code ~ '^[0-9]{6}$'", name=op.f("tenant_route_code_check")),
        sa.CheckConstraint(
            "status IN ('trial', 'active', 'suspended')", name=op.f("tenant_status_check")
        ),
        sa.PrimaryKeyConstraint("id", name="tenant_pkey"),
        sa.UniqueConstraint("route_code", name="tenant_route_code_key"),
    )
    op.create_table(
        "tenant_key",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ring_key", sa.Text(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="tenant_key_pkey"),
    )
    op.create_table(
        "user_account",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("login", sa.Text(), nullable=True),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("phone_index", sa.Text(), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('active', 'closed')", name=op.f("user_account_status_check")
        ),
        sa.CheckConstraint(
            "login IS NOT NULL OR phone_index IS NOT NULL",
            name=op.f("user_account_reachable_check"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="user_account_pkey"),
        sa.UniqueConstraint("tenant_id", "login", name="user_account_login_key"),
        sa.UniqueConstraint("tenant_id", "phone_index", name="user_account_phone_index_key"),
    )
    op.create_table(
        "audit_payload",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("before", postgresql.JSONB(), nullable=True),
        sa.Column("after", postgresql.JSONB(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "entry_id"],
            ["audit_entry.tenant_id", "audit_entry.id"],
            name="audit_payload_entry_id_fkey",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="audit_payload_pkey"),
        sa.UniqueConstraint("tenant_id", "entry_id", name="audit_payload_entry_id_key"),
    )
    op.create_table(
        "one_time_link",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["user_account.tenant_id", "user_account.id"],
            name="one_time_link_user_id_fkey",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="one_time_link_pkey"),
    )
    op.create_index(
        "one_time_link_user_id_ix", "one_time_link", ["tenant_id", "user_id"], unique=False
    )
    op.create_table(
        "plugin_enablement",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("plugin", sa.Text(), nullable=False),
        sa.Column("enabled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "place_id"],
            ["place.tenant_id", "place.id"],
            name="plugin_enablement_place_id_fkey",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="plugin_enablement_pkey"),
    )
    op.create_index(
        "plugin_enablement_open_key",
        "plugin_enablement",
        ["tenant_id", "place_id", "plugin"],
        unique=True,
        postgresql_where=sa.text("disabled_at IS NULL"),
    )
    op.create_index(
        "plugin_enablement_place_id_ix",
        "plugin_enablement",
        ["tenant_id", "place_id"],
        unique=False,
    )
    op.create_table(
        "role_grant",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "place_id"],
            ["place.tenant_id", "place.id"],
            name="role_grant_place_id_fkey",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["user_account.tenant_id", "user_account.id"],
            name="role_grant_user_id_fkey",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="role_grant_pkey"),
        sa.UniqueConstraint("tenant_id", "user_id", "place_id", "role", name="role_grant_key"),
    )
    op.create_index("role_grant_place_id_ix", "role_grant", ["tenant_id", "place_id"], unique=False)
    op.create_table(
        "user_session",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["user_account.tenant_id", "user_account.id"],
            name="user_session_user_id_fkey",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="user_session_pkey"),
    )
    op.create_index(
        "user_session_user_id_ix", "user_session", ["tenant_id", "user_id"], unique=False
    )
    protect_shared("tenant", key="id")
    for table in TENANT_TABLES:
        protect(table)
    show_due_work("audit_entry")
    update_once("audit_entry", "seal_number")


def downgrade() -> None:
    for table in reversed((*TENANT_TABLES, "tenant")):
        op.drop_table(table)
