"""Where entities are, as boxes that a query can search, and when what is transient of them ends.

Revision ID: 0005
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

STATEMENTS = """
ALTER TABLE entity ADD COLUMN extent box, ADD COLUMN expires_at timestamptz;
UPDATE entity SET extent = CASE attrs #>> '{https://uri.etsi.org/ngsi-ld/location,value,type}'
    WHEN 'Point' THEN box(point(lon, lat), point(lon, lat)) ELSE box '((-180,-90),(180,90))' END WHERE lon IS NOT NULL;
CREATE INDEX entity_extent ON entity USING gist (extent);
CREATE INDEX entity_expiry ON entity (expires_at) WHERE expires_at IS NOT NULL;
COMMENT ON COLUMN entity.extent IS 'The box around every geometry of the location';
COMMENT ON COLUMN entity.expires_at IS 'When the entity or the first of its attributes expires';
"""


def upgrade() -> None:
    """Add the columns. Places that are no points get the whole world as their box until they are written next."""
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            op.execute(statement)
