"""Run by Alembic; the connection comes from `minyi.schema.migrate`, inside its transaction."""

from alembic import context

from minyi.schema import all_tables

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=all_tables(),
    render_as_batch=True,
    transactional_ddl=False,  # the transaction around all steps is ours
)
context.run_migrations()
