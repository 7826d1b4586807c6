"""For each claim of a report when it was said last, so that other policies can rank it.

`said` is JSON: for each field the point of knowledge and the position of the event that said it
last. It is null where that is the row's own `known_from` and `position_from` for all of them, as
of a report that nothing changed or moved; and in rows of before this revision, until they are
rebuilt from the log.
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE claim ADD COLUMN said bytea")


def downgrade() -> None:
    op.execute("ALTER TABLE claim DROP COLUMN said")
