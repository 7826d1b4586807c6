"""${message}

One statement per `op.execute`. All of a migration runs in one transaction, as the database's owner,
so nothing that refuses one (CREATE INDEX CONCURRENTLY). Alembic reads `:word` as a parameter, so
write `\\:word` where the SQL means a colon before a word, and it turns tabs into spaces.
"""

from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("")
