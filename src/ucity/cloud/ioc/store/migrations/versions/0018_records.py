"""Records of services: a schema for their tables, which are made from their declarations when a process starts.

Revision ID: 0018
"""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the schema."""
    op.execute("CREATE SCHEMA records")
    op.execute("COMMENT ON SCHEMA records IS 'What rules of services keep besides readings, a table each'")
