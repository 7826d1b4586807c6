"""The revisions of timelines: each position that changed what a read of one shows.

`stream_id` is the timeline's. The last of its rows is what `stream.changed` says. Which earlier
events changed a timeline only a replay can tell: `dateline migrate` derives them from the log.
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE revision (
        chronicle_id int NOT NULL,
        stream_id uuid NOT NULL,
        position bigint NOT NULL,
        PRIMARY KEY (chronicle_id, stream_id, position)
    )
    """,
    "GRANT SELECT, INSERT ON revision TO dateline_app",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE revision")
