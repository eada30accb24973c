"""JSON-LD contexts that the city hosts or has fetched, and who it is among other brokers.

Revision ID: 0006
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

STATEMENTS = """
CREATE TABLE jsonld_context (
    id text PRIMARY KEY,
    tenant text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('Hosted', 'Cached', 'ImplicitlyCreated')),
    url text UNIQUE,
    body text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz
);
COMMENT ON TABLE jsonld_context IS 'JSON-LD contexts, as JSON: what clients gave to be hosted, and copies by their url';

CREATE TABLE context_source (id uuid PRIMARY KEY);
INSERT INTO context_source VALUES (gen_random_uuid());
COMMENT ON TABLE context_source IS 'One row: the identity of this city among context sources';
"""


def upgrade() -> None:
    """Make the tables."""
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            op.execute(statement)
