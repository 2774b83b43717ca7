"""Rating methods as data, the ledger of items, and what other plugins give reason for."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from core.sdk.migrations import protect

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

METHOD = "p_red_property__method"
SECTION, LEVEL, ITEM = f"{METHOD}_section", f"{METHOD}_level", f"{METHOD}_item"
ENTRY, ENDING, PROPOSAL = (
    "p_red_property__entry",
    "p_red_property__ending",
    "p_red_property__proposal",
)
TABLES = (METHOD, SECTION, LEVEL, ITEM, ENTRY, ENDING, PROPOSAL)


def upgrade() -> None:
    _create_method()
    _create_item()
    _create_entry()
    _create_ending()
    _create_proposal()
    for table in TABLES:
        protect(table)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _create_method() -> None:
    op.create_table(
        METHOD,
        *_key(),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("in_force_on", sa.Date(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("valid_months", sa.Integer(), nullable=False),
        sa.Column("needs_section", sa.Text(), nullable=True),
        sa.Column("veto_level", sa.Text(), nullable=False),
        sa.Column("document", postgresql.JSONB(), nullable=False),
        sa.Column("adopted_at", sa.DateTime(timezone=True), nullable=False),
        _check(METHOD, "version", "version > 0"),
        _check(METHOD, "valid_months", "valid_months > 0"),
        _refers(METHOD, "place_id", "place"),
        _primary(METHOD),
        sa.UniqueConstraint(
            "tenant_id", "place_id", "key", "version", name=f"{METHOD}_version_key"
        ),
    )
    op.create_table(
        SECTION,
        *_key(),
        sa.Column("method_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("sign", sa.Integer(), nullable=False),
        sa.Column("cap", sa.BigInteger(), nullable=True),
        _check(SECTION, "sign", "sign IN (-1, 1)"),
        _check(SECTION, "cap", "cap > 0"),
        _refers(SECTION, "method_id", METHOD),
        _primary(SECTION),
        sa.UniqueConstraint("tenant_id", "method_id", "key", name=f"{SECTION}_key_key"),
    )
    op.create_table(
        LEVEL,
        *_key(),
        sa.Column("method_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("by_score", sa.Boolean(), nullable=False),
        sa.Column("from_score", sa.BigInteger(), nullable=True),
        _check(LEVEL, "from_score", "by_score OR from_score IS NULL"),
        _refers(LEVEL, "method_id", METHOD),
        _primary(LEVEL),
        sa.UniqueConstraint("tenant_id", "method_id", "key", name=f"{LEVEL}_key_key"),
    )


def _create_item() -> None:
    op.create_table(
        ITEM,
        *_key(),
        sa.Column("method_id", sa.Uuid(), nullable=False),
        sa.Column("section_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(collation="C"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("least", sa.BigInteger(), nullable=False),
        sa.Column("most", sa.BigInteger(), nullable=False),
        sa.Column("veto", sa.Boolean(), nullable=False),
        sa.Column("valid_months", sa.Integer(), nullable=True),
        sa.Column("until_rectified", sa.Boolean(), nullable=False),
        sa.Column("evidence_needed", sa.Boolean(), nullable=False),
        sa.Column("article", sa.Text(), nullable=False),
        sa.Column("example", sa.Boolean(), nullable=False),
        sa.Column("offered_on", sa.Text(), nullable=True),
        sa.Column("offered_to_rank", sa.Integer(), nullable=True),
        _check(ITEM, "points", "least >= 0 AND most >= least"),
        _check(ITEM, "valid_months", "valid_months > 0"),
        _check(ITEM, "offered", "(offered_on IS NULL) = (offered_to_rank IS NULL)"),
        _refers(ITEM, "method_id", METHOD),
        _refers(ITEM, "section_id", SECTION),
        _primary(ITEM),
        sa.UniqueConstraint("tenant_id", "method_id", "code", name=f"{ITEM}_code_key"),
    )


def _create_entry() -> None:
    op.create_table(
        ENTRY,
        *_key(),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("method_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("about_place_id", sa.Uuid(), nullable=True),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("evidence_id", sa.Uuid(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=True),
        _check(ENTRY, "points", "points >= 0"),
        _check(ENTRY, "validity", "valid_until > valid_from"),
        _refers(ENTRY, "place_id", "place"),
        _refers(ENTRY, "organisation_id", "organisation"),
        _refers(ENTRY, "method_id", METHOD),
        _refers(ENTRY, "item_id", ITEM),
        _refers(ENTRY, "about_place_id", "place"),
        _refers(ENTRY, "evidence_id", "stored_file"),
        _primary(ENTRY),
        sa.UniqueConstraint("tenant_id", "place_id", "number", name=f"{ENTRY}_number_key"),
    )
    for column in ("method_id", "item_id", "about_place_id", "evidence_id"):
        _index(ENTRY, column)
    op.create_index(
        f"{ENTRY}_organisation_id_ix", ENTRY, ["tenant_id", "organisation_id", "entered_at"]
    )


def _create_ending() -> None:
    op.create_table(
        ENDING,
        *_key(),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        _check(ENDING, "kind", "kind IN ('revoked', 'rectified')"),
        _refers(ENDING, "entry_id", ENTRY),
        _primary(ENDING),
        sa.UniqueConstraint("tenant_id", "entry_id", name=f"{ENDING}_entry_key"),
    )


def _create_proposal() -> None:
    op.create_table(
        PROPOSAL,
        *_key(),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("about_place_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("entry_id", sa.Uuid(), nullable=True),
        _check(PROPOSAL, "state", "state IN ('waiting', 'accepted', 'declined')"),
        _check(PROPOSAL, "decided", "(state = 'waiting') = (decided_at IS NULL)"),
        _check(PROPOSAL, "entry", "(state = 'accepted') = (entry_id IS NOT NULL)"),
        _refers(PROPOSAL, "place_id", "place"),
        _refers(PROPOSAL, "organisation_id", "organisation"),
        _refers(PROPOSAL, "about_place_id", "place"),
        _refers(PROPOSAL, "item_id", ITEM),
        _refers(PROPOSAL, "entry_id", ENTRY),
        _primary(PROPOSAL),
        sa.UniqueConstraint(
            "tenant_id",
            "event_id",
            "organisation_id",
            "about_place_id",
            "item_id",
            name=f"{PROPOSAL}_event_key",
        ),
    )
    for column in ("organisation_id", "about_place_id", "item_id", "entry_id"):
        _index(PROPOSAL, column)
    op.create_index(
        f"{PROPOSAL}_state_ix", PROPOSAL, ["tenant_id", "place_id", "state", "offered_at"]
    )


def _key() -> tuple[sa.Column[Any], sa.Column[Any]]:
    return (
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
    )


def _primary(table: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("tenant_id", "id", name=f"{table}_pkey")


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"{table}_{name}_check"))


def _index(table: str, column: str) -> None:
    op.create_index(f"{table}_{column}_ix", table, ["tenant_id", column])


def _refers(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"{target}.tenant_id", f"{target}.id"],
        name=f"{table}_{column}_fkey",
        ondelete="RESTRICT",
    )
