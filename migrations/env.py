"""Renders revisions as SQL for `store/migrate.py`, which runs it. Alembic itself never connects."""

from alembic import context

context.configure(
    dialect_name="postgresql",
    # With the driver's own style of parameters every % in the SQL would come out doubled.
    dialect_opts={"paramstyle": "named"},
)
context.run_migrations()
