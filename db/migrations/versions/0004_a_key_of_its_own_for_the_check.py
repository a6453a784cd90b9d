"""A key of its own for the spam check: the site's key stands in pages. Registered sites keep theirs until renewed."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("site", sa.Column("check_key", sa.String(40), nullable=True))
    op.execute("UPDATE site SET check_key = key")
    with op.batch_alter_table("site") as table:
        table.alter_column("check_key", existing_type=sa.String(40), nullable=False)
    op.create_index("uq_site_check_key", "site", ["check_key"], unique=True)
