"""Names that are found by an index, and names that were borne for a time only.

`naming` has a row for each thing that a registration says by which others are found: the names
(`says` is "name", `word` the folded key), and what it is the same as, or lies within (`word` is an
id). A row holds from its registration's position to that of the next one of the same id.
`valid_from` and `valid_to` are calendar seconds. Words are indexed by their beginning, since an
index takes no more than 2,700 bytes of one.

`reported_from` and `reported_to` of a claim are the calendar seconds that its report was made in,
by which a source's name is judged; null where nobody knows.
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE naming (
        chronicle_id int NOT NULL,
        kind text NOT NULL,
        id text NOT NULL,
        position_from bigint NOT NULL,
        position_to bigint NOT NULL,
        ordinal smallint NOT NULL,
        says text NOT NULL,
        word text NOT NULL,
        valid_from bigint NOT NULL,
        valid_to bigint NOT NULL,
        PRIMARY KEY (chronicle_id, kind, id, position_from, ordinal)
    )
    """,
    "CREATE INDEX naming_word ON naming (chronicle_id, kind, left(word, 200))",
    "CREATE INDEX naming_position ON naming (chronicle_id, kind, position_from)",
    "GRANT SELECT, INSERT, UPDATE (position_to) ON naming TO dateline_app",
    "ALTER TABLE claim ADD COLUMN reported_from bigint, ADD COLUMN reported_to bigint",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("ALTER TABLE claim DROP COLUMN reported_from, DROP COLUMN reported_to")
    op.execute("DROP TABLE naming")
