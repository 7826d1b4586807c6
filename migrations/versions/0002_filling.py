"""Definitions whose entries are filled behind the appends.

A definition that selects among much has a row here until all its entries are there. `reached` is
the position up to which the log was looked through for occurrences that it selects. Every
definition of before was filled by the append that made it, and needs no row.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE filling (
        chronicle_id int NOT NULL,
        definition bigint NOT NULL,
        reached bigint NOT NULL DEFAULT 0,
        PRIMARY KEY (chronicle_id, definition)
    )
    """,
    "GRANT SELECT, INSERT, UPDATE (reached), DELETE ON filling TO dateline_app",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Refused while a definition is being filled: without its row it would pass for complete."""
    op.execute(
        """
        DO $$ BEGIN
            IF EXISTS (SELECT FROM filling) THEN
                RAISE EXCEPTION 'definitions are being filled: let a server complete them first';
            END IF;
        END $$
        """
    )
    op.execute("DROP TABLE filling")
