"""Schemes in versions, seasons with scorers and scores, and what comes of them."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from core.sdk.migrations import protect

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEME, SCHEME_EDITION, CRITERION = (
    "p_evaluation__scheme",
    "p_evaluation__scheme_version",
    "p_evaluation__criterion",
)
SEASON, CONTESTANT, SCORER, SCORE = (
    "p_evaluation__season",
    "p_evaluation__contestant",
    "p_evaluation__scorer",
    "p_evaluation__score",
)
READING, CONTRIBUTION, STANDING = (
    "p_evaluation__reading",
    "p_evaluation__contribution",
    "p_evaluation__standing",
)
OBJECTION, AWARD = "p_evaluation__objection", "p_evaluation__award"
TABLES = (
    SCHEME,
    SCHEME_EDITION,
    CRITERION,
    SEASON,
    CONTESTANT,
    SCORER,
    SCORE,
    READING,
    CONTRIBUTION,
    STANDING,
    OBJECTION,
    AWARD,
)


def upgrade() -> None:
    _create_scheme()
    _create_scheme_version()
    _create_criterion()
    _create_season()
    _create_contestant()
    _create_scorer()
    _create_score()
    _create_reading()
    _create_contribution()
    _create_standing()
    _create_objection()
    _create_award()
    for table in TABLES:
        protect(table)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _create_scheme() -> None:
    op.create_table(
        SCHEME,
        *_key(),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("contestants", sa.Text(), nullable=False),
        sa.Column("cycle", sa.Text(), nullable=False),
        sa.Column("template", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _check(
            SCHEME,
            "contestants",
            "contestants IN ('street', 'community', 'courtyard', 'household')",
        ),
        _check(SCHEME, "cycle", "cycle IN ('month', 'quarter', 'half_year', 'year')"),
        _refers(SCHEME, "place_id", "place"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=f"{SCHEME}_pkey"),
    )
    op.create_index(f"{SCHEME}_place_id_ix", SCHEME, ["tenant_id", "place_id"])


def _create_scheme_version() -> None:
    op.create_table(
        SCHEME_EDITION,
        *_key(),
        sa.Column("scheme_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("rhythm", sa.Text(), nullable=False),
        sa.Column("notice_days", sa.Integer(), nullable=False),
        sa.Column("objection_days", sa.Integer(), nullable=False),
        sa.Column("objections_to", sa.Text(), nullable=False),
        sa.Column("award_title", sa.Text(), nullable=False),
        sa.Column("award_ranks", sa.Integer(), nullable=False),
        sa.Column("award_line", sa.Integer(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        _check(SCHEME_EDITION, "award_line", "award_line BETWEEN 0 AND 10000"),
        _check(SCHEME_EDITION, "award_ranks", "award_ranks >= 0"),
        _check(SCHEME_EDITION, "notice_days", "notice_days BETWEEN 1 AND 60"),
        _check(SCHEME_EDITION, "number", "number > 0"),
        _check(SCHEME_EDITION, "objection_days", "objection_days BETWEEN 1 AND notice_days"),
        _check(SCHEME_EDITION, "rhythm", "rhythm IN ('once', 'month', 'quarter')"),
        _refers(SCHEME_EDITION, "scheme_id", SCHEME, ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=f"{SCHEME_EDITION}_pkey"),
        sa.UniqueConstraint(
            "tenant_id", "scheme_id", "number", name=f"{SCHEME_EDITION}_number_key"
        ),
    )
    op.create_index(
        f"{SCHEME_EDITION}_draft_key",
        SCHEME_EDITION,
        ["tenant_id", "scheme_id"],
        unique=True,
        postgresql_where="published_at IS NULL",
    )


def _create_criterion() -> None:
    op.create_table(
        CRITERION,
        *_key(),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("full_value", sa.BigInteger(), nullable=False),
        sa.Column("scorers", sa.Text(), nullable=True),
        sa.Column("indicator", sa.Text(), nullable=True),
        sa.Column("tie_order", sa.Integer(), nullable=True),
        _check(CRITERION, "direction", "direction IN ('more', 'fewer')"),
        _check(CRITERION, "full", "full_value > 0"),
        _check(CRITERION, "indicator", "(kind = 'indicator') = (indicator IS NOT NULL)"),
        _check(CRITERION, "kind", "kind IN ('score', 'count', 'indicator', 'veto')"),
        _check(CRITERION, "scorers", "(kind = 'indicator') = (scorers IS NULL)"),
        _check(
            CRITERION, "weight", "weight BETWEEN 0 AND 10000 AND (kind = 'veto') = (weight = 0)"
        ),
        _refers(CRITERION, "version_id", SCHEME_EDITION, ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=f"{CRITERION}_pkey"),
        sa.UniqueConstraint("tenant_id", "version_id", "key", name=f"{CRITERION}_key_key"),
    )


def _create_season() -> None:
    op.create_table(
        SEASON,
        *_key(),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("begins_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("computed_revision", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lock_reason", sa.Text(), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("notice_begins_on", sa.Date(), nullable=True),
        sa.Column("notice_ends_on", sa.Date(), nullable=True),
        sa.Column("objections_end_on", sa.Date(), nullable=True),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("awarded_at", sa.DateTime(timezone=True), nullable=True),
        _check(SEASON, "days", "ends_on > begins_on"),
        _check(SEASON, "state", "state IN ('open', 'locked', 'computed', 'notice', 'awarded')"),
        _refers(SEASON, "place_id", "place"),
        _refers(SEASON, "version_id", SCHEME_EDITION),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=f"{SEASON}_pkey"),
        sa.UniqueConstraint("tenant_id", "version_id", "begins_on", name=f"{SEASON}_begins_on_key"),
    )
    op.create_index(f"{SEASON}_place_id_ix", SEASON, ["tenant_id", "place_id", "begins_on"])


def _create_award() -> None:
    op.create_table(
        AWARD,
        *_key(),
        sa.Column("season_id", sa.Uuid(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("awarded_on", sa.Date(), nullable=False),
        _refers(AWARD, "place_id", "place"),
        _refers(AWARD, "season_id", SEASON),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=f"{AWARD}_pkey"),
    )
    op.create_index(f"{AWARD}_place_id_ix", AWARD, ["tenant_id", "place_id", "awarded_on"])
    op.create_index(f"{AWARD}_season_id_ix", AWARD, ["tenant_id", "season_id"])


def _create_contestant() -> None:
    op.create_table(
        CONTESTANT,
        *_key(),
        sa.Column("season_id", sa.Uuid(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        _refers(CONTESTANT, "place_id", "place"),
        _refers(CONTESTANT, "season_id", SEASON, ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=f"{CONTESTANT}_pkey"),
        sa.UniqueConstraint("tenant_id", "season_id", "place_id", name=f"{CONTESTANT}_place_key"),
    )
    op.create_index(f"{CONTESTANT}_place_id_ix", CONTESTANT, ["tenant_id", "place_id"])


def _create_scorer() -> None:
    op.create_table(
        SCORER,
        *_key(),
        sa.Column("season_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        _refers(SCORER, "season_id", SEASON, ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=f"{SCORER}_pkey"),
        sa.UniqueConstraint("tenant_id", "season_id", "user_id", "role", name=f"{SCORER}_user_key"),
    )
    op.create_index(f"{SCORER}_user_id_ix", SCORER, ["tenant_id", "user_id"])


def _create_contribution() -> None:
    op.create_table(
        CONTRIBUTION,
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("contestant_id", sa.Uuid(), nullable=False),
        sa.Column("criterion_id", sa.Uuid(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        _refers(CONTRIBUTION, "contestant_id", CONTESTANT, ondelete="CASCADE"),
        _refers(CONTRIBUTION, "criterion_id", CRITERION),
        sa.PrimaryKeyConstraint(
            "tenant_id", "contestant_id", "criterion_id", name=f"{CONTRIBUTION}_pkey"
        ),
    )


def _create_objection() -> None:
    op.create_table(
        OBJECTION,
        *_key(),
        sa.Column("contestant_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        _check(OBJECTION, "answer", "(state = 'open') = (answered_at IS NULL)"),
        _check(OBJECTION, "state", "state IN ('open', 'upheld', 'dismissed')"),
        _refers(OBJECTION, "contestant_id", CONTESTANT),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=f"{OBJECTION}_pkey"),
    )
    op.create_index(f"{OBJECTION}_contestant_id_ix", OBJECTION, ["tenant_id", "contestant_id"])


def _create_reading() -> None:
    op.create_table(
        READING,
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("contestant_id", sa.Uuid(), nullable=False),
        sa.Column("criterion_id", sa.Uuid(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("periods", sa.Integer(), nullable=False),
        sa.Column("updated", sa.Boolean(), nullable=False),
        sa.Column("measured_at", sa.DateTime(timezone=True), nullable=False),
        _refers(READING, "contestant_id", CONTESTANT, ondelete="CASCADE"),
        _refers(READING, "criterion_id", CRITERION),
        sa.PrimaryKeyConstraint(
            "tenant_id", "contestant_id", "criterion_id", name=f"{READING}_pkey"
        ),
    )


def _create_score() -> None:
    op.create_table(
        SCORE,
        *_key(),
        sa.Column("contestant_id", sa.Uuid(), nullable=False),
        sa.Column("criterion_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("seat", sa.Uuid(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("scorer_id", sa.Uuid(), nullable=False),
        sa.Column("scored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("corrected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("corrected_from", sa.BigInteger(), nullable=True),
        sa.Column("correction_reason", sa.Text(), nullable=False),
        _check(SCORE, "corrected", "corrected_from IS NULL OR corrected_at IS NOT NULL"),
        _check(SCORE, "round", "round > 0"),
        _check(SCORE, "value", "value >= 0"),
        _refers(SCORE, "contestant_id", CONTESTANT, ondelete="CASCADE"),
        _refers(SCORE, "criterion_id", CRITERION),
        _refers(SCORE, "scorer_id", SCORER),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=f"{SCORE}_pkey"),
        sa.UniqueConstraint(
            "tenant_id", "contestant_id", "criterion_id", "round", "seat", name=f"{SCORE}_seat_key"
        ),
    )
    op.create_index(f"{SCORE}_criterion_id_ix", SCORE, ["tenant_id", "criterion_id"])
    op.create_index(f"{SCORE}_scorer_id_ix", SCORE, ["tenant_id", "scorer_id"])


def _create_standing() -> None:
    op.create_table(
        STANDING,
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("season_id", sa.Uuid(), nullable=False),
        sa.Column("contestant_id", sa.Uuid(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("vetoed", sa.Boolean(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        _check(STANDING, "rank", "rank > 0"),
        _refers(STANDING, "contestant_id", CONTESTANT, ondelete="CASCADE"),
        _refers(STANDING, "season_id", SEASON, ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "contestant_id", name=f"{STANDING}_pkey"),
    )
    op.create_index(f"{STANDING}_rank_ix", STANDING, ["tenant_id", "season_id", "rank"])


def _key() -> tuple[sa.Column[Any], sa.Column[Any]]:
    return (
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
    )


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"{table}_{name}_check"))


def _refers(
    table: str, column: str, target: str, ondelete: str = "RESTRICT"
) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"{target}.tenant_id", f"{target}.id"],
        name=f"{table}_{column}_fkey",
        ondelete=ondelete,
    )
