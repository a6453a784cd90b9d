"""Runs the revisions on the connection that ``db.engine.migrate`` hands over, in its transaction."""

from alembic import context

from db.models import metadata
from db.postgres import copy_index_conditions

copy_index_conditions(metadata)  # for a revision that Alembic writes
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
