"""Merges, splits and unlinking: events of several streams, and links that end.

An event may belong to several streams; ordinal 0 is the one of its subject. Links become stretches
on both axes, like beliefs, and so does what is merged away, which is derived from the log as well.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE stream_version ADD COLUMN ordinal smallint NOT NULL DEFAULT 0",
    "ALTER TABLE link ADD COLUMN known_to bigint NOT NULL DEFAULT 9223372036854775807",
    "ALTER TABLE link ADD COLUMN position_to bigint NOT NULL DEFAULT 9223372036854775807",
    "ALTER TABLE link DROP CONSTRAINT link_pkey",
    # What was linked twice was one link all the time: the first says since when.
    """
    DELETE FROM link AS later
    USING link AS first
    WHERE later.chronicle_id = first.chronicle_id
      AND later.occurrence_id = first.occurrence_id
      AND later.relation = first.relation
      AND later.to_id = first.to_id
      AND first.known_from <= later.known_from
      AND first.position_from < later.position_from
    """,
    """
    ALTER TABLE link ADD PRIMARY KEY
        (chronicle_id, occurrence_id, relation, to_id, position_from, known_from)
    """,
    """
    CREATE TABLE away (
        chronicle_id int NOT NULL,
        occurrence_id uuid NOT NULL,
        into_id uuid NOT NULL,
        known_from bigint NOT NULL,
        known_to bigint NOT NULL,
        position_from bigint NOT NULL,
        position_to bigint NOT NULL,
        PRIMARY KEY (chronicle_id, occurrence_id, position_from, known_from)
    )
    """,
    "CREATE INDEX away_into ON away (chronicle_id, into_id)",
    "GRANT UPDATE (position_to) ON link TO dateline_app",
    "GRANT SELECT, INSERT, UPDATE (position_to) ON away TO dateline_app",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Refused where something was merged, split or unlinked: links could not be told apart."""
    op.execute("DROP TABLE away")
    op.execute("ALTER TABLE link DROP CONSTRAINT link_pkey")
    op.execute("ALTER TABLE link DROP COLUMN known_to, DROP COLUMN position_to")
    op.execute("ALTER TABLE link ADD PRIMARY KEY (chronicle_id, occurrence_id, position_from)")
    op.execute("ALTER TABLE stream_version DROP COLUMN ordinal")
