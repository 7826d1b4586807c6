"""What listings are filtered by: places, actors, areas and sources.

Entries have the folded keys of their place and actors, and the box that their place lies in:
degrees, `east` not less than `west`, so that it exceeds 180 across the antimeridian; null where no
place has a point. Claims have the folded key of their source. What was derived before is without
them, and matches no such filter, until it is derived anew from the log (`dateline rebuild`).
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    ALTER TABLE entry
        ADD COLUMN place_key text,
        ADD COLUMN actor_keys text[] NOT NULL DEFAULT '{}',
        ADD COLUMN west double precision,
        ADD COLUMN south double precision,
        ADD COLUMN east double precision,
        ADD COLUMN north double precision
    """,
    "ALTER TABLE claim ADD COLUMN source_key text",
    # Those that a box leaves out are counted: they are few where places have points.
    """
    CREATE INDEX entry_unlocated ON entry (chronicle_id, definition, earliest)
        WHERE west IS NULL
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP INDEX entry_unlocated")
    op.execute("ALTER TABLE claim DROP COLUMN source_key")
    op.execute(
        "ALTER TABLE entry DROP COLUMN place_key, DROP COLUMN actor_keys, DROP COLUMN west, "
        "DROP COLUMN south, DROP COLUMN east, DROP COLUMN north"
    )
