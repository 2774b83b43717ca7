"""Long work says what it is about, and where it was started."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

COLUMNS = ("about", "back")


def upgrade() -> None:
    for name in COLUMNS:
        op.add_column("job", sa.Column(name, sa.Text(), nullable=False, server_default=""))
        op.alter_column("job", name, server_default=None)


def downgrade() -> None:
    for name in reversed(COLUMNS):
        op.drop_column("job", name)
