"""Where reports are found by the row of a data set, or by the document, that they were taken from.

One row for each report.filed, derived from the log. It holds words (a record, a document), so that
whoever erases the report's body erases them here as well.
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

STATEMENTS = (
    # Ids are compared byte by byte, so that those of one data set are one range.
    """
    CREATE TABLE report (
        chronicle_id int NOT NULL,
        event_id uuid NOT NULL,
        occurrence_id uuid NOT NULL,
        position bigint NOT NULL,
        record text COLLATE "C",
        document text COLLATE "C",
        PRIMARY KEY (chronicle_id, event_id)
    )
    """,
    """
    INSERT INTO report (chronicle_id, event_id, occurrence_id, position, record, document)
    SELECT e.chronicle_id, e.event_id, v.stream_id, e.position,
           convert_from(b.bytes, 'UTF8')::jsonb #>> '{report,record}',
           convert_from(b.bytes, 'UTF8')::jsonb #>> '{report,document}'
    FROM event e
    JOIN stream_version v ON v.chronicle_id = e.chronicle_id AND v.position = e.position
        AND v.ordinal = 0
    JOIN body b ON b.chronicle_id = e.chronicle_id AND b.position = e.position
        AND b.part = 'report'
    WHERE e.type = 'report.filed'
    """,
    """
    CREATE INDEX report_record ON report (chronicle_id, record, position)
        WHERE record IS NOT NULL
    """,
    """
    CREATE INDEX report_document ON report (chronicle_id, document, position)
        WHERE document IS NOT NULL
    """,
    # Merges and splits are few, and are looked for among all the events of a stream.
    """
    CREATE INDEX event_moves ON event (chronicle_id, position)
        WHERE type IN ('occurrence.merged', 'occurrence.split')
    """,
    "GRANT SELECT, INSERT ON report TO dateline_app",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP INDEX event_moves")
    op.execute("DROP TABLE report")
