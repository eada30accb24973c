"""The index of places tells of which types things are: a query looks up those that it means, and no others near them.

Of things with more than two types the names might not fit into a row of an index, which would then not take them.

Revision ID: 0010
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

STATEMENTS = """
DROP INDEX entity_extent;
CREATE INDEX entity_extent ON entity USING gist (extent) INCLUDE (key, types)
    WHERE extent IS NOT NULL AND cardinality(types) <= 2;
CREATE INDEX entity_extent_of_many ON entity USING gist (extent) WHERE extent IS NOT NULL AND cardinality(types) > 2
"""


def upgrade() -> None:
    """Make the indexes."""
    for statement in STATEMENTS.split(";\n"):
        op.execute(statement)
