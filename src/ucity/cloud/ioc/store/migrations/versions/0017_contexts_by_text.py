"""Contexts that got an address here, found again by their text: their ids tell nothing of it.

Those that are there already keep the ids that they have, which are in answers and subscriptions; they are not found by
their text.

Revision ID: 0017
"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

STATEMENTS = """
ALTER TABLE jsonld_context ADD COLUMN digest bytea;
CREATE UNIQUE INDEX jsonld_context_text ON jsonld_context (tenant, digest);
COMMENT ON COLUMN jsonld_context.digest IS 'SHA-256 of the body of what got an address here, once for each tenant';
"""


def upgrade() -> None:
    """Make the column."""
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            op.execute(statement)
