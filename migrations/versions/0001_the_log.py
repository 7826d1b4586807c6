"""The log, and what is derived from it.

Every table that grows has chronicle_id first in its primary key, so that a chronicle can live on
one shard. Times are bigint microseconds since 1970 UTC; calendar bounds are bigint seconds without
zone: both have extremes (9223372036854775807 is "never ends") that timestamps lack, and years
before 1. There are no sequences, triggers or extensions: order comes from the head row's lock.
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

STATEMENTS = (
    # The application's own role: it can add to history, and not change it. Roles belong to the
    # server, so another database may have made it before.
    """
    DO $$ BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'dateline_app') THEN
            CREATE ROLE dateline_app NOLOGIN;
        END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END $$
    """,
    # Small, and looked up by name: a reference table where chronicles are spread over machines.
    """
    CREATE TABLE chronicle (
        chronicle_id int PRIMARY KEY,
        uuid uuid NOT NULL UNIQUE,
        name text NOT NULL UNIQUE
    )
    """,
    # One row a chronicle. Its lock orders the appends. `changed` is the last event about an
    # occurrence, `defined` the last definition of a timeline.
    """
    CREATE TABLE head (
        chronicle_id int PRIMARY KEY,
        position bigint NOT NULL DEFAULT 0,
        recorded_at bigint NOT NULL DEFAULT 0,
        changed bigint NOT NULL DEFAULT 0,
        defined bigint NOT NULL DEFAULT 0
    )
    """,
    # The envelope: no words, so that erasing a body never breaks a proof.
    """
    CREATE TABLE event (
        chronicle_id int NOT NULL,
        position bigint NOT NULL CHECK (position > 0),
        event_id uuid NOT NULL,
        type text NOT NULL,
        schema smallint NOT NULL,
        recorded_at bigint NOT NULL,
        known_from bigint,
        target uuid,
        causation_id uuid,
        correlation_id uuid,
        report_commitment bytea NOT NULL CHECK (length(report_commitment) = 32),
        claims_commitment bytea CHECK (length(claims_commitment) = 32),
        personal_commitment bytea NOT NULL CHECK (length(personal_commitment) = 32),
        PRIMARY KEY (chronicle_id, position),
        UNIQUE (chronicle_id, event_id)
    )
    """,
    "CREATE UNIQUE INDEX event_recorded_at ON event (chronicle_id, recorded_at)",
    """
    CREATE TABLE body (
        chronicle_id int NOT NULL,
        position bigint NOT NULL,
        part text NOT NULL CHECK (part IN ('report', 'claims', 'personal')),
        salt bytea NOT NULL CHECK (length(salt) = 32),
        bytes bytea NOT NULL,
        PRIMARY KEY (chronicle_id, position, part)
    )
    """,
    # `changed` is the last position that changed what a read of the stream shows.
    """
    CREATE TABLE stream (
        chronicle_id int NOT NULL,
        stream_id uuid NOT NULL,
        kind text NOT NULL,
        name text,
        version bigint NOT NULL,
        changed bigint NOT NULL,
        PRIMARY KEY (chronicle_id, stream_id),
        UNIQUE (chronicle_id, kind, name)
    )
    """,
    """
    CREATE TABLE stream_version (
        chronicle_id int NOT NULL,
        stream_id uuid NOT NULL,
        version bigint NOT NULL,
        position bigint NOT NULL,
        PRIMARY KEY (chronicle_id, stream_id, version)
    )
    """,
    "CREATE INDEX stream_version_position ON stream_version (chronicle_id, position)",
    """
    CREATE TABLE idempotency (
        chronicle_id int NOT NULL,
        author text NOT NULL,
        key text NOT NULL,
        positions bigint[] NOT NULL,
        PRIMARY KEY (chronicle_id, author, key)
    )
    """,
    """
    CREATE TABLE link (
        chronicle_id int NOT NULL,
        occurrence_id uuid NOT NULL,
        relation text NOT NULL,
        to_id uuid NOT NULL,
        known_from bigint NOT NULL,
        position_from bigint NOT NULL,
        PRIMARY KEY (chronicle_id, occurrence_id, position_from)
    )
    """,
    # Beliefs and the claims behind them: rectangles [known_from, known_to) x [position_from,
    # position_to), derived from the log. `value` is the resolved belief as JSON.
    """
    CREATE TABLE belief (
        chronicle_id int NOT NULL,
        occurrence_id uuid NOT NULL,
        known_from bigint NOT NULL,
        known_to bigint NOT NULL,
        position_from bigint NOT NULL,
        position_to bigint NOT NULL,
        value bytea NOT NULL,
        PRIMARY KEY (chronicle_id, occurrence_id, position_from, known_from)
    )
    """,
    """
    CREATE TABLE claim (
        chronicle_id int NOT NULL,
        occurrence_id uuid NOT NULL,
        event_id uuid NOT NULL,
        known_from bigint NOT NULL,
        known_to bigint NOT NULL,
        position_from bigint NOT NULL,
        position_to bigint NOT NULL,
        report bytea NOT NULL,
        value bytea NOT NULL,
        corrected boolean NOT NULL,
        PRIMARY KEY (chronicle_id, occurrence_id, event_id, position_from, known_from)
    )
    """,
    # One row for each belief and each timeline that selects it, with all that a listing filters
    # and orders by. `definition` is the position of the definition; 0 is "every occurrence".
    # What is undated has the greatest `earliest`, and a duration class of its own.
    """
    CREATE TABLE entry (
        chronicle_id int NOT NULL,
        definition bigint NOT NULL,
        occurrence_id uuid NOT NULL,
        known_from bigint NOT NULL,
        known_to bigint NOT NULL,
        position_from bigint NOT NULL,
        position_to bigint NOT NULL,
        duration_class smallint NOT NULL,
        earliest bigint NOT NULL,
        latest bigint NOT NULL,
        start_latest bigint NOT NULL,
        end_earliest bigint NOT NULL,
        ahead boolean NOT NULL,
        flags int NOT NULL,
        kind text,
        tags text[] NOT NULL,
        PRIMARY KEY (chronicle_id, occurrence_id, definition, position_from, known_from)
    )
    """,
    # A page as of an old day is a range of this index, in reading order, one arm a class.
    """
    CREATE INDEX entry_reading ON entry
        (chronicle_id, definition, duration_class, earliest, occurrence_id)
        INCLUDE (latest, known_from, known_to, position_from, position_to, flags)
    """,
    # The few that were reported more than a day before they began: newest-first as of an old day
    # looks for these apart, and so need not walk through all that was not yet known.
    """
    CREATE INDEX entry_ahead ON entry (chronicle_id, definition, earliest, occurrence_id)
        WHERE ahead
    """,
    "CREATE INDEX entry_known_from ON entry (chronicle_id, definition, known_from)",
    "CREATE INDEX entry_known_to ON entry (chronicle_id, definition, known_to)",
    # Keys are shown once; the table holds only their hash. No chronicle means every chronicle.
    """
    CREATE TABLE api_key (
        key_hash bytea PRIMARY KEY CHECK (length(key_hash) = 32),
        key_id uuid NOT NULL UNIQUE,
        chronicle_id int,
        name text NOT NULL,
        role text NOT NULL CHECK (role IN ('admin', 'reader')),
        created_at bigint NOT NULL,
        revoked_at bigint
    )
    """,
    "GRANT SELECT, INSERT ON chronicle, event, body, stream_version, idempotency, link "
    "TO dateline_app",
    "GRANT SELECT, INSERT, UPDATE ON head TO dateline_app",
    "GRANT SELECT, INSERT, UPDATE (version, changed) ON stream TO dateline_app",
    "GRANT SELECT, INSERT, UPDATE (position_to) ON belief, claim, entry TO dateline_app",
    "GRANT SELECT, INSERT, UPDATE (revoked_at) ON api_key TO dateline_app",
    "GRANT SELECT ON alembic_version TO dateline_app",
)

TABLES = (
    "api_key",
    "entry",
    "claim",
    "belief",
    "link",
    "idempotency",
    "stream_version",
    "stream",
    "body",
    "event",
    "head",
    "chronicle",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Drops everything, the log too; the role stays, since other databases may use it."""
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
