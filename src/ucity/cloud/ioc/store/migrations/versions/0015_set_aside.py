"""Notices that could not be made into notifications for a fault of the city's own, with what it was.

Revision ID: 0015
"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE notice_aside (
    seq bigint PRIMARY KEY,
    endpoint text NOT NULL,
    subscription bigint NOT NULL REFERENCES subscription ON DELETE CASCADE,
    changes bigint[] NOT NULL,
    entities text[] NOT NULL,
    made_at timestamptz NOT NULL,
    set_aside_at timestamptz NOT NULL,
    reason text NOT NULL
)
"""
MORE = (
    "CREATE INDEX notice_aside_of ON notice_aside (subscription)",
    "CREATE INDEX notice_aside_age ON notice_aside (set_aside_at)",
    "COMMENT ON TABLE notice_aside IS 'Notices that were tried and cannot be sent, out of the way of those after them'",
)


def upgrade() -> None:
    """Make the table."""
    for statement in (TABLE, *MORE):
        op.execute(statement)
