"""The spine: entities, observations, change feed, positions, quarantine, keys and devices.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE entity (
    key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant text NOT NULL DEFAULT '',
    id text NOT NULL,
    types text[] NOT NULL,
    attrs jsonb NOT NULL,
    lon float8,
    lat float8,
    district text,
    created_at timestamptz NOT NULL,
    modified_at timestamptz NOT NULL,
    deleted_at timestamptz,
    edited boolean NOT NULL DEFAULT false,
    UNIQUE (tenant, id)
) WITH (fillfactor = 70);
CREATE INDEX entity_types ON entity USING gin (types);
COMMENT ON TABLE entity IS 'Current state: one NGSI-LD document a thing, names expanded';
COMMENT ON COLUMN entity.edited IS 'Changed otherwise than by readings, so it does not tell what history holds';

CREATE TABLE attribute (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);
COMMENT ON TABLE attribute IS 'Dictionary of expanded attribute names';

CREATE TABLE observation (
    entity bigint NOT NULL,
    attr int NOT NULL,
    observed_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    instance bigint NOT NULL DEFAULT 0,
    number float8,
    text text,
    lon float8,
    lat float8,
    json jsonb,
    PRIMARY KEY (entity, attr, observed_at, instance, recorded_at)
) PARTITION BY RANGE (observed_at);
COMMENT ON TABLE observation IS 'History: a row a version of a value, the newest counts; without worth it is withdrawn';

CREATE TABLE observation_before PARTITION OF observation FOR VALUES FROM (MINVALUE) TO ('1970-01-01T00:00:00Z');
CREATE TABLE observation_after PARTITION OF observation FOR VALUES FROM ('2100-01-01T00:00:00Z') TO (MAXVALUE);
COMMENT ON TABLE observation_before IS 'No partition is the default one: to attach a month would wait for all readers';

CREATE TABLE reading_identity (
    stream text NOT NULL,
    identity text NOT NULL,
    subject text NOT NULL,
    observed_at timestamptz NOT NULL,
    PRIMARY KEY (stream, identity)
);
CREATE INDEX reading_identity_age ON reading_identity (stream, observed_at);
COMMENT ON TABLE reading_identity IS 'Where readings with an identity stand, for as long as the stream remembers';

CREATE TABLE change (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    recorded_at timestamptz NOT NULL,
    stream text,
    entities text[] NOT NULL DEFAULT '{}',
    readings int NOT NULL DEFAULT 0,
    payload bytea
);
CREATE INDEX change_stream ON change (stream, seq);
CREATE INDEX change_age ON change (recorded_at);
COMMENT ON TABLE change IS 'Outbox: what each commit changed, in commit order; payload is an Arrow IPC frame';

CREATE TABLE log_position (
    name text PRIMARY KEY,
    incarnation text NOT NULL DEFAULT '',
    seq bigint NOT NULL,
    updated_at timestamptz NOT NULL
);
COMMENT ON TABLE log_position IS 'How far each log and each rule has been taken in';

CREATE TABLE event (
    rule text NOT NULL,
    key text NOT NULL,
    kind text NOT NULL,
    at timestamptz NOT NULL,
    subject text NOT NULL,
    data jsonb NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (rule, key)
);

CREATE TABLE quarantine (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    received_at timestamptz NOT NULL,
    last_received_at timestamptz NOT NULL,
    times integer NOT NULL,
    door text NOT NULL,
    sender text NOT NULL,
    stream text NOT NULL,
    payload bytea NOT NULL,
    reason text NOT NULL,
    field text,
    detail text NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'replayed', 'dismissed')),
    closed_at timestamptz,
    closed_by text
);
CREATE INDEX quarantine_waiting ON quarantine (stream, id) WHERE state = 'waiting';
CREATE UNIQUE INDEX quarantine_once ON quarantine (sha256(payload), sender, stream, reason, coalesce(field, ''))
    WHERE state = 'waiting';
CREATE INDEX quarantine_closed ON quarantine (closed_at) WHERE state <> 'waiting';
COMMENT ON TABLE quarantine IS 'Readings that failed validation, as they arrived, with the reason';

CREATE TABLE api_key (
    id text PRIMARY KEY,
    name text NOT NULL,
    secret_hash bytea NOT NULL,
    scopes text[] NOT NULL,
    tenant text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz
);

CREATE TABLE device (
    name text PRIMARY KEY,
    secret_hash bytea NOT NULL,
    streams text[] NOT NULL,
    speaks_for text[],
    created_at timestamptz NOT NULL,
    revoked_at timestamptz
);
"""


def upgrade() -> None:
    """Make the tables. Partitions of ``observation`` are made by month, as readings arrive."""
    for statement in TABLES.split(";\n"):
        if statement.strip():
            op.execute(statement)
