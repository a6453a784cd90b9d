"""How hard a site's question is, by the name of the choice, not by the numbers that the choice once stood for."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

HARDEST = 4  # as it was when pairs of numbers were written

setting = sa.table("spam_setting", sa.column("site_id", sa.Integer), sa.column("settings", sa.JSON))


def upgrade() -> None:
    connection = op.get_bind()
    for site_id, settings in connection.execute(sa.select(setting.c.site_id, setting.c.settings)).all():
        if isinstance(level := settings.get("level"), list):
            named = {**settings, "level": name_of(*level)}
            connection.execute(sa.update(setting).where(setting.c.site_id == site_id).values(settings=named))


def name_of(easiest: int, hardest: int) -> Any:
    if easiest == hardest < HARDEST:
        return f"always-{easiest}"
    if hardest < HARDEST:
        return [easiest, hardest]  # no choice of the form's
    return "auto" if easiest == 1 else f"least-{easiest}"
