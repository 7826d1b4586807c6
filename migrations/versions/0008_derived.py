"""Which rules, and which shape of tables, the derived rows of each chronicle were made with.

A chronicle without a row was derived before anybody noted it, and so by an older make.
"""

from alembic import op

revision = "0008"
down_revision = "0006"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE derived (
        chronicle_id int PRIMARY KEY,
        version text NOT NULL
    )
    """,
    "GRANT SELECT, INSERT ON derived TO dateline_app",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE derived")
