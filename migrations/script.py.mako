## One statement per op.execute. All of a migration runs in one transaction, as the database's owner,
## so nothing that refuses one (CREATE INDEX CONCURRENTLY). Alembic puts the semicolon at the end,
## where a closing comment would swallow it, turns tabs into spaces, and a backslash and a colon into
## a colon.
"""${message}."""

from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("")
