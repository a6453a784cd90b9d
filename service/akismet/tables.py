"""The tables of ``db.service_models`` as SQLAlchemy Core sees them."""

from sqlalchemy import Table

from db.models import metadata

_all = metadata.tables

checked: Table = _all["checked"]
usage_day: Table = _all["usage_day"]
