"""Organisations, and the places that they serve."""

import sqlalchemy as sa
from alembic import op

from core.tenancy.ddl import protect

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "organisation",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("credit_code", sa.Text(collation="C"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('property_company', 'owners_committee', 'residents_committee',"
            " 'party_organisation', 'supervision_committee', 'social_organisation', 'company',"
            " 'public_institution', 'other')",
            name=op.f("organisation_kind_check"),
        ),
        sa.CheckConstraint(
            "credit_code IS NOT NULL OR kind NOT IN ('property_company', 'company')",
            name=op.f("organisation_credit_code_check"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "place_id"],
            ["place.tenant_id", "place.id"],
            name="organisation_place_id_fkey",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="organisation_pkey"),
        sa.UniqueConstraint("tenant_id", "credit_code", name="organisation_credit_code_key"),
    )
    op.create_index("organisation_place_id_ix", "organisation", ["tenant_id", "place_id"])
    op.create_index("organisation_kind_ix", "organisation", ["tenant_id", "kind", "name"])
    op.create_index(
        "organisation_name_key",
        "organisation",
        ["tenant_id", "place_id", "kind", "name"],
        unique=True,
        postgresql_where=sa.text("credit_code IS NULL"),
    )
    protect("organisation")
    op.create_table(
        "service_area",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("served_from", sa.Date(), nullable=False),
        sa.Column("served_to", sa.Date(), nullable=True),
        sa.CheckConstraint("served_to >= served_from", name=op.f("service_area_days_check")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "organisation_id"],
            ["organisation.tenant_id", "organisation.id"],
            name="service_area_organisation_id_fkey",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "place_id"],
            ["place.tenant_id", "place.id"],
            name="service_area_place_id_fkey",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="service_area_pkey"),
    )
    op.create_index("service_area_place_id_ix", "service_area", ["tenant_id", "place_id"])
    op.create_index(
        "service_area_organisation_id_ix",
        "service_area",
        ["tenant_id", "organisation_id", "place_id"],
    )
    protect("service_area")


def downgrade() -> None:
    op.drop_table("service_area")
    op.drop_table("organisation")
