"""Subscriptions, what waits for being sent to their endpoints, and what documents were changed.

Revision ID: 0007
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

STATEMENTS = """
ALTER TABLE change ADD COLUMN altered bytea;
CREATE INDEX change_altered ON change (seq) WHERE altered IS NOT NULL;
COMMENT ON COLUMN change.altered IS 'Documents that somebody subscribes to, before and after, as MessagePack';

CREATE SEQUENCE subscription_revision;
CREATE TABLE subscription (
    key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant text NOT NULL,
    id text NOT NULL,
    owner text NOT NULL,
    document text NOT NULL,
    terms text NOT NULL,
    context text NOT NULL,
    endpoint text NOT NULL,
    since bigint NOT NULL,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    modified_at timestamptz NOT NULL,
    deleted_at timestamptz,
    due_at timestamptz,
    times_sent bigint NOT NULL DEFAULT 0,
    times_failed bigint NOT NULL DEFAULT 0,
    last_notification timestamptz,
    last_success timestamptz,
    last_failure timestamptz
);
CREATE UNIQUE INDEX subscription_id ON subscription (tenant, id) WHERE deleted_at IS NULL;
CREATE INDEX subscription_owner ON subscription (tenant, owner, key) WHERE deleted_at IS NULL;
CREATE INDEX subscription_changed ON subscription (revision);
CREATE INDEX subscription_due ON subscription (due_at) WHERE due_at IS NOT NULL;
COMMENT ON COLUMN subscription.owner IS 'Who made it, as kind:name: what it may see is what that one may see';
COMMENT ON COLUMN subscription.terms IS 'The names in the document with the IRIs that they stand for';
COMMENT ON COLUMN subscription.since IS 'Changes after this one concern it';
COMMENT ON COLUMN subscription.due_at IS 'When it is to be told next, if it is told periodically';

CREATE TABLE subscription_type (
    tenant text NOT NULL,
    type text NOT NULL,
    subscription bigint NOT NULL REFERENCES subscription ON DELETE CASCADE,
    PRIMARY KEY (tenant, type, subscription)
);
CREATE INDEX subscription_type_of ON subscription_type (subscription);
COMMENT ON TABLE subscription_type IS 'Types (empty: any) whose changes commits write down, because of subscriptions';

CREATE TABLE notice (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    endpoint text NOT NULL,
    subscription bigint NOT NULL REFERENCES subscription ON DELETE CASCADE,
    changes bigint[] NOT NULL,
    entities text[] NOT NULL,
    made_at timestamptz NOT NULL,
    version int NOT NULL DEFAULT 0,
    refusals int NOT NULL DEFAULT 0
);
CREATE INDEX notice_queue ON notice (endpoint, seq);
CREATE INDEX notice_of ON notice (subscription, seq);
COMMENT ON TABLE notice IS 'What waits for being sent: changes and their entities, one to one; empty when periodic';
COMMENT ON COLUMN notice.version IS 'Counts what was added since it was put there';

CREATE TABLE notice_endpoint (
    endpoint text PRIMARY KEY,
    share int NOT NULL,
    retry_at timestamptz,
    failures int NOT NULL DEFAULT 0,
    failed_at timestamptz
);
COMMENT ON TABLE notice_endpoint IS 'How each endpoint answers; share: which worker sends to it';
"""


def upgrade() -> None:
    """Make the tables."""
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            op.execute(statement)
