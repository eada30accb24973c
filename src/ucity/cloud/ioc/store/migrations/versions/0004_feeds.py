"""Feeds that others publish: where they are, how they fare, which file of each counts, what they said last.

Revision ID: 0004
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE feed (
    name text PRIMARY KEY CHECK (name ~ '^[a-z0-9-]{1,32}$'),
    format text NOT NULL CHECK (format IN ('gtfs', 'gtfs-realtime', 'bims', 'osm')),
    url text,
    timetable text REFERENCES feed (name),
    headers jsonb NOT NULL DEFAULT '{}',
    every int NOT NULL CHECK (every >= 1),
    added_at timestamptz NOT NULL,
    etag text,
    modified text,
    next_at timestamptz,
    checked_at timestamptz,
    succeeded_at timestamptz,
    failing_since timestamptz,
    failures int NOT NULL DEFAULT 0,
    reason text,
    detail text,
    version bigint
);
CREATE INDEX feed_next ON feed (next_at);
COMMENT ON TABLE feed IS 'Feeds by name; url is null for one whose files are sent in by hand';
COMMENT ON COLUMN feed.timetable IS 'Whose trips and stops a real-time feed speaks of';
COMMENT ON COLUMN feed.version IS 'The file that counts: the last good one, whatever came after it';

CREATE TABLE feed_version (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    feed text NOT NULL REFERENCES feed (name) ON DELETE CASCADE,
    sha256 text NOT NULL,
    object text NOT NULL,
    bytes bigint NOT NULL,
    received_at timestamptz NOT NULL,
    summary jsonb NOT NULL
);
CREATE INDEX feed_version_feed ON feed_version (feed, id);
COMMENT ON TABLE feed_version IS 'Files that were found good, in the object store; the newest few of each feed';

CREATE TABLE feed_message (
    feed text PRIMARY KEY REFERENCES feed (name) ON DELETE CASCADE,
    received_at timestamptz NOT NULL,
    made_at timestamptz,
    sha256 text NOT NULL,
    message bytea NOT NULL
);
ALTER TABLE feed_message ALTER COLUMN message SET STORAGE EXTERNAL;
COMMENT ON TABLE feed_message IS 'The last good message of each real-time feed, as it came'
"""


def upgrade() -> None:
    """Make the tables."""
    for statement in TABLES.split(";\n"):
        op.execute(statement)
